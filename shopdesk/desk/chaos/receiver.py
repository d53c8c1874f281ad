"""A receiver of webhooks that remembers what it was told, and may keep a caller waiting."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """``got`` counts how often each event came. While ``holds`` is not set, whoever calls waits for the answer."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self.called = threading.Event()
        self.goes_on = threading.Event()
        self.goes_on.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["id"]
                receiver.called.set()
                receiver.goes_on.wait(30)
                receiver.got[event] += 1
                try:
                    self.send_response(200)
                    self.end_headers()
                except OSError:
                    return  # who called is gone

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self.goes_on.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving(*events: str) -> Iterator[tuple[Receiver, int]]:
    """A receiver and the number of the webhook that leads to it, which is switched off at the end."""
    from shopdesk.api.models import Webhook
    from shopdesk.api.services.webhooks import WebhookRequest, make_webhook
    from shopdesk.base.models import Staff

    receiver = Receiver()
    manager = Staff.objects.get(username="chaos-manager")
    webhook, _secret = make_webhook(WebhookRequest("chaos", receiver.url, events), actor=manager)
    try:
        yield receiver, webhook.pk
    finally:
        receiver.close()
        Webhook.objects.filter(pk=webhook.pk).update(active=False)
