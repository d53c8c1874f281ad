"""A12: who adds evidence to which ticket, how much, under which name, and that nothing stays behind."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from afterservice.models import AcceptCondition, Evidence, Ticket
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.services import evidence
from afterservice.services.evidence import add, remove_orphans
from afterservice.states import Case, Decision
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from tests.afterservice.evidence_files import files_in, photo, upload
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
REQUEST, TALK, INSPECTION = Evidence.Stage.REQUEST, Evidence.Stage.TALK, Evidence.Stage.INSPECTION


@pytest.fixture
def agent() -> Staff:
    return make_staff("agent")


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


def test_the_tenth_file_is_refused(agent: Staff, ticket: Ticket, media: Path) -> None:
    for _ in range(9):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    with pytest.raises(DomainError, match="9 files already"):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert Evidence.objects.filter(ticket=ticket).count() == 9
    assert len(files_in(media)) == 18
    other = add(make_ticket().pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    assert other.pk


@pytest.mark.parametrize(
    ("role", "stage", "may"),
    [
        ("agent", REQUEST, True),
        ("agent", TALK, True),
        ("agent", INSPECTION, True),
        ("supervisor", TALK, True),
        ("warehouse", INSPECTION, True),
        ("warehouse", REQUEST, False),
        ("warehouse", TALK, False),
        ("manager", REQUEST, False),
        ("manager", INSPECTION, False),
    ],
)
def test_who_adds_what(role: str, stage: str, may: bool, ticket: Ticket, media: Path) -> None:
    actor = make_staff(role)

    if may:
        assert add(ticket.pk, upload(photo()), stage=stage, actor=actor, now=NOW).stage == stage
        return
    with pytest.raises(Forbidden):
        add(ticket.pk, upload(photo()), stage=stage, actor=actor, now=NOW)
    assert not Evidence.objects.exists()
    assert not files_in(media)


def test_a_stage_that_there_is_not_is_refused(agent: Staff, ticket: Ticket) -> None:
    with pytest.raises(DomainError, match="what the file shows"):
        add(ticket.pk, upload(photo()), stage="elsewhere", actor=agent, now=NOW)


@pytest.mark.parametrize("case", [Case.CLOSED, Case.CANCELLED])
def test_a_ticket_that_is_over_keeps_what_it_had(case: str, agent: Staff, media: Path) -> None:
    ticket = make_ticket()
    kept = add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    Ticket.objects.update(case=case, closed_at=NOW, close_reason="refused")
    before = files_in(media)

    with pytest.raises(Conflict, match="closed and keeps"):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert list(Evidence.objects.all()) == [kept]
    assert files_in(media) == before


def test_no_such_ticket(agent: Staff, media: Path) -> None:
    with pytest.raises(DomainError, match="There is no ticket T999999999"):
        add(999_999_999, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert not files_in(media)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\瑕疵 1.jpg", "瑕疵 1.jpg"),
        ("a\r\nSet-Cookie: x\x00.jpg", "aSet-Cookie: x.jpg"),
        ("‮gpj.exe", "gpj.exe"),
        ("長" * 200 + ".jpg", "長" * 116 + ".jpg"),
    ],
)
def test_the_name_is_shown_and_never_becomes_a_path(
    name: str, shown: str, agent: Staff, ticket: Ticket, media: Path
) -> None:
    file = upload(photo())
    file._name = name  # as a browser may send it, past what Django takes off

    kept = add(ticket.pk, file, stage=REQUEST, actor=agent, now=NOW)

    assert kept.name == shown
    assert kept.file.name == f"evidence/{kept.pk.hex[:2]}/{kept.pk.hex}"


def test_the_tickets_version_stays(agent: Staff, ticket: Ticket) -> None:
    add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert Ticket.objects.get().version == ticket.version


@pytest.mark.parametrize(
    ("stage", "decision"), [(REQUEST, Decision.ACCEPTED), (INSPECTION, Decision.PENDING)]
)
def test_a_condition_that_waits_for_evidence_of_the_request_accepts_it(
    stage: str, decision: str, agent: Staff
) -> None:
    ticket = make_ticket(problem=Problem.FLAWED)
    condition = AcceptCondition.objects.create(
        name="质量问题有图即退", kind=TicketKind.RETURN, needs_evidence=True, active=True, tried_version=1,
        tried_at=NOW, made_by=make_staff("manager"), made_at=NOW,
    )  # fmt: skip

    add(ticket.pk, upload(photo()), stage=stage, actor=agent, now=NOW)

    ticket.refresh_from_db()
    assert ticket.decision == decision
    assert ticket.condition == (condition if decision == Decision.ACCEPTED else None)


@pytest.fixture
def failing_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(evidence.audit, "record", fail)


def test_a_file_whose_row_rolls_back_is_removed(
    failing_audit: None, agent: Staff, ticket: Ticket, media: Path
) -> None:
    with pytest.raises(RuntimeError):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert not Evidence.objects.exists()
    assert not files_in(media)


def test_orphans_are_swept_after_a_day_and_nothing_else(agent: Staff, ticket: Ticket, media: Path) -> None:
    kept = add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    with transaction.atomic():
        lost = add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
        transaction.set_rollback(True)
    assert len(files_in(media)) == 4
    written = Path(kept.file.path).stat().st_mtime
    moment = datetime.fromtimestamp(written, UTC)  # the file's own clock, not the tests'

    assert remove_orphans(moment + timedelta(hours=23), False).done == 0
    foretold = remove_orphans(moment + timedelta(hours=25), True)
    assert len(files_in(media)) == 4
    done = remove_orphans(moment + timedelta(hours=25), False)
    again = remove_orphans(moment + timedelta(hours=25), False)

    orphan = f"evidence/{lost.pk.hex[:2]}/{lost.pk.hex}"
    assert done.subjects == foretold.subjects == [orphan, f"{orphan}-small"]
    assert again.done == 0
    assert files_in(media) == {kept.pk.hex, f"{kept.pk.hex}-small"}


@pytest.mark.django_db(transaction=True)
def test_of_two_ninth_files_at_once_one_is_refused(agent: Staff, ticket: Ticket, media: Path) -> None:
    for _ in range(8):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    refused: list[str] = []
    start = threading.Barrier(3)

    def ninth() -> None:
        try:
            start.wait()
            add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
        except DomainError as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ninth) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["A12", "A12"]
    assert Evidence.objects.count() == 9
    assert len(files_in(media)) == 18
