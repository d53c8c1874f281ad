"""A6, A13: what the job does with clocks: warnings, what happens at zero, what others wrote down; each once."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.services import clocks
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.states import Case, Decision, Goods, Money
from orders.models import Flag, Note, Parcel, Refund, RefundTask, TrackingNews
from orders.selectors.timeline import read_timeline
from orders.services.holds_for_exchange import hold_for
from shopdesk.base import jobs
from shopdesk.base.models import AuditEntry, JobRun
from tests.afterservice.clock_scenes import clock_of, make_ticket
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_sku, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

pytestmark = pytest.mark.django_db
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
K = ClockKind


def run(now: datetime) -> int:
    result = flag_return_deadlines(now, False)
    assert result.failed == 0
    return result.done


def actions(kind: str = "ticket") -> list[str]:
    return list(AuditEntry.objects.filter(subject_kind=kind).order_by("pk").values_list("action", flat=True))


def decided(**fields: Any) -> Ticket:
    values: dict[str, Any] = {"case": Case.DECIDED, "decision": Decision.ACCEPTED, "decided_at": NOW}
    return make_ticket(**values | fields)


def settled(**fields: Any) -> Ticket:
    return decided(**{"case": Case.SETTLED, "settlement": "refunded", "settled_at": NOW} | fields)


def say_signed(invoice_no: str, at: datetime, state: int = 3) -> None:
    TrackingNews.objects.create(
        carrier="zhongtong", invoice_no=invoice_no, state=state, at=at, source="hand", heard_at=at
    )


# A6: how long each runs, and how long before it warns.
WARNINGS = [
    (K.ANSWER, 24, 4), (K.DECIDE, 48, 8), (K.SEND_BACK, 240, 48), (K.INSPECT, 168, 24), (K.REPAIR, 720, 72),
    (K.CONFIRM, 240, 24), (K.AGREE_VISIT, 72, 24), (K.VISIT, 360, 48), (K.VISIT_REPAIR, 720, 72),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "hours", "ahead"), WARNINGS, ids=[kind for kind, *_ in WARNINGS])
def test_each_clock_warns_once_at_its_time(kind: K, hours: int, ahead: int) -> None:
    ticket = make_ticket(running=(kind,))
    moment = NOW + (hours - ahead) * HOUR

    assert run(moment - SECOND) == 0
    assert run(moment) == 1
    assert run(moment) == 0
    assert run(moment + HOUR) == 0

    assert clock_of(ticket, kind).warned_at == moment
    assert actions() == ["clock.warned"]
    # The order shows it, without a flag: A6 wants red only at zero.
    assert actions("order") == ["after_sale.warned"]
    assert not Flag.objects.exists()


def test_the_order_says_so_in_words() -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    run(NOW + 20 * HOUR)
    run(NOW + 24 * HOUR)

    told = [happening.text for happening in read_timeline(ticket.order_id, notes=[], see_prices=False)]

    assert told[-1] == f"{ticket.number}: “answer the buyer” is due at 11-23 12:00"
    assert f"{ticket.number}: “answer the buyer” was due at 11-23 12:00 and ran out" in told


TO_SUPERVISOR = [
    (K.ANSWER, 24, "应在11月23日12:00前回复客户，已超时，请主管跟进"),
    (K.INSPECT, 168, "应在11月29日12:00前验货，已超时，请主管跟进"),
    (K.AGREE_VISIT, 72, "应在11月25日12:00前约定上门时间，已超时，请主管跟进"),
    (K.VISIT, 360, "应在12月7日12:00前上门，已超时，请主管跟进"),
    (K.REPAIR, 720, "应在12月22日12:00前修好，已超时，可提出退货退款，请主管跟进"),
    (K.VISIT_REPAIR, 720, "应在12月22日12:00前上门修好，已超时，可提出退货退款，请主管跟进"),
]


@pytest.mark.parametrize(("kind", "hours", "text"), TO_SUPERVISOR, ids=[kind for kind, *_ in TO_SUPERVISOR])
def test_what_is_late_goes_to_the_supervisor_once(kind: K, hours: int, text: str) -> None:
    ticket = make_ticket(running=(kind,))
    zero = NOW + hours * HOUR

    run(zero - SECOND)
    assert clock_of(ticket, kind).expired_at is None
    assert run(zero) == 1
    assert run(zero + HOUR) == 0

    flag, note = Flag.objects.get(), Note.objects.get()
    assert (flag.order_id, flag.seller_flag, flag.label) == (ticket.order_id, 1, "售后超时")
    assert (flag.addressee, flag.set_by, note.text) == ("supervisor", None, f"售后{ticket.number}：{text}")
    stored = Ticket.objects.get()
    # It is still awaited: the ticket stays first in its list, and its version holds for what was asked.
    assert (stored.escalated_at, stored.next_due_at, stored.version) == (zero, zero, 1)
    clock = clock_of(ticket, kind)
    assert (clock.expired_at, clock.stopped_at) == (zero, None)
    assert actions().count("clock.expired") == 1
    assert actions("order").count("after_sale.expired") == 1


@pytest.mark.parametrize("kind", [K.REPAIR, K.VISIT_REPAIR])
def test_a_late_repair_offers_return_and_refund_in_the_tickets_log(kind: K) -> None:
    ticket = make_ticket(running=(kind,), kind=TicketKind.REPAIR)

    run(NOW + 30 * DAY)

    said = TicketMessage.objects.get()
    assert (said.ticket, said.side, said.author) == (ticket, "staff", None)
    assert said.text == "维修超过时限仍未完成：可向客户提出退货退款，由客户选择，请主管跟进"
    assert "ticket.return_offered" in actions()


def test_taobaos_time_flags_red_24_and_4_hours_before_and_at_zero() -> None:
    ticket = make_ticket()
    due = NOW + 5 * DAY
    clocks.start(ticket, K.PLATFORM, now=NOW, due_at=due)

    done = [run(due - 24 * HOUR - SECOND), run(due - 24 * HOUR), run(due - 23 * HOUR)]
    done += [run(due - 4 * HOUR - SECOND), run(due - 4 * HOUR), run(due - HOUR), run(due), run(due + HOUR)]

    assert done == [0, 1, 0, 0, 1, 0, 1, 0]
    assert list(Note.objects.order_by("pk").values_list("text", flat=True)) == [
        f"售后{ticket.number}：淘宝处理时限11月27日12:00，还剩约24小时，请尽快处理",
        f"售后{ticket.number}：淘宝处理时限11月27日12:00，还剩约4小时，请尽快处理",
        f"售后{ticket.number}：应在11月27日12:00前在淘宝上处理，已超时，请主管跟进",
    ]
    flags = Flag.objects.order_by("pk").values_list("label", "addressee", "set_at")
    assert list(flags) == [
        ("平台时限", "agent", due - 24 * HOUR),
        ("平台时限", "agent", due - 4 * HOUR),
        ("售后超时", "supervisor", due),
    ]
    clock = clock_of(ticket, K.PLATFORM)
    assert (clock.warned_at, clock.last_warned_at, clock.expired_at) == (
        due - 24 * HOUR,
        due - 4 * HOUR,
        due,
    )


def test_a_time_of_taobao_that_is_heard_of_late_warns_once_for_both() -> None:
    ticket = make_ticket()
    clocks.start(ticket, K.PLATFORM, now=NOW, due_at=NOW + 3 * HOUR)

    assert [run(NOW), run(NOW + HOUR)] == [1, 0]

    assert Note.objects.count() == 1


def test_what_a3_allows_is_accepted_when_nobody_decided() -> None:
    ticket = make_ticket(running=(K.DECIDE, K.ANSWER), received_time=NOW, received_source="chat")
    Clock.objects.filter(kind=K.ANSWER).update(warned_at=NOW)
    clocks.stop(ticket, K.ANSWER, now=NOW + HOUR)

    assert run(NOW + 48 * HOUR - SECOND) == 1  # the warning
    assert run(NOW + 48 * HOUR) == 1
    assert run(NOW + 49 * HOUR) == 0

    stored = Ticket.objects.get()
    assert (stored.case, stored.decision) == (Case.DECIDED, Decision.ACCEPTED)
    assert (stored.decided_at, stored.decided_by) == (NOW + 48 * HOUR, None)
    assert (stored.verdict, stored.verdict_rule, stored.escalated_at) == ("allowed", "A3", None)
    clock = clock_of(ticket, K.DECIDE)
    assert clock.expired_at == clock.stopped_at == NOW + 48 * HOUR
    assert actions().count("decision.by_default") == 1
    assert not Flag.objects.exists()


@pytest.mark.parametrize("decision", [Decision.PENDING, Decision.ASKED])
@pytest.mark.parametrize("title", ["【韩国直送】大衣", "小白鞋"])
def test_what_a3_does_not_allow_or_a_supervisor_has_goes_to_the_supervisor(title: str, decision: str) -> None:
    order = make_received_order(title=title)
    make_ticket(order, running=(K.DECIDE,), decision=decision)
    allowed = title == "小白鞋" and decision == Decision.PENDING

    run(NOW + 48 * HOUR)

    stored = Ticket.objects.get()
    assert (stored.decision == Decision.ACCEPTED) == allowed
    assert stored.escalated_at == (None if allowed else NOW + 48 * HOUR)
    assert Flag.objects.filter(addressee="supervisor").exists() != allowed


def test_a_refusal_that_the_buyer_left_at_that_is_closed() -> None:
    decided(running=(K.FOLLOW_UP,), decision=Decision.REFUSED, refusal="已穿过")

    run(NOW + 7 * DAY)

    stored = Ticket.objects.get()
    assert (stored.case, stored.close_reason, stored.refusal) == (Case.CLOSED, "refused", "已穿过")
    assert TicketMessage.objects.get().text == "拒绝后客户没有再提出，系统自动结束"


def test_goods_that_were_not_sent_back_close_the_ticket() -> None:
    ticket = decided(running=(K.SEND_BACK,), goods=Goods.AWAITED, address_given_at=NOW)

    assert run(NOW + 10 * DAY) == 1
    assert run(NOW + 11 * DAY) == 0

    stored = Ticket.objects.get()
    assert (stored.case, stored.close_reason, stored.closed_at) == (
        Case.CLOSED,
        "not_sent_back",
        NOW + 10 * DAY,
    )
    # All else that it had stays.
    assert (stored.goods, stored.decision, stored.version) == (Goods.AWAITED, Decision.ACCEPTED, 2)
    assert (stored.next_due_at, stored.awaits, stored.escalated_at) == (None, "", None)
    clock = clock_of(ticket, K.SEND_BACK)
    assert clock.expired_at == clock.stopped_at == NOW + 10 * DAY
    assert TicketMessage.objects.get().text == "超过时限未寄回退货并填写单号，系统自动关闭；客户可重新申请"
    assert actions() == ["clock.expired", "ticket.closed"]
    assert not Flag.objects.exists()


def test_an_exchange_that_was_not_sent_back_gives_back_what_was_kept_for_it() -> None:
    agent, order = make_staff("agent"), make_received_order()
    sku = make_sku(properties="颜色分类：白色;尺码：38", stock=2)
    ticket = decided(order=order, kind=TicketKind.EXCHANGE_SKU, running=(K.SEND_BACK,), goods=Goods.AWAITED)
    line = ticket.lines.get()
    line.hold = hold_for(order, sku.pk, 1, reason="换货", actor=agent, now=NOW)
    line.save()

    assert run(NOW + 10 * DAY) == 1

    line.hold.refresh_from_db()
    sku.refresh_from_db()
    assert (line.hold.released_at, sku.held, sku.stock) == (NOW + 10 * DAY, 0, 2)
    assert Ticket.objects.get().close_reason == "not_sent_back"


def test_an_exchange_that_the_buyer_does_not_object_to_is_settled_as_done() -> None:
    ticket = exchange(signed_at=NOW)
    run(NOW)

    assert [run(NOW + 10 * DAY - SECOND), run(NOW + 10 * DAY), run(NOW + 11 * DAY)] == [1, 1, 0]

    stored = Ticket.objects.get()
    assert (stored.case, stored.settlement, stored.settled_at) == (Case.SETTLED, "exchanged", NOW + 10 * DAY)
    assert clock_of(ticket, K.CONFIRM).expired_at == clock_of(ticket, K.CONFIRM).stopped_at == NOW + 10 * DAY
    assert (stored.next_due_at, stored.escalated_at) == (NOW + 17 * DAY, None)
    assert run(NOW + 17 * DAY) == 1
    assert Ticket.objects.get().close_reason == "no_answer"


def test_a_settled_ticket_without_an_answer_is_closed_after_seven_days() -> None:
    settled(running=(K.FOLLOW_UP,))

    assert run(NOW + 7 * DAY - SECOND) == 0
    assert run(NOW + 7 * DAY) == 1

    stored = Ticket.objects.get()
    assert (stored.case, stored.close_reason, stored.satisfaction) == (Case.CLOSED, "no_answer", None)
    assert not Flag.objects.exists()


def test_what_cannot_be_closed_goes_to_the_supervisor() -> None:
    make_ticket(running=(K.SEND_BACK,), case=Case.PLATFORM)

    assert run(NOW + 10 * DAY) == 1

    stored = Ticket.objects.get()
    assert (stored.case, stored.escalated_at) == (Case.PLATFORM, NOW + 10 * DAY)
    assert Flag.objects.get().addressee == "supervisor"


def test_terms_may_send_it_to_the_supervisor_instead() -> None:
    clocks.ensure_starting_terms()
    clocks.set_terms(
        K.SEND_BACK,
        hours=24,
        warning_hours=2,
        at_zero="supervisor",
        actor=make_staff("manager"),
        now=NOW - DAY,
    )
    decided(running=(K.SEND_BACK,), goods=Goods.AWAITED)

    run(NOW + DAY)

    stored = Ticket.objects.get()
    assert (stored.case, stored.escalated_at) == (Case.DECIDED, NOW + DAY)


def test_paused_and_stopped_clocks_do_nothing() -> None:
    paused, stopped = make_ticket(running=(K.ANSWER,)), make_ticket(running=(K.ANSWER,))
    clocks.pause(paused.pk, K.ANSWER, reason="等图", actor=make_staff("agent"), now=NOW + HOUR)
    clocks.stop(stopped, K.ANSWER, now=NOW + HOUR)

    assert run(NOW + 22 * HOUR) == 0
    assert run(NOW + 10 * DAY) == 0


def test_a_clock_that_warned_before_its_pause_does_not_warn_again() -> None:
    ticket, agent = make_ticket(running=(K.ANSWER,)), make_staff("agent")
    run(NOW + 20 * HOUR)
    clocks.pause(ticket.pk, K.ANSWER, reason="等图", actor=agent, now=NOW + 21 * HOUR)
    clocks.resume(ticket.pk, K.ANSWER, actor=agent, now=NOW + 41 * HOUR)

    assert [run(NOW + 43 * HOUR), run(NOW + 44 * HOUR)] == [0, 1]

    assert actions().count("clock.warned") == actions().count("clock.expired") == 1


def test_what_ran_out_while_nobody_looked_warns_no_more() -> None:
    make_ticket(running=(K.ANSWER,))

    assert run(NOW + 30 * HOUR) == 1

    assert actions() == ["clock.expired"]


def test_two_late_tickets_of_an_order_make_one_flag_that_names_both() -> None:
    order = make_shipped_order()
    first, second = make_ticket(order, running=(K.ANSWER,)), make_ticket(order, running=(K.ANSWER,))

    assert run(NOW + DAY) == 2

    assert Flag.objects.count() == 1
    assert first.number in Note.objects.get().text
    assert second.number in Note.objects.get().text


def test_a_dry_run_tells_and_does_nothing() -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    coming = decided(goods=Goods.SENT, return_invoice_no="ZT1234567")
    say_signed("ZT1234567", NOW)
    before = list(Clock.objects.values()), list(Ticket.objects.values())

    result = flag_return_deadlines(NOW + DAY, True)

    assert (result.done, result.subjects) == (2, [coming.number, ticket.number])
    assert (list(Clock.objects.values()), list(Ticket.objects.values())) == before
    assert not AuditEntry.objects.exists()


def test_the_job_is_known_by_the_contracts_name_and_runs_every_five_minutes() -> None:
    make_ticket(running=(K.ANSWER,))

    report = jobs.run("flag_return_deadlines", now=NOW + DAY)

    assert (report.done, JobRun.objects.get().name) == (1, "flag_return_deadlines")
    assert jobs.get("flag_return_deadlines").minute == "*/5"


def test_the_carriers_signing_starts_the_inspection_from_its_time() -> None:
    ticket = decided(goods=Goods.SENT, return_invoice_no="ZT1234567")
    say_signed("ZT1234567", NOW - HOUR, state=0)
    assert run(NOW) == 0
    say_signed("ZT1234567", NOW - 2 * DAY)
    say_signed("ZT1234567", NOW - DAY)

    assert [run(NOW), run(NOW)] == [1, 0]

    stored = Ticket.objects.get()
    assert (stored.return_signed_at, stored.goods) == (NOW - 2 * DAY, Goods.SENT)
    clock = clock_of(ticket, K.INSPECT)
    assert (clock.started_at, clock.due_at) == (NOW - 2 * DAY, NOW + 5 * DAY)
    assert (stored.next_due_at, stored.awaits) == (NOW + 5 * DAY, "us")
    assert actions() == ["ticket.return_signed"]


def test_goods_that_were_scanned_first_are_due_from_the_signing_too() -> None:
    ticket = decided(goods=Goods.RECEIVED, return_invoice_no="ZT1234567", received_at=NOW)
    clocks.start(ticket, K.INSPECT, now=NOW)
    say_signed("ZT1234567", NOW - 6 * HOUR)

    assert run(NOW + HOUR) == 1

    assert clock_of(ticket, K.INSPECT).due_at == NOW + 7 * DAY - 6 * HOUR
    assert Clock.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"case": Case.CLOSED, "closed_at": NOW, "close_reason": "not_sent_back"},
        {"case": Case.CANCELLED},
        {"goods": Goods.PASSED},
        {"return_invoice_no": "ZT7654321"},
        {"return_invoice_no": ""},
    ],
)
def test_signings_that_start_nothing(fields: dict[str, Any]) -> None:
    decided(**{"goods": Goods.SENT, "return_invoice_no": "ZT1234567"} | fields)
    say_signed("ZT1234567", NOW)

    assert run(NOW) == 0

    assert not Clock.objects.exists()


def exchange(**fields: Any) -> Ticket:
    parcel = make_shipped_parcel(purpose=Parcel.Purpose.EXCHANGE, **fields)
    return decided(
        order=parcel.order,
        kind=TicketKind.EXCHANGE_SKU,
        goods=Goods.PASSED,
        parcel=parcel,
        settlement="exchanged",
    )


def test_the_signing_of_an_exchange_gives_the_buyer_ten_days_to_confirm() -> None:
    ticket = exchange(signed_at=NOW - HOUR)

    assert [run(NOW), run(NOW + HOUR)] == [1, 0]

    clock = clock_of(ticket, K.CONFIRM)
    assert (clock.awaits, clock.started_at, clock.due_at) == ("buyer", NOW - HOUR, NOW + 10 * DAY - HOUR)
    assert actions() == ["ticket.exchange_signed"]


def test_an_exchange_on_its_way_is_not_confirmed_yet() -> None:
    exchange(signed_at=None)

    assert run(NOW) == 0


@pytest.mark.parametrize(
    ("kind", "purpose", "goods", "settlement"),
    [
        (TicketKind.RESEND, "resend", Goods.NONE, "resent"),
        (TicketKind.RETURN, "sent_back", Goods.SENT_BACK, "sent_back"),
        (TicketKind.REPAIR, "sent_back", Goods.PASSED, "repaired"),
    ],
)
def test_what_went_out_again_settles_its_ticket(kind: str, purpose: str, goods: str, settlement: str) -> None:
    parcel = make_shipped_parcel(purpose=purpose)
    ticket = decided(
        order=parcel.order,
        kind=kind,
        goods=goods,
        parcel=parcel,
        settlement=settlement,
        running=(K.REPAIR,),
    )

    assert [run(NOW), run(NOW)] == [1, 0]

    stored = Ticket.objects.get()
    assert (stored.case, stored.settlement, stored.settled_at) == (Case.SETTLED, settlement, NOW)
    assert clock_of(ticket, K.REPAIR).stopped_at == NOW
    assert (stored.next_due_at, stored.awaits) == (NOW + 7 * DAY, "buyer")


def refund(ticket: Ticket, status: str = Refund.Status.DONE) -> None:
    ticket.refund = Refund.objects.create(
        order=ticket.order,
        status=status,
        goods_fee=Decimal("100.00"),
        after_sale=True,
        reason="退货",
        asked_at=NOW,
    )
    ticket.money, ticket.settlement = Money.DUE, "refunded"
    ticket.save()


def test_a_refund_that_is_paid_out_settles_the_return() -> None:
    ticket = decided(goods=Goods.PASSED)
    refund(ticket)

    assert [run(NOW), run(NOW)] == [1, 0]

    stored = Ticket.objects.get()
    assert (stored.money, stored.case, stored.settlement) == (Money.PAID, Case.SETTLED, "refunded")
    assert (stored.settled_at, stored.next_due_at) == (NOW, NOW + 7 * DAY)
    assert actions() == ["money.paid", "ticket.settled"]


def test_a_refund_that_waits_settles_nothing() -> None:
    refund(decided(goods=Goods.PASSED), Refund.Status.DUE)

    assert run(NOW) == 0


def test_return_postage_beside_the_refund_must_be_paid_out_too() -> None:
    ticket = decided(goods=Goods.PASSED, owed=Decimal("12.00"))
    refund(ticket)
    task = RefundTask.objects.create(
        order=ticket.order, reason="after_sale", rule="A9", amount=Decimal("12.00"), opened_at=NOW
    )

    assert run(NOW) == 0
    RefundTask.objects.filter(pk=task.pk).update(done_at=NOW)
    assert run(NOW) == 1

    assert Ticket.objects.get().money == Money.PAID


@pytest.mark.parametrize(
    ("kind", "settlement", "case"),
    [
        (TicketKind.COMPENSATION, "refunded", Case.SETTLED),
        (TicketKind.EXCHANGE_SKU, "exchanged", Case.DECIDED),
        (TicketKind.RETURN, "", Case.DECIDED),
    ],
)
def test_money_that_goes_along_with_goods_settles_nothing(kind: str, settlement: str, case: str) -> None:
    ticket = decided(kind=kind, settlement=settlement, money=Money.DUE, owed=Decimal("12.00"))
    RefundTask.objects.create(
        order=ticket.order,
        reason="after_sale",
        rule="A9",
        amount=Decimal("12.00"),
        opened_at=NOW,
        done_at=NOW,
    )

    assert run(NOW) == 1

    stored = Ticket.objects.get()
    assert (stored.money, stored.case) == (Money.PAID, case)


def test_many_due_clocks_cost_as_many_statements_as_one(django_assert_max_num_queries: Any) -> None:
    for kind in (K.ANSWER, K.REPAIR):
        for _number in range(6):
            make_ticket(running=(kind,))
    for _number in range(6):
        decided(running=(K.SEND_BACK,), goods=Goods.AWAITED)

    with django_assert_max_num_queries(45):
        run(NOW + 30 * DAY)

    assert Clock.objects.filter(expired_at__isnull=False).count() == 18
