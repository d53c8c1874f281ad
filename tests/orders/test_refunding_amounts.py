"""A9: what a refund before shipping gives back: as charged, never more than was paid."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from orders.models import LinkSettlement, Order, OrderLine, Payment, PostageCredit, Refund, RefundTask
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError
from tests.factories import NOW, make_paid_order
from tests.orders.postage_links import NICK, link
from tests.orders.refund_scenes import paid, refund, standing, tick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


class TestMoney:
    """A9: as charged, never more than was paid."""

    @pytest.mark.parametrize(
        ("credit_away", "returned", "postage"),
        [("0", "0", "6.00"), ("6.00", "0", "0.00"), ("0", "4.00", "2.00"), ("0", "6.00", "0.00")],
    )
    def test_postage_that_was_given_back_is_not_given_twice(
        self, credit_away: str, returned: str, postage: str
    ) -> None:
        order = paid()
        if Decimal(credit_away):
            PostageCredit.objects.create(
                paid_on=order, given_to=make_paid_order(NICK), amount=Decimal(credit_away), at=NOW
            )
        if Decimal(returned):
            RefundTask.objects.create(
                order=order, reason="late_postage", rule="S10", amount=Decimal(returned), opened_at=NOW
            )

        asked = refund(order)

        assert (asked.goods_fee, asked.post_fee) == (Decimal("499.00"), Decimal(postage))

    def test_what_came_off_for_joining_was_never_paid(self) -> None:
        other = paid("300.00")
        order = paid(
            "250.00", post_fee=Decimal(0), payment=Decimal("244.00"), post_fee_credit=Decimal("6.00")
        )
        PostageCredit.objects.create(paid_on=other, given_to=order, amount=Decimal("6.00"), at=NOW)

        asked = refund(order)
        tick(order)

        assert asked.goods_fee == Decimal("244.00")
        assert not PostageCredit.objects.exists()
        assert standing()[0] == Decimal("300.00")

    def test_a_discounted_line_gives_back_what_it_was_charged(self) -> None:
        order = paid("499.00", "100.00")
        OrderLine.objects.filter(position=2).update(payment=Decimal("95.00"), discount_fee=Decimal("5.00"))

        assert refund(order, 2).goods_fee == Decimal("95.00")

    def test_what_was_refunded_before_is_not_refunded_again(self) -> None:
        order = paid("499.00", "10.00")
        OrderLine.objects.filter(position=2).update(refund_fee=Decimal("4.00"))
        Order.objects.update(refund_fee=Decimal("4.00"))

        assert refund(order, 2).goods_fee == Decimal("6.00")
        with pytest.raises(DomainError, match="refunded already"):
            refund(order, 2)

    def test_nothing_paid_is_nothing_to_refund(self) -> None:
        order = paid("499.00", "0.00")
        with pytest.raises(DomainError) as refusal:
            refund(order, 2)
        assert refusal.value.code == "A9"
        assert not Refund.objects.exists()
        assert OrderLine.objects.filter(refunded_at=None).count() == 2

    def test_a_link_that_paid_a_difference_stays_with_its_order(self) -> None:
        order, paying = paid(), link("20.00")
        LinkSettlement.objects.create(paid_by=paying, order=order, amount=Decimal("20.00"), rule="O9", at=NOW)

        with pytest.raises(Conflict, match=f"order {order.pk}: refund that order first"):
            refund(paying)

        refund(order)
        tick(order)
        assert refund(paying).goods_fee == Decimal("20.00")

    def test_payments_of_a_full_refund_are_refunded(self) -> None:
        order = paid()
        Payment.objects.create(
            order=order, payment_no="1", amount=Decimal("505.00"), status="applied", paid_at=NOW, heard_at=NOW
        )
        refund(order)
        tick(order)
        assert Payment.objects.get().status == "refunded"
