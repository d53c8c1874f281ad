"""Statements that the server plans once, and rows that are inserted by them."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from members.models import Buyer
from shopdesk.base.bulk import copy_rows
from shopdesk.base.prepared import prepared_cursor
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ASKED = "SELECT %(number)s::int + 1 AS asked_over_and_over"


def kept_plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%asked_over_and_over%'"
        )
        return int(cursor.fetchone()[0])


def test_a_statement_stays_planned_once_it_was_asked_more_than_five_times(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(7), prepared_cursor() as cursor:
        for number in range(7):
            cursor.execute(ASKED, {"number": number})
            assert cursor.fetchone() == (number + 1,)

    assert kept_plans() == 1


def test_nothing_stays_planned_behind_pgbouncer() -> None:
    connection.ensure_connection()
    before, connection.connection.prepare_threshold = connection.connection.prepare_threshold, None
    try:
        with prepared_cursor() as cursor:
            for number in range(7):
                cursor.execute(ASKED, {"number": number})
    finally:
        connection.connection.prepare_threshold = before

    assert kept_plans() == 0


@pytest.mark.parametrize(("count", "verb"), [(2, "INSERT"), (40, "")])
def test_few_rows_are_inserted_and_many_are_copied(count: int, verb: str) -> None:
    asked: list[str] = []

    def listen(execute: Any, statement: str, *rest: Any) -> Any:
        asked.append(statement.partition(" ")[0])
        return execute(statement, *rest)

    nicks = [f"buyer {number:02}" for number in range(count)]
    with connection.execute_wrapper(listen):
        copy_rows(Buyer, ("nick", "first_seen_at", "spend"), ((nick, NOW, 0) for nick in nicks))

    assert list(Buyer.objects.order_by("nick").values_list("nick", flat=True)) == nicks
    assert "".join(asked) == verb  # COPY is no statement that a wrapper hears of


def test_what_the_database_refuses_is_djangos_error() -> None:
    row = ("buyer", NOW, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows(Buyer, ("nick", "first_seen_at", "spend"), [row, row])
