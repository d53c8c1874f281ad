"""The desk's own processes beside a benchmark: web and worker, as ``scripts/serve`` runs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from shopdesk.desk.benchmarks.scratch import PROJECT

READY_SECONDS = 300


@contextmanager
def running() -> Iterator[int]:
    """Web and worker, as ``scripts/serve`` runs them; answers the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--workers", "2", "--blocking-threads", "4", "--no-access-log", "--log-level", "warning"]
    worker = [sys.executable, "-m", "celery", "--quiet", "--app", "shopdesk", "worker", "--concurrency", "2"]
    # A queue of its own: what this machine's desk has to do is not for this database.
    worker += ["--loglevel", "error", "--without-gossip", "--without-mingle", "--queues", f"bench-{port}"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore:::celery.platforms"}
    processes = [
        subprocess.Popen([*command], cwd=PROJECT, env=environment)
        for command in ([*web, "shopdesk.wsgi:application"], worker)
    ]
    try:
        _wait_for(port)
        yield port
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The web processes did not start; their words are above.")
