"""A desk with a database, a broker, files and processes of its own, which may be broken."""

from __future__ import annotations

import os
import resource
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shopdesk.desk.benchmarks.scratch import manage, say
from shopdesk.desk.chaos import processes
from shopdesk.embedded import PostgresCluster, ValkeyServer

MEDIA_MEGABYTES = 64
ORDERS = 2600  # so that the list of orders is a file of the worker's


class OwnDesk:
    """Servers in a temporary folder, and processes that use them. Nothing here is the shop's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = PostgresCluster(folder / "postgres")
        self.broker = ValkeyServer(folder / "valkey")
        self.media = folder / "media"
        self.web: dict[int, subprocess.Popen[bytes]] = {}
        self.workers: list[subprocess.Popen[bytes]] = []
        self.beats: list[subprocess.Popen[bytes]] = []
        self._started = 0
        self.is_on_own_disk = False
        self._wanted: object = None

    def prepare(self) -> None:
        """Start the servers and fill the database. This process and its children use them from now on."""
        self._make_media()
        self.database.start()
        self.broker.start()
        os.environ.update(
            DATABASE_URL=self.database.url,
            REDIS_URL=self.broker.url,
            MEDIA_ROOT=str(self.media),
            SECRET_KEY=secrets.token_hex(32),
            SERVE_HTTP="1",
            ALLOWED_HOSTS="127.0.0.1",
            LOG_LEVEL="ERROR",
            WEBHOOK_PRIVATE_NETWORKS="127.0.0.0/8",
            DJANGO_SETTINGS_MODULE="shopdesk.settings",
            PYTHONWARNINGS="ignore:::celery.platforms",
        )
        os.environ.pop("DATABASE_REPLICA_URL", None)
        say("A desk of its own is made …")
        for step in (
            ["migrate", "--verbosity", "0"],
            ["ensure_configuration", "--verbosity", "0"],
            ["collectstatic", "--no-input", "--verbosity", "0"],
            ["load_demo"],
            ["make_orders", str(ORDERS)],
        ):
            manage(*step)

    def ensure(
        self, *, web: int = 2, workers: int = 1, beats: int = 1, stepped: Mapping[str, str] | None = None
    ) -> None:
        """Have so many processes run, neither more nor fewer. ``stepped``: by a clock that can be moved."""
        wanted = (web, workers, beats, stepped)
        if wanted == self._wanted and self.all_live():
            return
        self.stop_processes()
        self._wanted = wanted
        module = ("shopdesk.desk.chaos.stepped",) if stepped else ()
        for _number in range(web):
            port = processes.free_port()
            command = processes.web_command(
                port, "shopdesk.desk.chaos.stepped_web:application" if stepped else processes.APPLICATION
            )
            self.web[port] = processes.begin(command, log=self._log("web"), environment=stepped)
        for _number in range(workers):
            self.add_worker(module, stepped)
        for _number in range(beats):
            command = processes.beat_command(self.folder / f"schedule-{self._next()}")
            self.beats.append(
                processes.begin(command, log=self._log("beat"), module=module, environment=stepped)
            )
        processes.wait_for_web(list(self.web))

    def add_worker(self, module: tuple[str, ...] = (), environment: Mapping[str, str] | None = None) -> None:
        """One more worker."""
        command = processes.worker_command(f"chaos-{self._next()}")
        self.workers.append(
            processes.begin(command, log=self._log("worker"), module=module, environment=environment)
        )

    def add_web(self, environment: Mapping[str, str]) -> int:
        """One more web process, with other settings; answers its port."""
        port = processes.free_port()
        self.web[port] = processes.begin(
            processes.web_command(port), log=self._log("web"), environment=environment
        )
        processes.wait_for_web([port])
        return port

    def remove_web(self, port: int) -> None:
        """End one web process."""
        processes.end([self.web.pop(port)])

    def stop_processes(self) -> None:
        """End web, workers and beats."""
        self._wanted = None
        processes.end([*self.beats, *self.workers, *self.web.values()])
        self.web.clear()
        self.workers.clear()
        self.beats.clear()

    def all_live(self) -> bool:
        """Whether no process ended by itself."""
        return all(one.poll() is None for one in (*self.web.values(), *self.workers, *self.beats))

    def pause_workers(self) -> None:
        """Let no worker take anything."""
        for worker in self.workers:
            worker.send_signal(signal.SIGSTOP)

    def resume_workers(self) -> None:
        """Let them go on."""
        for worker in self.workers:
            worker.send_signal(signal.SIGCONT)

    def crash_database(self, number: signal.Signals) -> None:
        """Send PostgreSQL a signal and wait until nothing of it is left."""
        _signal(self.database, number)

    def crash_broker(self) -> None:
        """Kill Valkey, and all that it held."""
        _signal(self.broker, signal.SIGKILL)
        for file in self.broker.data.glob("*"):
            file.unlink()

    def said(self) -> str:
        """The ends of what the processes said."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}"
            for log in sorted(self.folder.glob("log-*"))
            if log.stat().st_size
        )

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No room for a file while the block lasts, above some kilobytes."""
        if not self.is_on_own_disk:
            limits = [(pid, resource.prlimit(pid, resource.RLIMIT_FSIZE)) for pid in self._writers()]
            for pid, (_soft, hard) in limits:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
            try:
                yield
            finally:
                for pid, before in limits:
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            return
        filler = self.media / "filler"
        try:
            with filler.open("wb", buffering=0) as file, _until_full():
                while True:
                    file.write(b"\0" * 4096)
            yield
        finally:
            filler.unlink()

    def files(self) -> set[str]:
        """The files that are kept, by their names in the rows."""
        return {
            str(path.relative_to(self.media))
            for path in self.media.rglob("*")
            if path.is_file() and path.name != "filler"
        }

    def remove(self) -> None:
        """End everything and leave nothing."""
        self.stop_processes()
        self.database.stop()
        self.broker.stop()
        if self.is_on_own_disk:
            # Lazily: whatever still has a file of it open goes with it.
            subprocess.run(["umount", "--lazy", str(self.media)], check=False)
        home = self.database.home
        shutil.rmtree(self.folder, ignore_errors=True)
        if home != self.database.folder:
            shutil.rmtree(home, ignore_errors=True)

    def _make_media(self) -> None:
        """A disk of its own for files where this account may mount one, else a folder."""
        self.media.mkdir()
        size = f"size={MEDIA_MEGABYTES}m"
        try:
            mounted = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", size, "shopdesk-chaos", str(self.media)],
                check=False,
                capture_output=True,
            )
        except OSError:
            return
        self.is_on_own_disk = mounted.returncode == 0

    def _writers(self) -> list[int]:
        parents = [process.pid for process in (*self.web.values(), *self.workers)]
        return [*parents, *(child for parent in parents for child in processes.children(parent))]

    def _log(self, kind: str) -> Path:
        return self.folder / f"log-{kind}-{self._next()}"

    def _next(self) -> int:
        self._started += 1
        return self._started


@contextmanager
def own_desk() -> Iterator[OwnDesk]:
    """A desk that is there while the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="shopdesk-chaos-"))
    folder.chmod(0o711)  # the account that PostgreSQL runs as must get through
    desk = OwnDesk(folder)
    try:
        desk.prepare()
        yield desk
    finally:
        desk.remove()


@contextmanager
def _until_full() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


def _signal(server: PostgresCluster | ValkeyServer, number: signal.Signals) -> None:
    os.kill(int((server.folder / "alive.lock").read_text()), number)
    deadline = time.monotonic() + 30
    while server.is_alive():
        if time.monotonic() > deadline:
            raise SystemExit(f"{server.title} does not end.")
        time.sleep(0.02)
