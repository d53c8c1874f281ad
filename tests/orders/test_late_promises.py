"""O13, S10: what is late is flagged once; late postage of proxy orders is owed back once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.models import Flag, Note, Order, Parcel, PlatformTask, PostageCredit, Refund, RefundTask
from orders.services.flags import FlagRequest, acknowledge, set_flag
from orders.services.promises import flag_late_promises
from orders.states import ParcelStage, Status
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def late_parcel(**fields: Any) -> Parcel:
    return make_parcel(ship_by=NOW - HOUR, **fields)


def proxy_order(days: float = 15, title: str = "【韩国直送】大衣", **fields: Any) -> Order:
    paid = NOW - timedelta(days=days)
    order = make_paid_order(created=paid - HOUR, pay_time=paid, **fields)
    make_line(order, title)
    return order


def owed() -> dict[str, Decimal]:
    return dict(RefundTask.objects.values_list("order_id", "amount"))


def test_a_late_parcel_flags_its_order_to_the_agents() -> None:
    parcel = late_parcel()

    result = flag_late_promises(NOW, False)

    assert (result.done, result.skipped, result.failed, result.subjects) == (1, 0, 0, [parcel.order_id])
    flag = Flag.objects.get()
    assert (flag.order_id, flag.seller_flag, flag.label) == (parcel.order_id, 1, "发货超时")
    assert (flag.addressee, flag.until, flag.set_by) == ("agent", NOW + DAY, None)
    note = Note.objects.get()
    assert str(note) == "应在11月22日11:00前发货，已超时，请联系客户并催仓库(系统11.22)"
    assert flag.note == note
    assert Order.objects.get(pk=parcel.order_id).seller_flag == 1
    assert set(PlatformTask.objects.values_list("kind", flat=True)) == {"flag", "memo"}
    assert Parcel.objects.get().late_flagged_at == NOW
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "note.added",
        "flag.set",
    ]


@pytest.mark.parametrize("stage", ["planned", "printed", "packed"])
def test_each_stage_that_is_not_out_is_late(stage: str) -> None:
    late_parcel(stage=stage)

    assert flag_late_promises(NOW, False).done == 1


def test_only_what_is_late_and_not_out_is_flagged() -> None:
    make_parcel(ship_by=NOW + timedelta(seconds=1))
    make_parcel(ship_by=None)
    make_shipped_parcel(ship_by=NOW - HOUR)
    make_parcel(stage=ParcelStage.VOIDED, ship_by=NOW - HOUR)
    # The platform says that it is on its way: its paper is another matter.
    gone = make_paid_order(status=Status.WAIT_BUYER_CONFIRM_GOODS)
    make_parcel(gone, stage=ParcelStage.PRINTED, ship_by=NOW - HOUR)

    assert flag_late_promises(NOW, False).done == 0
    assert not Flag.objects.exists()


def test_the_moment_of_the_promise_is_late() -> None:
    make_parcel(ship_by=NOW)

    assert flag_late_promises(NOW, False).done == 1


def test_all_orders_of_a_joined_parcel_are_flagged() -> None:
    first, second = make_paid_order("甲"), make_paid_order("甲")
    make_parcel(first, second, ship_by=NOW - HOUR)

    assert flag_late_promises(NOW, False).subjects == [first.tid, second.tid]


def test_once_even_when_the_flag_was_taken_off() -> None:
    parcel = late_parcel()
    flag_late_promises(NOW, False)
    set_flag(parcel.order_id, FlagRequest(0), actor=make_staff("agent"), now=NOW)

    assert flag_late_promises(NOW + DAY, False).done == 0
    assert Flag.objects.filter(ended_at__isnull=True).count() == 0
    assert Note.objects.count() == 1


def test_a_dry_run_tells_and_does_nothing() -> None:
    parcel = late_parcel()
    order = proxy_order()

    result = flag_late_promises(NOW, True)

    assert (result.done, result.subjects) == (2, sorted([parcel.order_id, order.tid]))
    assert not Flag.objects.exists()
    assert not RefundTask.objects.exists()
    assert Parcel.objects.get().late_flagged_at is None


def test_a_red_flag_that_waits_for_somebody_stays() -> None:
    parcel, agent = late_parcel(), make_staff("agent")
    asked = FlagRequest(1, "改地址", "客户要求改地址", "warehouse", NOW + DAY)
    flag = set_flag(parcel.order_id, asked, actor=agent, now=NOW - HOUR)

    flag_late_promises(NOW, False)

    assert Flag.objects.get(ended_at__isnull=True) == flag
    assert Note.objects.filter(author__isnull=True).count() == 1
    assert Order.objects.get(pk=parcel.order_id).seller_flag == 1


def test_a_red_flag_that_was_seen_gives_way() -> None:
    parcel = late_parcel()
    asked = FlagRequest(1, "改地址", "客户要求改地址", "warehouse", NOW + DAY)
    flag = set_flag(parcel.order_id, asked, actor=make_staff("agent"), now=NOW - HOUR)
    assert flag is not None
    acknowledge(parcel.order_id, flag.pk, actor=make_staff("warehouse"), now=NOW - HOUR)

    flag_late_promises(NOW, False)

    assert Flag.objects.get(ended_at__isnull=True).label == "发货超时"


def test_one_bad_row_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    parcels = [late_parcel() for _ in range(3)]
    bad = parcels[1].order_id
    from orders.services import promises

    raise_red_flags = promises.raise_red_flags

    def refuse(alarms: Any, **rest: Any) -> None:
        if bad in alarms:
            raise RuntimeError("bad row")
        raise_red_flags(alarms, **rest)

    monkeypatch.setattr(promises, "raise_red_flags", refuse)
    result = flag_late_promises(NOW, False)

    assert (result.done, result.failed) == (2, 1)
    assert set(result.subjects) == {parcel.order_id for parcel in parcels} - {bad}


def test_the_number_of_statements_does_not_grow(django_assert_max_num_queries: Any) -> None:
    for _number in range(40):
        late_parcel()
        proxy_order()

    with django_assert_max_num_queries(45):
        assert flag_late_promises(NOW, False).done == 80


# Postage owed back (O13, S10) ------------------------------------------------------------------------


def test_postage_of_a_proxy_order_is_owed_after_15_days() -> None:
    order = proxy_order()

    result = flag_late_promises(NOW, False)

    assert result.subjects == [order.tid]
    task = RefundTask.objects.get()
    assert (task.order_id, task.reason, task.rule, task.amount) == (
        order.tid,
        "late_postage",
        "S10",
        Decimal("6.00"),
    )
    assert AuditEntry.objects.get(action="postage.owed").after == {"amount": "6.00", "rule": "S10"}


def test_postage_is_owed_once_even_when_it_was_paid_out() -> None:
    proxy_order()
    flag_late_promises(NOW, False)
    RefundTask.objects.update(done_at=NOW)

    assert flag_late_promises(NOW + DAY, False).done == 0
    assert RefundTask.objects.count() == 1


@pytest.mark.parametrize(
    ("order", "amount"),
    [
        ({}, "6.00"),
        ({"title": "【韩国现货】大衣"}, "6.00"),
        ({"days": 14.99}, None),
        ({"title": "小白鞋"}, None),
        ({"title": "【momonaco made】衬衫"}, None),
        ({"post_fee": Decimal("0.00")}, None),
        ({"status": Status.WAIT_BUYER_CONFIRM_GOODS}, None),
        ({"status": Status.TRADE_FINISHED}, None),
        ({"partly_shipped": True}, "6.00"),
        ({"post_fee": Decimal("23.50")}, "23.50"),
    ],
)
def test_which_orders_have_postage_owed(order: dict[str, Any], amount: str | None) -> None:
    made = proxy_order(**order)

    flag_late_promises(NOW, False)

    assert owed() == ({made.tid: Decimal(amount)} if amount else {})


def test_a_line_refunded_before_shipping_owes_no_postage() -> None:
    order = proxy_order()
    order.lines.update(refunded_at=NOW - DAY)

    flag_late_promises(NOW, False)

    assert owed() == {}


def test_what_was_credited_or_returned_is_taken_off() -> None:
    credited, lowered, refunded, withdrawn, settled = (
        proxy_order(post_fee=Decimal("10.00")) for _ in range(5)
    )
    PostageCredit.objects.create(paid_on=credited, given_to=make_order(), amount=Decimal("6.00"), at=NOW)
    RefundTask.objects.create(
        order=lowered, reason="lower_postage", rule="O10", amount=Decimal("2.00"), opened_at=NOW
    )
    for order, status in ((refunded, "done"), (withdrawn, "withdrawn")):
        Refund.objects.create(
            order=order, status=status, post_fee=Decimal("3.00"), reason="退邮费", asked_at=NOW
        )
    PostageCredit.objects.create(paid_on=settled, given_to=make_order(), amount=Decimal("10.00"), at=NOW)

    flag_late_promises(NOW, False)

    late = dict(RefundTask.objects.filter(reason="late_postage").values_list("order_id", "amount"))
    assert late == {
        credited.tid: Decimal("4.00"),
        lowered.tid: Decimal("8.00"),
        refunded.tid: Decimal("7.00"),
        withdrawn.tid: Decimal("10.00"),
    }


def test_an_order_that_is_late_and_owed_counts_once() -> None:
    order = proxy_order()
    make_parcel(order, ship_by=NOW)

    result = flag_late_promises(NOW, False)

    assert (result.done, result.subjects) == (1, [order.tid])
    assert owed() == {order.tid: Decimal("6.00")}
