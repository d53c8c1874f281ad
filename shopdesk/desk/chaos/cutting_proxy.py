"""A proxy between a web process and PostgreSQL that cuts connections at COMMIT."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
# As the protocol has it: a query, its length, its text.
COMMIT = b"Q" + (4 + len(b"COMMIT\0")).to_bytes(4, "big") + b"COMMIT\0"
EVERY = 3
BEFORE, AFTER = "before the server had it", "after the server had done it"


class CuttingProxy:
    """Listens in a folder of its own. While ``armed``, every third COMMIT is cut: in turns before and after."""

    def __init__(self, folder: Path, target: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.url = f"postgresql://shopdesk@/shopdesk?host={folder}"
        self.target = target
        self.cuts: Counter[str] = Counter()
        self._armed = False
        self._commits = 0
        self._lock = threading.Lock()
        path = folder / SOCKET
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Cut while the block lasts."""
        self._armed = True
        try:
            yield
        finally:
            self._armed = False

    def close(self) -> None:
        """Take no further connection."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self.target))
            except OSError:
                client.close()
                continue
            pair = _Pair(client, server)
            threading.Thread(target=self._to_server, args=(pair,), daemon=True).start()
            threading.Thread(target=pair.to_client, daemon=True).start()

    def _to_server(self, pair: _Pair) -> None:
        with pair.closed_at_end():
            while sent := pair.client.recv(65536):
                when = self._turn() if sent.endswith(COMMIT) else ""
                if when == BEFORE:
                    return
                # The answer that says that it is done must not get through.
                pair.swallows = when == AFTER
                pair.server.sendall(sent)

    def _turn(self) -> str:
        """Whether and when this COMMIT is cut."""
        if not self._armed:
            return ""
        with self._lock:
            self._commits += 1
            if self._commits % EVERY:
                return ""
            when = AFTER if self._commits // EVERY % 2 else BEFORE
            self.cuts[when] += 1
            return when


class _Pair:
    """The two ends of a connection."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.swallows = False

    def to_client(self) -> None:
        """Pass on what the server says, until it is to be swallowed."""
        with self.closed_at_end():
            while (said := self.server.recv(65536)) and not self.swallows:
                self.client.sendall(said)

    @contextmanager
    def closed_at_end(self) -> Iterator[None]:
        """Whoever ends first ends both."""
        try:
            with suppress(OSError):
                yield
        finally:
            for end in (self.client, self.server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
