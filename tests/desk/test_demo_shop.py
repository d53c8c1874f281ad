"""The demo shop: everything that there is to see is in it, and nothing in it contradicts itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Count, F, Sum

from afterservice.models import Evidence, Ticket, TicketLine, TicketMessage
from afterservice.rules.kinds import TicketKind
from afterservice.states import Decision
from members.models import Buyer, BuyerTag, SpendEntry
from members.services import prove_spend
from orders.approval_kinds import BEGUN_REFUND
from orders.models import (
    BulkRow,
    BulkRun,
    BuyingRun,
    BuyingRunLine,
    CarrierBillLine,
    Enquiry,
    Flag,
    Hold,
    Note,
    Order,
    OrderLine,
    Parcel,
    Payment,
    Product,
    Refund,
    Reminder,
    Shortage,
    Sku,
    Snooze,
    Star,
    StockMovement,
    UnpaidReason,
)
from orders.rules.closing import UNPAID_KEPT
from orders.rules.notes import NoteForm
from orders.rules.products import ProductKind
from orders.selectors.readiness import with_readiness
from orders.selectors.waiting import waiting_for_shelf
from orders.services.closing import close_unpaid_orders
from orders.services.spend import tell_spend
from orders.states import CloseReason, Status, Supply
from shipping.carriers import CARRIERS, carrier_of, looks_like
from shipping.provinces import PROVINCES, province_of
from shopdesk.base.models import Approval, AuditEntry, JobExemption, ShiftSwap, Staff
from shopdesk.desk.demo.cast import NEAR_TIERS
from shopdesk.desk.models import HandoverLine, Promise, SentReply
from tests import databases
from tests.factories import NOW


@pytest.fixture(scope="module", autouse=True)
def shop(django_db_setup, django_db_blocker):
    """One demo shop for all tests of this file, gone after the last; each test's own changes go before."""
    with django_db_blocker.unblock(), databases.demo_shop():
        yield


@pytest.fixture
def demo(shop, db):
    """How many orders the shop has."""
    return Order.objects.count()


def values(model, field):
    return set(model.objects.order_by().values_list(field, flat=True).distinct())


def test_about_two_thousand_orders_of_ninety_days(demo):
    assert 1900 <= demo <= 2300
    assert not Order.objects.filter(created__gt=NOW).exists()
    assert not Order.objects.filter(created__lt=NOW - timedelta(days=92)).exists()


def test_everything_that_there_is_to_see_is_there(demo):
    assert values(Order, "status") == set(Status.values)
    assert values(Order, "close_reason") == {"", *CloseReason.values}
    assert values(Order, "receiver_state") == set(PROVINCES)
    assert values(Order, "seller_flag") == {0, 1, 4}
    assert values(Product, "kind") == set(ProductKind.values)
    assert values(Note, "form") == set(NoteForm.values)
    assert values(Payment, "method") >= set(Payment.Method.values) - {Payment.Method.UNKNOWN}
    assert values(Payment, "status") >= {"applied", "unapplied", "refund_due"}
    in_orders = set(OrderLine.objects.values_list("product__kind", flat=True))
    assert in_orders == set(ProductKind.values)
    for field in ("partly_shipped", "payment_pending"):
        assert values(Order, field) == {True, False}
    assert Order.objects.filter(buyer=None).exists()
    assert Order.objects.filter(lines=None).exists()
    assert OrderLine.objects.filter(product__special_price=True).exists()
    assert OrderLine.objects.filter(product__title__contains=",").exists()
    assert Order.objects.filter(buyer__nick__contains="小肥").count() > 20


def test_buyers_ask_for_everything_after_the_sale(demo):
    assert values(Ticket, "kind") == set(TicketKind.values)
    assert values(Ticket, "decision") == set(Decision.values)
    assert values(Ticket, "case") >= {"opened", "answered", "decided", "platform", "closed"}
    assert values(Ticket, "goods") >= {"none", "awaited", "received"}
    assert Parcel.objects.filter(purpose="resend", stage="planned").exists()
    assert values(Ticket, "priority") == {1, 2, 3}
    assert values(Evidence, "stage") >= {"request", "talk"}
    assert values(TicketMessage, "side") == set(TicketMessage.Side.values)
    assert not Ticket.objects.filter(opened_at__gt=NOW).exists()
    assert not Ticket.objects.filter(opened_at__lte=F("order__signed_time")).exists()
    # What waits for a supervisor can be decided on the approvals page.
    asked = Ticket.objects.filter(decision="asked").values_list("pk", flat=True)
    waiting = Approval.objects.filter(subject_kind="ticket", status="pending")
    assert sorted(map(int, waiting.values_list("subject_id", flat=True))) == sorted(asked)


