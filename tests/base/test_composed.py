"""Statements that are composed once and read with other values each time."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.test.utils import CaptureQueriesContext

from orders.models import Note, Order, OrderLine
from orders.services.notes import add_note
from shopdesk.base.composed import Composed, Given, ask_ahead, ask_further
from tests.factories import NOW, make_line, make_order, make_staff

pytestmark = pytest.mark.django_db


def test_rows_are_those_that_the_queryset_answers_with_what_is_read_beside_them() -> None:
    noted = Exists(Note.objects.filter(order=OuterRef("order")))

    def lines(tid: object) -> QuerySet[OrderLine]:
        found = OrderLine.objects.filter(order=tid).select_related("order__buyer", "product", "sku")
        return found.annotate(noted=noted).order_by("position")

    read = Composed(lambda: lines(Given("tid")))
    first, second = make_order("小草莓"), make_order()
    make_line(first, "鞋")
    make_line(first, "包")
    make_line(second, "帽子")
    add_note(second.tid, "一", actor=make_staff("agent"), now=NOW)

    for order, noted_there in ((first, False), (second, True), (first, False)):
        with CaptureQueriesContext(connection) as captured:
            rows = read(tid=order.tid)
            told = [(row.product.title, row.sku, row.order.buyer_id, row.noted) for row in rows]  # type: ignore[attr-defined]
            assert rows[0].order.buyer is None or rows[0].order.buyer.nick == order.buyer_id
        assert len(captured) == 1
        assert rows == list(lines(order.tid))
        assert {noted for *_words, noted in told} == {noted_there}
        assert all(vars(row)["price"] == kept.price for row, kept in zip(rows, lines(order.tid), strict=True))
        assert not rows[0]._state.adding
    assert read(tid="1") == []


def test_the_queryset_is_composed_once() -> None:
    composed = []

    def orders() -> QuerySet[Order]:
        composed.append(1)
        return Order.objects.filter(pk=Given("tid"))

    read = Composed(orders)
    one, other = make_order(), make_order()

    assert [read.first(tid=one.tid), read.first(tid=other.tid), read.first(tid="1")] == [one, other, None]
    assert composed == [1]


def test_a_list_is_given_however_long() -> None:
    of_orders = Composed(lambda: OrderLine.objects.filter(order__among=Given("tids")).order_by("pk"))
    by_key = Composed(lambda: OrderLine.objects.filter(pk__among=Given("keys")).order_by("pk"))
    orders = [make_order() for _number in range(3)]
    lines = [make_line(order) for order in orders]

    assert of_orders(tids=[order.tid for order in orders[:2]]) == lines[:2]
    assert by_key(keys=[line.pk for line in lines]) == lines
    assert of_orders(tids=[]) == by_key(keys=[]) == []


def test_values_come_as_tuples_or_alone_and_without_what_they_are_ordered_by() -> None:
    order = make_order()
    make_line(order, "鞋", num=2)
    make_line(order, "包", num=2)
    lines = OrderLine.objects.filter(order=Given("tid"))
    pairs = Composed(lambda: lines.order_by("position").values_list("position", "num").distinct())
    alone = Composed(lambda: lines.order_by("-position").values_list("product__title", flat=True))
    counts = Composed(lambda: lines.values_list("order").annotate(Count("pk")))
    distinct = Composed(lambda: lines.order_by("position").values_list("num").distinct())

    assert pairs(tid=order.tid) == [(1, 2), (2, 2)]
    assert alone(tid=order.tid) == ["包", "鞋"]
    assert counts(tid=order.tid) == [(order.tid, 2)]
    assert distinct(tid=order.tid) == [(2,), (2,)]  # told apart by the position, which is not answered


def test_what_is_given_is_bound_and_never_part_of_the_statement() -> None:
    read = Composed(lambda: Order.objects.filter(buyer_message=Given("words")))
    order = make_order()
    Order.objects.filter(pk=order.pk).update(buyer_message="'; DROP TABLE orders_order; --%s")

    assert read(words="'; DROP TABLE orders_order; --%s") == [order]
    with pytest.raises(KeyError):
        read(text="x")


def test_only_rows_and_lists_of_values_can_be_composed() -> None:
    read = Composed(lambda: Order.objects.filter(pk=Given("tid")).values("tid"))

    with pytest.raises(TypeError):
        read(tid="1")


def test_the_database_keeps_the_plan_and_answers_by_the_values() -> None:
    read = Composed(lambda: OrderLine.objects.filter(order=Given("tid")).order_by("position"))
    orders = [make_order() for _number in range(4)]
    lines = [make_line(order) for order in orders]

    assert [read(tid=order.tid) for order in orders * 2] == [[line] for line in lines * 2]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%orders_orderline%'"
        )
        assert cursor.fetchone()[0] >= 1


def test_what_a_page_reads_is_asked_ahead_at_once() -> None:
    note = Composed(lambda: Note.objects.filter(order=Given("tid")).order_by("pk"), pages=["of this test"])
    line = Composed(lambda: OrderLine.objects.filter(order=Given("tid")), pages=["of this test"])
    order, other = make_order(), make_order()
    said, sold = add_note(order.tid, "一", actor=make_staff("agent"), now=NOW), make_line(other)

    with ask_ahead("of this test", tid=order.tid):
        with CaptureQueriesContext(connection) as captured:
            assert [note(tid=order.tid), note(tid=order.tid), line(tid=order.tid)] == [[said], [said], []]
        assert len(captured) == 0
        with CaptureQueriesContext(connection) as captured:
            assert line(tid=other.tid) == [sold]
        assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        assert note(tid=order.tid) == [said]
    assert len(captured) == 1


def test_what_is_known_later_is_asked_in_one_more_exchange() -> None:
    order = Composed(lambda: Order.objects.filter(pk=Given("tid")), pages=["first", "then"])
    note = Composed(lambda: Note.objects.filter(order=Given("tid")).order_by("pk"), pages=["then"])
    line = Composed(lambda: OrderLine.objects.filter(order=Given("tid")), pages=["and"])
    one, other = make_order(), make_order()
    said, sold = add_note(other.tid, "一", actor=make_staff("agent"), now=NOW), make_line(other)

    ask_further("then", "and", tid=other.tid)
    with CaptureQueriesContext(connection) as captured:
        assert line(tid=other.tid) == [sold]
    assert len(captured) == 1

    with ask_ahead("first", tid=one.tid):
        ask_further("then", "and", tid=other.tid)
        with CaptureQueriesContext(connection) as captured:
            assert [order(tid=one.tid), order(tid=other.tid)] == [[one], [other]]
            assert [note(tid=other.tid), line(tid=other.tid)] == [[said], [sold]]
        assert len(captured) == 0
    with CaptureQueriesContext(connection) as captured:
        assert note(tid=other.tid) == [said]
    assert len(captured) == 1


def test_what_fails_ahead_is_said_as_any_failure_and_asks_nobody_to_wait() -> None:
    Composed(lambda: Note.objects.filter(pk=Given("number")), pages=["that fails"])
    read = Composed(lambda: Order.objects.filter(pk=Given("tid")), pages=["that fails"])
    order = make_order()

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        ask_ahead("that fails", number="no number", tid=order.tid),
    ):
        pass

    assert read(tid=order.tid) == [order]
