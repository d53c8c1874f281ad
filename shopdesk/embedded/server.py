"""How a server that outlives its starter is started once, found by all, and started again after a crash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

START_SECONDS = 120.0
STOP_SECONDS = 20.0

# Any other character would need an escape in an address, and each client reads those its own way.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")

# sh ends at once and leaves the server to the machine's first process, so its starter need not outlive it.
DETACH = '"$@" </dev/null >&2 & echo $!'


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
        return next((candidate for candidate in candidates if self._is_own(candidate)), candidates[0])

    def start(self) -> None:
        """Start the server, unless it runs; return when it serves."""
        with self._plain_words():
            if self.is_complete():
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._starting():
                if not self.answers():
                    self._launch()
                self._complete()

    def stop(self) -> bool:
        """Stop the server; False when none was running."""
        if not self.folder.exists():
            return False
        with self._plain_words(), self._starting():
            was_alive = self.is_alive()
            self._end()
            for folder in self._socket_folders():
                shutil.rmtree(folder, ignore_errors=True)
        return was_alive

    def is_alive(self) -> bool:
        """Whether any process of this server lives, be it ready or not."""
        return self.folder.exists() and not self._try_lock(self._open("alive.lock"), keep=False)

    def is_complete(self) -> bool:
        """Whether the server answers and has all that clients expect in it."""
        return self.answers()

    def _complete(self) -> None:
        """Add what a server that answers may still lack."""
        return

    def _launch(self) -> None:
        self._outlast_predecessor()
        command = self._prepare()
        alive = self._open("alive.lock")
        while not self._try_lock(alive, keep=True):
            time.sleep(0.01)  # somebody just looks whether it is held
        log = self._open("log", os.O_APPEND)
        try:
            shell = ["/bin/sh", "-c", DETACH, "sh", *command]
            process = self._run_as_owner(shell, stderr=log, pass_fds=[alive])
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
        try:
            if Path("/proc/self").exists():
                working_folder = os.readlink(f"/proc/{written}/cwd").removesuffix(" (deleted)")
                if working_folder != str(self.data):
                    return
            os.kill(int(written), number)
        except (FileNotFoundError, ProcessLookupError):
            return  # it ended in between

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self.title} cannot use {self.folder} ({error}). If another account made it, start as that "
                f"account, or remove the folder and so its data, or set {self.variable}."
            ) from error

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Only one process at a time starts or stops the server; the others wait and then find it done."""
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
            env=clean_environment(),
            cwd="/",  # the caller's folder may be closed to the owner
            umask=0o077,
            start_new_session=True,
            **options,
        )

    def _socket_folders(self) -> list[Path]:
        """Beside the data, or where the path is too long for a socket (107 bytes), in a short one."""
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return [self.home / "run", Path("/tmp", f"shopdesk-{digest}")]  # noqa: S108 - owner is checked

    def _is_own(self, candidate: Path) -> bool:
        """Anybody may make a folder under /tmp, and a server in it that poses as this one."""
        return candidate.exists() and candidate.parent.lstat().st_uid == self.folder.stat().st_uid

    def _make_socket_folder(self) -> Path:
        """The first folder in which a socket can be made, emptied of what a crash left there."""
        owner = self.folder.stat()
        for folder in self._socket_folders():
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.lstat().st_uid not in (os.geteuid(), owner.st_uid):
                raise EmbeddedServerError(f"{folder} belongs to another account. Remove it and start again.")
            if os.geteuid() == 0:
                os.chown(folder, owner.st_uid, owner.st_gid)
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


def clean_environment() -> dict[str, str]:
    """PGPORT, PGOPTIONS and their like are meant for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def give(folder: Path, owner: os.stat_result) -> None:
    """As root, make an account own a folder and all in it."""
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _can_bind(path: Path) -> bool:
    """Asks the system, since length limits and file systems without sockets differ between machines."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(str(path))
        except OSError:
            return False
    path.unlink()
    return True
