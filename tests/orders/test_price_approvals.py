"""O8, P1, P2: prices that the rules do not give."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from orders.approval_kinds import FREE_SPLIT, POSTAGE_WAIVER
from orders.models import Order, OrderTerms, PlatformTask, PostageCredit
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import apply_computed_price
from orders.services.special_prices import PriceWish
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from tests.factories import NOW, make_line, make_staff
from tests.orders.price_scenes import approve, ask, mixed, paid, special, unpaid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


WAIVER = PriceWish(POSTAGE_WAIVER, "发货慢了")
SPLIT = PriceWish(FREE_SPLIT, "等不及")


class TestSpecialPrice:
    """O8."""

    def test_the_order_keeps_its_price_until_it_is_approved(self) -> None:
        order = unpaid()

        approval = ask(order, special())

        assert Order.objects.get().payment == order.payment
        assert not OrderTerms.objects.exists()
        assert (approval.rule, approval.amount, approval.subject_version) == ("O8", Decimal("56.00"), 1)
        assert (approval.before["payment"], approval.after["payment"]) == ("256.00", "200.00")

    def test_approving_writes_the_price_and_keeps_why(self) -> None:
        order = unpaid()
        make_line(order, "袜子", price=Decimal("10.00"), num=2)

        after = approve(approval := ask(order, special()))

        lines = list(after.lines.order_by("position").values_list("payment", "discount_fee"))
        assert (after.payment, after.post_fee, after.goods_payable) == (
            Decimal("200.00"), Decimal("6.00"), Decimal("194.00"),
        )  # fmt: skip
        assert lines == [
            (Decimal("179.63"), Decimal("70.37")), (Decimal("14.37"), Decimal("5.63")),
        ]  # fmt: skip
        step = OrderTerms.objects.get().quote["steps"][-1]
        assert (step["rule"], step["amount"]) == ("P1", "-76.00")
        assert f"request {approval.pk}" in step["text"]
        assert "慧慧" in step["text"]
        assert PlatformTask.objects.get(kind="price").order_id == order.tid
        entry = AuditEntry.objects.get(action="order.priced")
        assert entry.after["approval"] == approval.pk

    @pytest.mark.parametrize(
        ("total", "words"),
        [
            ("0.00", "0.01 or more"),
            ("5.99", "less than nothing"),
            ("256.01", "more than their full price: ¥256.00"),
            ("256.00", "nobody need approve it"),
        ],
    )
    def test_what_cannot_be_a_special_price(self, total: str, words: str) -> None:
        with pytest.raises(DomainError, match=words) as refusal:
            ask(unpaid(), special(total))

        assert (refusal.value.code, refusal.value.field) == ("O8", "total")
        assert not Approval.objects.exists()

    def test_postage_links_keep_their_price(self) -> None:
        order = unpaid()
        make_line(order, "补差价 邮费", price=Decimal("10.00"))

        after = approve(ask(order, special("100.00")))

        assert list(after.lines.order_by("position").values_list("payment", flat=True)) == [
            Decimal("84.00"),
            Decimal("10.00"),
        ]
        assert after.payment == Decimal("100.00")

    def test_a_price_above_the_rules_is_one_too(self) -> None:
        from members.services import Spent, record_spend

        order = unpaid()
        record_spend([Spent("公主小肥", "order", "1", Decimal("30000.00"), NOW)])

        after = approve(ask(order, special("250.00")))

        assert after.payment == Decimal("250.00")

    def test_postage_of_a_joined_order_still_comes_off_once(self) -> None:
        paid()
        order = unpaid()

        after = approve(ask(order, special("200.00")))

        assert (after.payment, after.post_fee_credit, after.goods_payable) == (
            Decimal("200.00"), Decimal("6.00"), Decimal("206.00"),
        )  # fmt: skip
        assert PostageCredit.objects.get().given_to == order

    def test_the_rules_take_the_price_back(self) -> None:
        order = approve(ask(unpaid(), special()))

        apply_computed_price(order.tid, version=order.version, actor=make_staff("agent"), now=NOW)

        assert Order.objects.get().payment == Decimal("256.00")


class TestPostageWaiver:
    def test_it_sets_the_postage_to_nothing(self) -> None:
        after = approve(ask(unpaid(), WAIVER))

        assert (after.post_fee, after.payment) == (0, Decimal("250.00"))
        step = OrderTerms.objects.get().quote["steps"][-1]
        assert (step["rule"], step["amount"]) == ("P1", "-6.00")

    def test_there_must_be_some(self) -> None:
        with pytest.raises(DomainError, match="nothing to waive") as refusal:
            ask(unpaid("600.00"), WAIVER)

        assert refusal.value.code == "S6"


class TestFreeSplit:
    """S8."""

    def test_the_second_parcel_goes_free(self) -> None:
        order = mixed("100.00", "150.00")

        approval = ask(order, SPLIT)
        after = approve(approval)

        assert approval.amount == Decimal("6.00")
        assert (after.post_fee, after.payment) == (Decimal("6.00"), Decimal("256.00"))
        terms = OrderTerms.objects.get().quote
        assert terms["parcels"] == 2
        assert (terms["steps"][-1]["rule"], terms["steps"][-1]["amount"]) == ("P1", "-6.00")

    def test_both_go_free_where_one_does(self) -> None:
        after = approve(ask(mixed("300.00", "300.00"), SPLIT))

        assert (after.post_fee, after.payment) == (0, Decimal("600.00"))

    def test_where_there_is_nothing_to_split(self) -> None:
        with pytest.raises(DomainError, match="one parcel"):
            ask(unpaid(), SPLIT)

    def test_where_both_are_free_already(self) -> None:
        with pytest.raises(DomainError, match="free already"):
            ask(mixed("1600.00", "1600.00"), SPLIT)


WISHES = [special(), WAIVER, SPLIT]
IDS = [wish.kind for wish in WISHES]


@pytest.mark.parametrize("wish", WISHES, ids=IDS)
class TestEveryKind:
    """P2, P3."""

    def test_refusing_changes_nothing(self, wish: PriceWish) -> None:
        order = mixed("100.00", "150.00")
        before = Order.objects.values().get()
        approval = ask(order, wish, owner := make_staff("agent"))

        approvals.refuse(approval.pk, reason="不行", actor=make_staff("supervisor"), now=NOW)

        assert Order.objects.values().get() == before | {"owner_id": owner.pk}
        assert not OrderTerms.objects.exists()

    def test_it_lapses_when_the_order_changed(self, wish: PriceWish) -> None:
        order = mixed("100.00", "150.00")
        approval = ask(order, wish)
        Order.objects.update(version=7)

        approve(approval)

        approval.refresh_from_db()
        assert approval.status == Approval.Status.LAPSED
        assert not OrderTerms.objects.exists()

    def test_it_lapses_when_the_order_was_paid(self, wish: PriceWish) -> None:
        order = mixed("100.00", "150.00")
        approval = ask(order, wish)
        record_payment(order.tid, PaymentMessage("p", order.payment, NOW), now=NOW)

        after = approve(approval)

        approval.refresh_from_db()
        assert approval.status == Approval.Status.LAPSED
        assert (after.status, after.payment) == (Status.WAIT_SELLER_SEND_GOODS, order.payment)

    def test_nobody_approves_their_own_also_no_supervisor(self, wish: PriceWish) -> None:
        supervisor = make_staff("supervisor")
        approval = ask(mixed("100.00", "150.00"), wish, supervisor)

        with pytest.raises(Forbidden):
            approvals.approve(approval.pk, actor=supervisor, now=NOW)

        approval.refresh_from_db()
        assert approval.status == Approval.Status.PENDING
        assert not OrderTerms.objects.exists()

    def test_whoever_asked_takes_it_back(self, wish: PriceWish) -> None:
        agent = make_staff("agent")
        approval = ask(mixed("100.00", "150.00"), wish, agent)

        approvals.withdraw(approval.pk, actor=agent, now=NOW)

        with pytest.raises(Conflict):
            approve(approval)

    def test_it_is_asked_once_and_anew_after_a_change(self, wish: PriceWish) -> None:
        order = mixed("100.00", "150.00")
        first = ask(order, wish)

        with pytest.raises(Conflict) as refusal:
            ask(order, wish)
        assert refusal.value.code == "P2"

        Order.objects.update(version=2)
        second = ask(order, wish)
        first.refresh_from_db()
        assert (first.status, second.status) == ("lapsed", "pending")

    def test_who_and_when_it_cannot_be_asked(self, wish: PriceWish) -> None:
        order = mixed("100.00", "150.00")

        for role in ("warehouse", "manager"):
            with pytest.raises(Forbidden):
                ask(order, wish, make_staff(role))
        with pytest.raises(VersionConflict):
            ask(order, wish, version=9)
        with pytest.raises(DomainError, match="Say why") as refusal:
            ask(order, PriceWish(wish.kind, " ", wish.total))
        assert refusal.value.field == "reason"
        Order.objects.update(paid_fee=Decimal("1.00"))
        with pytest.raises(Conflict, match="Part of this order is paid"):
            ask(order, wish)
        Order.objects.update(
            paid_fee=0, status=Status.TRADE_CLOSED_BY_TAOBAO, close_reason="timeout", end_time=NOW
        )
        with pytest.raises(Conflict, match="Only the price of an unpaid order"):
            ask(order, wish)
        assert not Approval.objects.exists()


def test_what_was_shown_is_what_is_done() -> None:
    other = paid()
    order = unpaid("150.00")
    approval = ask(order, PriceWish(POSTAGE_WAIVER, "急", carrier="shunfeng"))
    assert approval.after["payment"] == "150.00"
    other.lines.update(payment=Decimal("400.00"))
    Order.objects.filter(pk=other.pk).update(goods_payable=Decimal("400.00"))

    with pytest.raises(Conflict, match=r"would now come to ¥144.00 and not to ¥150.00"):
        approve(approval)

    approval.refresh_from_db()
    assert approval.status == Approval.Status.PENDING
    assert not OrderTerms.objects.exists()
