"""D4: the audit log takes rows and never gives them up."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from orders.models import Note
from orders.services.notes import add_note
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.models import AuditEntry
from shopdesk.base.services.upkeep import keep_up
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db


def record(at: datetime = NOW) -> AuditEntry:
    audit.record(Fact("order.paid", "order", "1", {"status": "a"}, {"status": "b"}), at=at, actor=None)
    return AuditEntry.objects.latest("id")


def refused(statement: str, *parameters: object) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return str(error.value)


def test_an_entry_cannot_be_changed_or_removed() -> None:
    entry = record()

    assert "append-only (D4): UPDATE" in refused(
        "UPDATE base_auditentry SET action = 'x' WHERE id = %s", entry.pk
    )
    assert "append-only (D4): DELETE" in refused("DELETE FROM base_auditentry WHERE id = %s", entry.pk)
    assert AuditEntry.objects.get().action == "order.paid"


def test_nor_through_its_partition() -> None:
    record()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM base_auditentry")
        (partition,) = cursor.fetchone()

    assert partition == "base_auditentry_2026_11"
    assert "append-only" in refused(f"DELETE FROM {partition}")


@pytest.mark.parametrize(
    ("at", "partition"),
    [
        (datetime.fromisoformat("2026-11-30T23:59:59+08:00"), "base_auditentry_2026_11"),
        (datetime.fromisoformat("2026-12-01T00:00:00+08:00"), "base_auditentry_2026_12"),
        (datetime.fromisoformat("1999-01-01T00:00:00+08:00"), "base_auditentry_other"),
    ],
)
def test_months_are_shanghais(at: datetime, partition: str) -> None:
    record(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM base_auditentry")
        assert cursor.fetchone() == (partition,)


def test_upkeep_prepares_the_coming_months() -> None:
    far = NOW + timedelta(days=365 * 3)

    keep_up(far, False)
    keep_up(far, False)  # twice does nothing more

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('base_auditentry_2030_02') IS NOT NULL")
        assert cursor.fetchone() == (True,)


def test_a_month_that_the_default_partition_holds_rows_of_stops_no_other() -> None:
    far = NOW + timedelta(days=365 * 3)
    record(datetime.fromisoformat("2029-12-15T00:00:00+08:00"))

    keep_up(far, False)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regclass('base_auditentry_2029_11') IS NOT NULL,"
            " to_regclass('base_auditentry_2029_12') IS NOT NULL,"
            " to_regclass('base_auditentry_2030_01') IS NOT NULL"
        )
        assert cursor.fetchone() == (True, False, True)
    assert AuditEntry.objects.count() == 1


def test_an_entry_says_where_it_came_from() -> None:
    with audit.origin("page", address="10.1.2.3", request_id="r1"):
        entry = record()

    assert (entry.origin, entry.address, entry.request_id) == ("page", "10.1.2.3", "r1")
    assert record().origin == "shell"


class TestNotes:
    """N2: notes are never edited or removed."""

    @pytest.fixture
    def note(self) -> Note:
        return add_note(make_order().tid, "送小礼物一份", actor=make_staff("agent"), now=NOW)

    @pytest.mark.parametrize("column", ["text", "signature", "form"])
    def test_cannot_be_edited(self, note: Note, column: str) -> None:
        assert "never edited or removed (N2)" in refused(
            f"UPDATE orders_note SET {column} = 'x' WHERE id = %s", note.pk
        )

    def test_cannot_be_removed(self, note: Note) -> None:
        assert "never edited or removed (N2)" in refused("DELETE FROM orders_note WHERE id = %s", note.pk)

    def test_may_be_cleared_from_view(self, note: Note) -> None:
        note.cleared_at = NOW
        note.save(update_fields=["cleared_at"])
        assert Note.objects.get().cleared_at == NOW
