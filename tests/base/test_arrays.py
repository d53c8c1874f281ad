"""Lists of many keys travel as one array, and find what a list of values finds."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Note, Order, OrderLine
from shopdesk.base.arrays import text_array
from tests.factories import make_line, make_order

pytestmark = pytest.mark.django_db
HARD = ["", "a", '"', "\\", '\\"', "{x}", "a,b", "NULL", "小草莓", " ", "'", "%s"]


@pytest.mark.parametrize("texts", [HARD, ["1", "2"], [""], [], ["\\"], ['"']])
def test_an_array_holds_the_very_texts(texts: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [text_array(texts)])
        assert cursor.fetchone() == (texts,)


def test_long_lists_find_what_short_ones_find() -> None:
    order, other, third = make_order(), make_order(), make_order('"小\\草莓"')
    line = make_line(order)
    make_line(other)
    many = [order.tid, order.tid, *(f"no-{number}" for number in range(200)), *HARD]
    keys = [line.pk, *range(10**9, 10**9 + 200), 2**62]

    with CaptureQueriesContext(connection) as captured:
        assert list(Order.objects.filter(pk__in=many)) == [order]
        assert set(Order.objects.exclude(pk__in=set(many))) == {other, third}
        assert list(OrderLine.objects.filter(order__in=dict.fromkeys(many))) == [line]
        assert OrderLine.objects.filter(order_id__in=[*many, other.tid]).count() == 2
        assert list(OrderLine.objects.filter(pk__in=keys)) == [line]
        assert list(Order.objects.filter(lines__in=keys)) == [order]
        assert list(Order.objects.filter(buyer__in=[*many, third.buyer_id])) == [third]
        assert Note.objects.filter(order__in=many).delete() == (0, {})
        assert Order.objects.filter(pk__in=many).update(num=7) == 1
    assert all("ANY" in query["sql"] and " IN (" not in query["sql"] for query in captured)


def test_lists_of_other_things_stay_as_they_were() -> None:
    order = make_order()
    numbers, none, prices = (
        range(200),
        [None] * 200,
        [Decimal(number) for number in range(10**6, 10**6 + 200)],
    )

    assert list(Order.objects.filter(pk__in=[order, *Order.objects.none()])) == [order]
    assert list(Order.objects.filter(pk__in=[order.tid, *none])) == [order]
    assert list(Order.objects.filter(pk__in=[order.tid, *numbers])) == [order]
    assert list(Order.objects.filter(payment__in=[order.payment, *prices])) == [order]
    assert list(Order.objects.filter(pk__in=Order.objects.filter(pk__in=[order.tid] * 200))) == [order]
    assert not OrderLine.objects.filter(pk__in=[2**70, *numbers]).exists()
