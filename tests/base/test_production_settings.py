"""What an operator relies on: production settings pass Django's own check, and every setting is documented."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "SECRET_KEY": "k7Qz2mVx9Rw4Tn8Lp3Bs6Yd1Hf5Jc0GaUeXiWoZqKtNyMvCbPrDl",
    "ALLOWED_HOSTS": "desk.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://desk.example.com",
    "DATABASE_URL": "postgresql://shopdesk:secret@database/shopdesk",
    "DATABASE_REPLICA_URL": "postgresql://shopdesk:secret@replica/shopdesk",
    "REDIS_URL": "redis://valkey:6379/0",
    "BEHIND_PROXY": "1",
}
SHOW = """
import json, django
from django.conf import settings as s
django.setup()
print(json.dumps({name: getattr(s, name) for name in (
    "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_AGE", "X_FRAME_OPTIONS",
    "SECURE_REFERRER_POLICY", "SECOND_FACTOR_ROLES", "DEBUG", "SECURE_PROXY_SSL_HEADER",
)} | {"csp": s.CONTENT_SECURITY_POLICY["DIRECTIVES"]}))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)} | PRODUCTION
    environment["DJANGO_SETTINGS_MODULE"] = "shopdesk.settings"
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_is_clean() -> None:
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr
    assert "no issues (0 silenced)" in answer.stdout


def test_production_is_strict_without_being_asked() -> None:
    answer = run("-c", SHOW)
    assert answer.returncode == 0, answer.stderr
    shown = json.loads(answer.stdout)
    policy = shown.pop("csp")

    assert shown == {
        "SECURE_HSTS_SECONDS": 31536000,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "LANGUAGE_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_AGE": 12 * 60 * 60,
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECOND_FACTOR_ROLES": ["supervisor", "manager"],
        "DEBUG": False,
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
    }
    assert (
        policy["default-src"]
        == policy["frame-ancestors"]
        == policy["base-uri"]
        == policy["object-src"]
        == ["'none'"]
    )
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert "unsafe" not in str(policy)


def test_every_setting_read_from_the_environment_is_documented() -> None:
    sources = [
        *PROJECT.glob("shopdesk/**/*.py"),
        *PROJECT.glob("orders/**/*.py"),
        *PROJECT.glob("afterservice/**/*.py"),
    ]
    reading = re.compile(
        r"""(?:env(?:\.\w+)?|environ(?:\.get|\.setdefault)?)\s*[(\[]\s*["']([A-Z][A-Z0-9_]+)["']"""
    )
    read = {name for path in sources for name in reading.findall(path.read_text())}
    read -= {"PATH", "DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR"}
    table = (PROJECT / "docs" / "operations.md").read_text()
    documented = set(
        re.findall(r"`([A-Z][A-Z0-9_]+)`", "\n".join(re.findall(r"^\| .*$", table, re.MULTILINE)))
    )

    assert {"DATABASE_URL", "SECOND_FACTOR_ROLES", "BEHIND_PROXY"} <= read
    assert read <= documented, f"not in docs/operations.md: {sorted(read - documented)}"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-embedded.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", (PROJECT / name).read_text()) if "==" in entry]
    assert len(entries) > 30
    loose = [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)]
    assert loose == []


# Licences whose terms a shop may run and change the desk under without giving anything away.
FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software|HPND|MPL|Mozilla|Zope|ZPL|Unlicense|LGPL|Lesser|PostgreSQL|CC0|0BSD|PIL",
    re.IGNORECASE,
)


def test_no_package_of_the_running_desk_has_a_licence_that_nobody_looked_at() -> None:
    locked = set(
        re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (PROJECT / "requirements.lock").read_text(), re.MULTILINE)
    )
    unclear = []
    for package in distributions():
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        if name not in locked:
            continue
        words = [package.metadata.get("License-Expression") or "", package.metadata.get("License") or ""]
        words += [
            value for value in package.metadata.get_all("Classifier") or [] if value.startswith("License")
        ]
        if not FREE.search(" ".join(words)[:2000]):
            unclear.append(name)
    assert unclear == []


def test_the_review_names_every_package_that_we_chose() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    chosen = [re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]]
    review = (PROJECT / "SECURITY.md").read_text().lower()
    assert [name for name in chosen if f"`{name.lower()}`" not in review] == []
