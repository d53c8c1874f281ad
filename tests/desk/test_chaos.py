"""What ``scripts/chaos`` judges by must be able to find something: its ledger, its proxy and its clock."""

from pathlib import Path

import psycopg
import pytest
from django.db import connection

from orders.services.notes import add_note
from shopdesk.base.models import AuditEntry
from shopdesk.desk.chaos.cutting_proxy import AFTER, BEFORE, EVERY, CuttingProxy
from shopdesk.desk.chaos.ledger import Found, Write, find, told_of_nothing
from shopdesk.desk.chaos.scene import Outcome
from shopdesk.desk.chaos.twice import TWICE, count
from tests.factories import NOW, make_order, make_staff


@pytest.mark.parametrize(
    ("told", "rows", "audited", "verdict"),
    [
        (True, 1, 1, ""),
        (False, 1, 1, ""),
        (False, 0, 0, ""),
        (True, 0, 0, "lost"),
        (True, 2, 2, "doubled"),
        (False, 1, 2, "doubled"),
        (True, 1, 0, "half"),
        (False, 0, 1, "half"),
    ],
)
def test_a_write_is_held_to_its_rows_and_its_audit(told: bool, rows: int, audited: int, verdict: str) -> None:
    write = Write("note", "a1", "/", {}, told=told)
    assert Found({"a1": rows}, {"a1": audited}).judge(write) == verdict


@pytest.mark.parametrize(
    ("fields", "is_good"),
    [
        ({"recovered": 1.0}, True),
        ({}, False),
        ({"recovered": 1.0, "lost": 1}, False),
        ({"recovered": 1.0, "doubled": 1}, False),
        ({"recovered": 1.0, "wrong": ["a page answered 500"]}, False),
    ],
)
def test_a_run_is_good_only_if_all_is(fields: dict[str, object], is_good: bool) -> None:
    assert Outcome("database", 1, **fields).is_good is is_good  # type: ignore[arg-type]


@pytest.mark.django_db
def test_what_is_on_record_is_found_by_its_key() -> None:
    order, agent = make_order(), make_staff("agent")
    for text in ("chaos m1", "chaos m2", "chaos m2", "else m3"):
        add_note(order.tid, text, actor=agent, now=NOW)

    found = find(["note", "order", "payment", "evidence"], "m")

    assert (found.rows, found.audited) == ({"m1": 1, "m2": 2}, {"m1": 1, "m2": 2})
    assert told_of_nothing() == 0
    fact = {"subject_kind": "order", "at": NOW, "origin": "job", "before": {}}
    AuditEntry.objects.create(action="note.added", subject_id=order.tid, after={"note": 0}, **fact)
    assert told_of_nothing() == 1
    assert count(TWICE["orders closed twice"]) == 0
    for _time in range(2):
        AuditEntry.objects.create(action="order.closed", subject_id=order.tid, after={}, **fact)
    assert count(TWICE["orders closed twice"]) == 1


@pytest.mark.django_db(transaction=True)
def test_the_proxy_cuts_before_and_after_in_turns(tmp_path: Path) -> None:
    folder = str(connection.get_connection_params().get("host", ""))
    if not folder.startswith("/"):
        pytest.skip("the database has no socket file here")
    proxy = CuttingProxy(tmp_path / "cut", Path(folder) / ".s.PGSQL.5432")
    url = proxy.url.replace("/shopdesk?", f"/{connection.settings_dict['NAME']}?")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE proxied (number integer)")
    try:
        cut: list[int] = []
        with proxy.armed():
            for number in range(1, 2 * EVERY + 1):
                try:
                    with psycopg.connect(url) as through:
                        through.execute("INSERT INTO proxied VALUES (%s)", [number])
                except psycopg.OperationalError:
                    cut.append(number)
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM proxied ORDER BY number")
            kept = [number for (number,) in cursor.fetchall()]
    finally:
        proxy.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE proxied")

    assert cut == [EVERY, 2 * EVERY]
    # The first was cut when the server had done it, the second before it heard of it.
    assert kept == list(range(1, 2 * EVERY))
    assert proxy.cuts == {AFTER: 1, BEFORE: 1}