def test_clocks_of_tickets_run_and_some_are_due_soon(demo):
    undecided = Ticket.objects.filter(decision__in=("pending", "asked"), case__in=("opened", "answered"))
    assert not undecided.filter(next_due_at=None).exists()
    assert undecided.filter(awaits="us", next_due_at__range=(NOW, NOW + timedelta(hours=1))).exists()
    assert not undecided.filter(next_due_at__lt=NOW).exists()
    assert Ticket.objects.filter(case="platform", next_due_at__lt=NOW + timedelta(hours=4)).exists()


def test_no_page_of_the_team_is_empty(demo):
    """N6, T2, T3, O14, O17, F8: what a new user opens shows something, and what is usually wrong in it."""
    agent = Staff.objects.get(username="agent1")
    assert Star.objects.filter(staff=agent).count() > 3
    assert Snooze.objects.filter(staff=agent, until__lte=NOW).exists()
    assert Snooze.objects.filter(staff=agent, until__gt=NOW).exists()
    assert BuyerTag.objects.filter(tagged__isnull=False).distinct().count() == BuyerTag.objects.count() == 5
    assert values(SentReply, "moment") >= {"payment", "shipping", "farewell"}
    assert SentReply.objects.filter(ticket__isnull=False).exists()
    assert values(ShiftSwap, "status") == {"asked", "accepted"}
    assert ShiftSwap.objects.filter(colleague=agent, status="asked").exists()
    assert values(BulkRun, "action") >= {"note", "star", "snooze", "flag"}
    assert values(BulkRow, "state") == {"done", "refused"}
    assert values(CarrierBillLine, "verdict") >= {"right", "over", "doubled", "unknown", "never"}
    assert values(CarrierBillLine, "resolution") == {"", "settled", "disputed"}
    assert values(Promise, "status") >= {"open", "kept"}
    assert HandoverLine.objects.filter(accepted_at__isnull=True).exists()
    assert HandoverLine.objects.filter(accepted_at__isnull=False).exists()
    assert Reminder.objects.filter(outcome="").exists()
    assert Enquiry.objects.count() > 5
    assert UnpaidReason.objects.count() > 5
    assert JobExemption.objects.filter(until__gt=NOW).exists()


def test_the_warehouse_has_left_work_for_the_desk(demo):
    assert Parcel.objects.filter(trouble_at__isnull=False, followed_up_at=None, signed_at=None).count() == 2
    assert Parcel.objects.filter(returned_to_desk_at__isnull=False, told_at=None).count() == 2
    assert values(Refund, "status") >= {"waiting", "due"}
    assert not Approval.objects.filter(kind=BEGUN_REFUND).exists()


def test_red_flags_stand_for_everybody_until_some_time(demo):
    red = Flag.objects.filter(ended_at=None, seller_flag=Order.SellerFlag.RED)
    assert set(red.filter(until__gt=NOW).values_list("addressee", flat=True)) == set(Flag.Addressee.values)
    assert red.filter(until__lt=NOW).exists()
    assert red.filter(acknowledged_at=None).exists()
    assert red.exclude(acknowledged_at=None).exists()


def test_orders_close_from_the_first_minutes_on(demo):
    closed_at = [
        close_unpaid_orders(NOW + timedelta(minutes=minutes), dry_run=False).done
        for minutes in (0, 5, 15, 60)
    ]
    assert all(closed_at), closed_at
    still = Order.objects.filter(status=Status.WAIT_BUYER_PAY, created__lte=NOW - UNPAID_KEPT)
    assert not still.filter(payment_pending=False, paid_fee=0).exists()


def test_a_part_paid_overdue_order_goes_to_a_supervisor(demo):
    part_paid = Order.objects.get(
        status=Status.WAIT_BUYER_PAY, created__lte=NOW - UNPAID_KEPT, paid_fee__gt=0
    )
    close_unpaid_orders(NOW, dry_run=False)
    part_paid.refresh_from_db()
    assert part_paid.status == Status.WAIT_BUYER_PAY
    assert Approval.objects.filter(kind="part_payment", subject_id=part_paid.tid, status="pending").exists()


def test_a_late_payment_waits_and_others_were_decided(demo):
    late = Approval.objects.filter(kind="late_payment")
    assert sorted(late.values_list("status", flat=True)) == ["approved", "pending", "refused"]
    order = Order.objects.get(tid=late.get(status="pending").subject_id)
    assert order.status == Status.TRADE_CLOSED_BY_TAOBAO
    assert order.seller_flag == Order.SellerFlag.RED
    assert order.payments.get().status == Payment.Status.UNAPPLIED


