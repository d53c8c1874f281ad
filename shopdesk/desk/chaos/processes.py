"""The desk's processes, each started by itself as on a machine of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
APPLICATION = "shopdesk.wsgi:application"
READY_SECONDS = 180


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def web_command(port: int, application: str = APPLICATION) -> list[str]:
    """One web process of four threads."""
    where = ["--host", "127.0.0.1", "--port", str(port)]
    how = ["--workers", "1", "--blocking-threads", "4", "--no-access-log", "--log-level", "error"]
    return ["granian", "--interface", "wsgi", *where, *how, application]


def worker_command(name: str) -> list[str]:
    """One worker of one child."""
    how = ["--concurrency", "1", "--loglevel", "error", "--without-gossip", "--without-mingle"]
    return ["celery", "--quiet", "--app", "shopdesk", "worker", *how, "--hostname", f"{name}@%h"]


def beat_command(schedule: Path) -> list[str]:
    """The clock that starts the jobs."""
    how = ["--loglevel", "error", "--schedule", str(schedule), "--pidfile", ""]
    return ["celery", "--quiet", "--app", "shopdesk", "beat", *how]


def begin(
    command: Sequence[str],
    *,
    log: Path | None = None,
    module: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a module of Python; with ``log``, what it says goes there. ``module`` stands before it."""
    said = log.open("ab") if log is not None else None
    try:
        return subprocess.Popen(
            [sys.executable, "-m", *module, *command],
            cwd=PROJECT,
            env=os.environ | (environment or {}),
            stdout=said,
            stderr=said,
        )
    finally:
        if said is not None:
            said.close()


def end(processes: Sequence[subprocess.Popen[bytes]], seconds: float = 30) -> None:
    """Ask them to end, and see that they do."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            for child in children(process.pid):
                os.kill(child, signal.SIGKILL)
            process.kill()
            process.wait()


def children(parent: int) -> list[int]:
    """The numbers of a process's children."""
    told = Path(f"/proc/{parent}/task/{parent}/children")
    try:
        return [int(number) for number in told.read_text().split()]
    except (OSError, ValueError):
        return []


def wait_for_web(ports: Sequence[int]) -> None:
    """Until each web process says that it is ready. Raises ``SystemExit`` where one does not become so."""
    deadline = time.monotonic() + READY_SECONDS
    for port in ports:
        while not is_ready(port):
            if time.monotonic() > deadline:
                raise SystemExit(f"The web process at port {port} is not ready.")
            time.sleep(0.2)


def is_ready(port: int) -> bool:
    """Whether ``/readyz`` says so."""
    try:
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        caller.request("GET", "/readyz")
        return caller.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
