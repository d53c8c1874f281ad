"""Brings the shop up on this machine: database, files, demo shop, then web, worker and beat until Ctrl-C."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from honcho.manager import SIGNALS, Manager

PROJECT = Path(__file__).resolve().parent.parent
READY_SECONDS = 90
STOPPED_BY_USER = {known["rc"] for known in SIGNALS.values()}
STOP_SERVERS = ".venv/bin/python -m shopdesk.embedded stop"


def main() -> int:
    """Returns the exit status: 0 when asked to stop, another when something failed or ended by itself."""
    parser = argparse.ArgumentParser(prog="scripts/serve", description=__doc__)
    parser.add_argument("--no-demo", action="store_true", help="leave an empty shop empty")
    options = parser.parse_args()
    port = os.environ.get("PORT") or "8000"
    if problem := port_problem(port):
        return fail(problem)
    # Served on this machine alone and without TLS: a browser would keep no secure cookie here.
    os.environ.setdefault("SERVE_HTTP", "1")
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    os.environ["DJANGO_SETTINGS_MODULE"] = "shopdesk.settings"
    os.environ["PYTHONPATH"] = str(PROJECT)
    os.environ["PYTHONUNBUFFERED"] = "1"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends a step below too; later honcho takes over
    # A closed terminal must end the processes too: they have sessions of their own and would stay. Not so
    # under nohup, which is asked to keep them.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    sys.path.insert(0, str(PROJECT))
    if problem := servers_problem():
        return fail(problem)
    steps = [["migrate", "--no-input"], ["collectstatic", "--no-input"], ["ensure_configuration"]]
    if not options.no_demo:
        steps.append(["load_demo", "--if-empty"])
    for step in steps:
        print(f"manage.py {' '.join(step)}", flush=True)
        status = subprocess.run(
            [sys.executable, PROJECT / "manage.py", *step], check=False, cwd=PROJECT
        ).returncode
        if status != 0:
            return fail(f"manage.py {' '.join(step)} failed; its words are above.")
    return run(port, with_demo=not options.no_demo)


def port_problem(port: str) -> str | None:
    """What is wrong with the port, found before anything is started on it."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        return f"PORT is {port!r}; it must be a number from 1 to 65535."
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
        try:
            probe.bind(("127.0.0.1", int(port)))
        except PermissionError:
            return (
                f"Port {port} is not for this account. Choose one from 1024 on, as in PORT=8001 scripts/serve"
            )
        except OSError:
            return (
                f"Port {port} is taken, perhaps by another scripts/serve. "
                f"End that, or choose another port: PORT={int(port) + 1} scripts/serve"
            )
    return None


def servers_problem() -> str | None:
    """Start the embedded servers here, where a failure is told in one sentence instead of a traceback."""
    from shopdesk import embedded

    try:
        if not os.environ.get("DATABASE_URL"):
            embedded.database_url()
        if not os.environ.get("REDIS_URL"):
            embedded.redis_url()
    except embedded.EmbeddedServerError as error:
        return str(error)
    return None


def embedded_servers() -> bool:
    """Whether the desk runs on a server of its own, which stays when this ends."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def run(port: str, *, with_demo: bool) -> int:
    """Run the processes until one ends or somebody asks to stop; then none of them is left."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "shopdesk"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port]
    web += ["--workers", "2", "--blocking-threads", "4", "--no-access-log", "--log-level", "warning"]
    web += ["shopdesk.wsgi:application"]
    worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "warning"]
    worker += ["--without-gossip", "--without-mingle", "--hostname", f"serve-{port}@%h"]
    schedule = PROJECT / "var" / f"beat-schedule-{port}"
    beat = [*celery, "beat", "--loglevel", "warning", "--schedule", str(schedule)]

    counters = PROJECT / "var" / f"metrics-{port}"
    shutil.rmtree(counters, ignore_errors=True)  # of processes that are gone
    os.environ.setdefault("METRICS_DIR", str(counters))
    manager = Manager()
    # What runs in the background tells troubles only, and not each time that it runs as root.
    quiet = {"LOG_LEVEL": "WARNING", "PYTHONWARNINGS": "ignore:::celery.platforms"} | os.environ
    for name, command, environment in (("web", web, None), ("worker", worker, quiet), ("beat", beat, quiet)):
        # exec: without it a shell stands between, and signals would reach it instead of the process.
        manager.add_process(name, f"exec {shlex.join(command)}", env=environment, cwd=str(PROJECT))
    # A process, since honcho forks and a fork beside a thread may hang. It ends with this one.
    multiprocessing.Process(target=announce, args=(port, with_demo), daemon=True).start()
    manager.loop()
    if embedded_servers():
        print(
            f"PostgreSQL and Valkey go on running for the next start. To end them: {STOP_SERVERS}", flush=True
        )
    if manager.returncode in STOPPED_BY_USER:
        return 0
    return fail("One of the processes ended by itself, so all were stopped. Its last words are above.")


def announce(port: str, with_demo: bool) -> None:
    """When the shop can be used, say where, as the last thing on the screen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    address = f"http://127.0.0.1:{port}/"
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(f"{address}readyz"):
        if time.monotonic() > deadline:
            print(f"Still not ready after {READY_SECONDS} s: see {address}readyz", flush=True)
            return
        time.sleep(0.2)
    lines = ["", f"Shopdesk is ready: {address}  (Ctrl-C stops it)"]
    if with_demo:
        from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES

        lines.append(f"Demo sign-ins: {' '.join(DEMO_USERNAMES)}   password: {DEMO_PASSWORD}")
    else:
        lines.append("Nobody to sign in as yet? scripts/manage create_manager USERNAME SIGNATURE")
    print("\n".join(lines), flush=True)


def is_ready(address: str) -> bool:
    """Whether the web processes, the database and the broker are all there."""
    try:
        # Never through a proxy that the environment may name for the outside.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def fail(problem: str) -> int:
    """Say what is wrong, on stderr, last."""
    print(f"\n{problem}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
