"""What scripts/serve says at its start and end."""

import pytest

from scripts import serve
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop answers, and Ctrl-C still ends the tests."""
    monkeypatch.setattr(serve, "is_ready", lambda address: True)
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)


def test_the_demo_shops_sign_ins_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    serve.announce("8000", with_demo=True)
    told = capsys.readouterr().out
    assert all(name in told for name in DEMO_USERNAMES)
    assert DEMO_PASSWORD in told
    assert "create_manager" not in told


def test_an_empty_shop_says_how_to_get_its_first_account(capsys: pytest.CaptureFixture[str]) -> None:
    serve.announce("8000", with_demo=False)
    told = capsys.readouterr().out
    assert "scripts/manage create_manager USERNAME SIGNATURE" in told
    assert DEMO_PASSWORD not in told


@pytest.mark.parametrize(
    ("own", "stays"),
    [
        ({}, True),
        ({"DATABASE_URL": "postgresql://x"}, True),
        ({"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x"}, False),
    ],
)
def test_only_servers_of_its_own_stay(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, str], stays: bool
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    assert serve.embedded_servers() is stays
