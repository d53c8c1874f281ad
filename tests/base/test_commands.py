"""The commands of the kernel."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from shopdesk.base import clock
from shopdesk.base.models import AuditEntry, JobRun, Staff
from shopdesk.base.permissions import Role
from tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db


def create_manager(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("create_manager", *arguments, "--password-stdin", stdout=io.StringIO())


class TestCreateManager:
    """The first account of an empty shop."""

    def test_the_manager_signs_in_and_the_audit_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        create_manager(monkeypatch, "boss", "店长")

        boss = Staff.objects.get()
        assert (boss.username, boss.signature, boss.role, boss.is_active) == (
            "boss",
            "店长",
            Role.MANAGER,
            True,
        )
        assert Client().post("/sign-in/", {"username": "boss", "password": PASSWORD}).status_code == 302
        entry = AuditEntry.objects.get(action="staff.changed")
        assert (entry.subject_id, entry.actor, entry.origin) == (str(boss.pk), None, "shell")
        assert PASSWORD not in str(entry.after)

    def test_the_password_is_asked_for_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = iter([PASSWORD, "another-horse-battery", PASSWORD, PASSWORD])
        monkeypatch.setattr(
            "shopdesk.base.management.commands.create_manager.getpass", lambda prompt: next(asked)
        )
        with pytest.raises(CommandError, match="two different"):
            call_command("create_manager", "boss", "店长")
        call_command("create_manager", "boss", "店长", stdout=io.StringIO())
        assert Staff.objects.get().check_password(PASSWORD)

    @pytest.mark.parametrize(
        ("username", "signature", "password"),
        [
            ("taken", "店长", PASSWORD),
            ("x" * 151, "店长", PASSWORD),
            ("bo ss", "店长", PASSWORD),
            ("boss", "店" * 17, PASSWORD),
            ("boss", "", PASSWORD),
            ("boss", "店长", ""),
            ("boss", "店长", "short"),
            ("boss", "店长", "1234567890123"),
        ],
    )
    def test_what_the_admin_pages_refuse_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, username: str, signature: str, password: str
    ) -> None:
        make_staff("agent", username="taken")
        with pytest.raises(CommandError):
            create_manager(monkeypatch, username, signature, password=password)
        assert Staff.objects.count() == 1


class TestRunJob:
    """A clock that is far ahead."""

    @pytest.mark.parametrize(
        ("days", "arguments", "runs"), [(32, [], 0), (32, ["--dry-run"], 1), (30, [], 1)]
    )
    def test_a_time_far_ahead_is_for_dry_runs(self, days: int, arguments: list[str], runs: int) -> None:
        moment = (clock.now() + timedelta(days=days)).isoformat()

        def run(**options: Any) -> None:
            call_command("run_job", "upkeep", "--now", moment, *arguments, stdout=io.StringIO())

        if runs:
            run()
        else:
            with pytest.raises(CommandError, match="--dry-run"):
                run()
        assert JobRun.objects.count() == runs
