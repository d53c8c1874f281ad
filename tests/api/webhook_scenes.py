"""Receivers of webhooks on this machine, and webhooks that lead to them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.cache import cache

from shopdesk.api.models import Webhook
from shopdesk.api.services.deliveries import TURN
from shopdesk.api.services.webhooks import WebhookRequest, make_webhook
from tests.factories import make_staff

PAID = ("order.paid", "payment.recorded")


@dataclass
class Receiver:
    """What a receiver was sent, and how it answers."""

    url: str = ""
    code: int = 200
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0


@contextmanager
def receiver(**how: Any) -> Iterator[Receiver]:
    """A receiver that listens while the block runs."""
    told = Receiver(**how)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with lock:
                told.at_once += 1
                told.most_at_once = max(told.most_at_once, told.at_once)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            time.sleep(told.seconds)
            with lock:
                told.at_once -= 1
            try:
                self.send_response(told.code)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.end_headers()
            except OSError:
                pass  # it did not wait for us

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/hook?shop=1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def loopback(settings: Any) -> None:
    """Let webhooks reach receivers on this machine, and nobody else hold the turn."""
    settings.WEBHOOK_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    cache.delete(TURN)


def webhook_to(url: str, *events: str) -> Webhook:
    """A webhook of a manager."""
    wanted = WebhookRequest("storefront", url, events or PAID)
    return make_webhook(wanted, actor=make_staff("manager"))[0]