def test_buyers_stand_below_at_and_above_each_tier(demo):
    for target in NEAR_TIERS:
        spent = Order.objects.filter(buyer=f"攒到{target}的糖糖", pay_time__isnull=False).exclude(
            status=Status.TRADE_CLOSED
        )
        assert spent.aggregate(total=Sum("goods_payable"))["total"] == Decimal(target)
        assert Buyer.objects.get(nick=f"攒到{target}的糖糖").spend == Decimal(target)
    assert Order.objects.values("buyer").annotate(orders=Count("pk")).filter(orders__gt=50).exists()


def test_money_adds_up(demo):
    assert not Order.objects.exclude(payment=F("goods_payable") + F("post_fee")).exists()
    sums = dict(OrderLine.objects.values_list("order").annotate(total=Sum("payment")))
    for order in Order.objects.filter(lines__isnull=False).distinct():
        assert order.goods_payable == sums[order.tid]
    assert not OrderLine.objects.exclude(payment=F("price") * F("num") - F("discount_fee")).exists()


def test_the_spend_ledger_is_in_step_with_the_orders(demo):
    assert prove_spend(NOW, dry_run=True).done == 0
    entries = SpendEntry.objects.order_by("tid", "kind").values_list("tid", "kind", "buyer", "amount")
    before = list(entries)
    tell_spend(Order.objects.values_list("tid", flat=True))
    assert list(entries.all()) == before
    assert len(before) > demo / 2


def test_holds_stand_for_open_orders_within_the_stock(demo):
    held = dict(Hold.objects.filter(released_at=None).values_list("sku").annotate(total=Sum("num")))
    assert {sku.pk: sku.held for sku in Sku.objects.exclude(held=0)} == held
    waiting = {Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS}
    standing = Hold.objects.filter(released_at=None, after_sale=False)
    assert set(standing.values_list("order__status", flat=True)) == waiting
    # An exchange keeps its goods after the sale (A7).
    exchanged = Hold.objects.filter(released_at=None, after_sale=True)
    assert set(exchanged) == {line.hold for line in TicketLine.objects.filter(hold__isnull=False)}
    assert exchanged.filter(signed_at__isnull=False).exists()


def test_each_hold_is_for_a_line_of_its_sku_and_number(demo):
    # What was held before a buyer took another size was for the former SKU.
    by_itself = Hold.objects.filter(until=None, after_sale=False).exclude(release=Hold.Release.CHANGED)
    assert by_itself.exists()
    assert not by_itself.exclude(sku=F("line__sku"), num=F("line__num"), order=F("line__order")).exists()


def test_stock_is_what_came_and_went(demo):
    moved = dict(StockMovement.objects.values_list("sku").annotate(total=Sum("num")))
    assert {sku.pk: sku.stock for sku in Sku.objects.exclude(stock=0)} == {
        pk: num for pk, num in moved.items() if num
    }
    assert values(StockMovement, "kind") == {"received", "counted", "shipped"}


def test_goods_are_in_every_state_and_parcels_partly_ready(demo):
    paid = OrderLine.objects.filter(order__status=Status.WAIT_SELLER_SEND_GOODS)
    assert set(paid.values_list("supply", flat=True)) >= {"", *(set(Supply.values) - {"to_buy", "to_make"})}
    assert values(BuyingRunLine, "outcome") >= {"", "bought", "unavailable"}
    assert BuyingRun.objects.filter(closed_at=None).count() == 1
    assert BuyingRun.objects.exclude(closed_at=None).count() >= 3
    assert Shortage.objects.filter(ended_at=None).count() >= 3
    assert waiting_for_shelf().filter(order__status=Status.WAIT_SELLER_SEND_GOODS).count() >= 5
    planned = with_readiness(Parcel.objects.filter(stage="planned"))
    assert planned.filter(ready=True).count() > 20
    assert planned.filter(ready=False).count() > 20


def test_every_order_has_a_history_that_ends_where_it_stands(demo):
    last: dict[str, str] = {}
    moves = AuditEntry.objects.filter(action__startswith="order.", after__has_key="status")
    for tid, after in moves.order_by("at", "id").values_list("subject_id", "after"):
        last[tid] = after["status"]
    assert last == dict(Order.objects.values_list("tid", "status"))
    assert not AuditEntry.objects.filter(at__gt=NOW).exists()


def test_receivers_and_parcels_look_right(demo):
    for order in Order.objects.all():
        assert province_of(order.receiver_address) == order.receiver_state
        assert order.receiver_mobile.startswith("13800")
        if order.invoice_no:
            code = carrier_of(order.logistics_company)
            assert code in CARRIERS
            assert looks_like(code, order.invoice_no)
    sent = Order.objects.exclude(invoice_no="")
    assert sent.count() == sent.values("invoice_no").distinct().count()


def test_only_the_manager_may_open_the_admin_pages(demo):
    assert [member.username for member in Staff.objects.filter(is_staff=True)] == ["manager1"]
