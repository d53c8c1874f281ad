"""O14: who may be reminded, when again, in which words; what is logged; what it brought in."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Enquiry, Order, Reminder, UnpaidReason
from orders.rules.chasing import (
    Outcome,
    ReminderFacts,
    ReminderFields,
    next_allowed,
    reminder_text,
    time_left,
    why_no_reminder,
)
from orders.selectors.chasing import chased_and_paid, had_asked, read_brought_in, to_chase
from orders.services.chasing import (
    OutcomeRequest,
    ReasonRequest,
    ReminderRequest,
    find_reason,
    note_outcome,
    remind,
)
from orders.services.closing import close_unpaid_orders
from orders.services.enquiries import EnquiryRequest, correct_enquiry, write_enquiry
from orders.services.payments import PaymentMessage, record_payment
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_paid_order, make_staff

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WANGWANG = ReminderRequest("wangwang")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def facts(**fields: Any) -> ReminderFacts:
    known = {"status": Status.WAIT_BUYER_PAY, "created": NOW - HOUR, "paid_fee": Decimal(0)}
    return ReminderFacts(**known | {"payment_pending": False, "tied": False} | fields)


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({}, None, ""),
        ({"last_at": NOW - 12 * HOUR}, None, ""),
        ({"last_at": NOW - 12 * HOUR + SECOND}, "O14", "may be sent from 11-22 12:00"),
        ({"last_at": NOW - 2 * HOUR}, "O14", "Last reminder 11-22 10:00, 12 hours must pass"),
        ({"last_at": NOW - HOUR, "created": NOW - 62 * HOUR}, "O14", "after the order closes, 11-22 22:00"),
        ({"created": NOW - 72 * HOUR + SECOND}, None, ""),
        ({"created": NOW - 72 * HOUR}, "O4", "72 hours are over"),
        ({"status": Status.WAIT_SELLER_SEND_GOODS, "pay_time": NOW - SECOND}, "O14", "paid (11-22 11:59)"),
        ({"status": Status.TRADE_FINISHED}, "O14", "has paid"),
        ({"status": Status.TRADE_CLOSED_BY_TAOBAO, "end_time": NOW}, "O14", "closed (11-22 12:00)"),
        ({"paid_fee": Decimal("0.01")}, "O5", "Part of this order is paid"),
        ({"payment_pending": True}, "O14", "confirming a payment"),
        ({"tied": True}, "A8", "not chased"),
    ],
)
def test_who_may_be_reminded(fields: dict[str, Any], code: str | None, said: str) -> None:
    refusal = why_no_reminder(facts(**fields), NOW)

    assert (refusal.code if refusal else None) == code
    assert said in (str(refusal.message) if refusal else "")


@given(st.integers(0, 72 * 60 - 1), st.integers(0, 30 * 60))
def test_what_is_allowed_lies_outside_the_quiet_hours_and_before_the_closing(age: int, since: int) -> None:
    known = facts(created=NOW - timedelta(minutes=age), last_at=NOW - timedelta(minutes=since))

    assert (why_no_reminder(known, NOW) is None) == (since >= 12 * 60)
    assert next_allowed(NOW) - NOW == 12 * HOUR


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(59, "59分钟"), (60, "1小时"), (305, "5小时5分"), (1440, "1天"), (2 * 1440 + 185, "2天3小时")],
)
def test_the_time_left_in_words(minutes: int, words: str) -> None:
    assert time_left(timedelta(minutes=minutes, seconds=59)) == words


def test_both_texts_are_filled_and_nothing_unfilled_is_given() -> None:
    fields = ReminderFields("小肥", "“大衣 白色 / 37”", Decimal("505.00"), NOW + 5 * HOUR)

    asked, not_asked = (reminder_text(fields, asked_before=asked, now=NOW) for asked in (True, False))

    for text in (asked, not_asked):
        for part in ("小肥", "“大衣 白色 / 37”", "505.00元", "5小时", "11月22日17:00"):
            assert part in text
        assert "{" not in text
    assert asked != not_asked
    for missing in ({"nick": ""}, {"goods": ""}, {"closes_at": NOW}):
        gap = ReminderFields(**{**fields.__dict__, **missing})
        assert reminder_text(gap, asked_before=True, now=NOW) == ""


@pytest.mark.django_db
def test_a_reminder_is_logged_and_signed() -> None:
    agent, order = make_staff("agent"), make_order(buyer_message="什么时候发货")

    reminder = remind(
        order.tid, ReminderRequest("phone", OutcomeRequest("will_pay", " 今晚付 ")), actor=agent, now=NOW
    )

    order.refresh_from_db()
    assert (reminder.by, reminder.at, reminder.channel, reminder.asked_before) == (agent, NOW, "phone", True)
    assert (reminder.outcome, reminder.remark, reminder.outcome_by) == ("will_pay", "今晚付", agent)
    assert order.owner == agent  # O17: the first agent who acts on it
    entry = AuditEntry.objects.get(action="reminder.sent")
    assert (entry.subject_id, entry.actor_id, entry.after["reminder"]) == (order.tid, agent.pk, reminder.pk)


@pytest.mark.django_db
def test_a_reminder_to_a_buyer_who_paid_a_second_ago_is_stopped_with_its_reason() -> None:
    agent, order = make_staff("agent"), make_order()
    record_payment(order.tid, PaymentMessage("p", Decimal("505.00"), NOW - SECOND), now=NOW)

    with pytest.raises(Conflict) as refusal:
        remind(order.tid, WANGWANG, actor=agent, now=NOW)

    assert refusal.value.code == "O14"
    assert "The buyer has paid (11-22 11:59)" in str(refusal.value.message)
    assert not Reminder.objects.exists()
    assert not AuditEntry.objects.filter(action="reminder.sent").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "request_", "error"),
    [
        ("warehouse", WANGWANG, Forbidden),
        ("manager", WANGWANG, Forbidden),
        ("agent", ReminderRequest("pigeon"), DomainError),
        ("agent", ReminderRequest("phone", OutcomeRequest("maybe")), DomainError),
        ("agent", ReminderRequest("phone", OutcomeRequest("", "字" * 201)), DomainError),
        ("agent", ReminderRequest("phone", OutcomeRequest("", "a\x00b")), DomainError),
    ],
)
def test_what_cannot_be_logged_changes_nothing(role: str, request_: Any, error: type[DomainError]) -> None:
    order = make_order()

    with pytest.raises(error):
        remind(order.tid, request_, actor=make_staff(role), now=NOW)

    order.refresh_from_db()
    assert (Reminder.objects.count(), order.owner, AuditEntry.objects.count()) == (0, None, 0)


@pytest.mark.django_db
def test_an_outcome_is_noted_later_also_once_it_is_paid_and_not_over_somebody_elses() -> None:
    agent, order = make_staff("agent"), make_order()
    reminder = remind(order.tid, WANGWANG, actor=agent, now=NOW)
    record_payment(order.tid, PaymentMessage("p", Decimal("505.00"), NOW), now=NOW + HOUR)

    note_outcome(reminder.pk, OutcomeRequest("will_pay"), actor=agent, now=NOW + HOUR)
    with pytest.raises(VersionConflict):
        note_outcome(reminder.pk, OutcomeRequest("no_answer"), seen="", actor=agent)
    with pytest.raises(DomainError):
        note_outcome(reminder.pk, OutcomeRequest(""), seen="will_pay", actor=agent)

    reminder.refresh_from_db()
    assert (reminder.outcome, reminder.outcome_at) == (Outcome.WILL_PAY, NOW + HOUR)
    assert AuditEntry.objects.filter(action="reminder.outcome").count() == 1


@pytest.mark.django_db
def test_the_reason_of_an_order_that_closed_unpaid_is_kept_and_said_better() -> None:
    agent, order = make_staff("agent"), make_order(created=NOW - 72 * HOUR)
    with pytest.raises(Conflict):
        find_reason(order.tid, ReasonRequest("price"), actor=agent)
    close_unpaid_orders(NOW, False)

    find_reason(order.tid, ReasonRequest("price", "别家便宜20"), actor=agent, now=NOW)
    with pytest.raises(VersionConflict):
        find_reason(order.tid, ReasonRequest("size"), seen="", actor=agent)
    find_reason(order.tid, ReasonRequest("elsewhere"), seen="price", actor=agent, now=NOW)

    found = UnpaidReason.objects.get()
    assert (found.reason, found.words, found.order_created) == ("elsewhere", "", order.created)
    said = AuditEntry.objects.filter(action="reminder.why_unpaid").order_by("pk")
    assert [(entry.before["reason"], entry.after["reason"]) for entry in said] == [
        ("", "price"),
        ("price", "elsewhere"),
    ]
    with pytest.raises(DomainError):
        find_reason(order.tid, ReasonRequest(""), seen="elsewhere", actor=agent)


@pytest.mark.django_db
def test_an_enquiry_is_corrected_by_a_new_row_once() -> None:
    agent = make_staff("agent")
    asked = EnquiryRequest("小肥", "有37码吗", NOW - HOUR)
    old = write_enquiry(asked, actor=agent, now=NOW)

    new = correct_enquiry(
        old.pk, EnquiryRequest("小肥", "有38码吗", NOW - HOUR, "size"), actor=agent, now=NOW
    )
    with pytest.raises(VersionConflict):
        correct_enquiry(old.pk, asked, actor=agent)

    old.refresh_from_db()
    assert (old.question, old.corrected_at, new.corrects, new.why_not) == ("有37码吗", NOW, old, "size")
    for wrong in (
        EnquiryRequest(" ", "x", NOW),
        EnquiryRequest("x", " ", NOW),
        EnquiryRequest("x", "x", NOW + SECOND),
        EnquiryRequest("x", "x", NOW, "weather"),
        EnquiryRequest("x" * 65, "x", NOW),
    ):
        with pytest.raises(DomainError):
            write_enquiry(wrong, actor=agent, now=NOW)
    assert Enquiry.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked_at", "asked"),
    [(-HOUR, True), (timedelta(days=-30), True), (timedelta(days=-30, seconds=-1), False), (SECOND, False)],
)
def test_who_asked_before_buying(asked_at: timedelta, asked: bool) -> None:
    order = make_order("小肥")
    request = EnquiryRequest("小肥", "有货吗", order.created + asked_at)
    enquiry = write_enquiry(request, actor=make_staff("agent"), now=NOW)

    assert had_asked(order) == asked
    correct_enquiry(enquiry.pk, EnquiryRequest("大肥", "有货吗", NOW), actor=make_staff("agent"), now=NOW)
    assert not had_asked(order)


@pytest.mark.django_db
def test_to_chase_are_those_that_close_soon_and_may_be_reminded() -> None:
    wanted = make_order(created=NOW - 60 * HOUR)
    make_order(created=NOW - 60 * HOUR + SECOND)
    make_order(created=NOW - 72 * HOUR)
    make_order(created=NOW - 61 * HOUR, tied=True)
    make_order(created=NOW - 61 * HOUR, paid_fee=1)
    make_order(created=NOW - 61 * HOUR, payment_pending=True)
    for ago, expected in ((12 * HOUR, True), (12 * HOUR - SECOND, False)):
        order = make_order(created=NOW - 62 * HOUR)
        Reminder.objects.create(order=order, at=NOW - ago, by=make_staff("agent"), channel="sms")
        assert (order in to_chase(NOW)) == expected

    assert wanted in to_chase(NOW)
    assert to_chase(NOW).count() == 2
    for order in Order.objects.all():  # the list and the guard agree
        last = Reminder.objects.filter(order=order).first()
        allowed = why_no_reminder(
            facts(
                created=order.created, paid_fee=order.paid_fee, payment_pending=order.payment_pending,
                tied=order.tied, last_at=last.at if last else None,
            ),
            NOW,
        ) is None  # fmt: skip
        assert (order in to_chase(NOW)) == (allowed and order.created <= NOW - 60 * HOUR)


def brought(agent: Any, paid_at: datetime, payment: str, *, reminded: timedelta, age: timedelta) -> Order:
    order = make_paid_order(pay_time=paid_at, created=paid_at - age, goods_payable=Decimal(payment))
    Reminder.objects.create(order=order, at=paid_at - reminded, by=agent, channel="wangwang")
    return order


@pytest.mark.django_db
def test_what_chasing_brought_in_agrees_with_the_orders_behind_it() -> None:
    anna, ben = make_staff("agent"), make_staff("agent")
    since, until = NOW - timedelta(days=2), NOW + HOUR
    first = brought(anna, NOW - HOUR, "100.10", reminded=HOUR, age=50 * HOUR)
    Reminder.objects.create(
        order=first, at=NOW - 90 * HOUR / 60, by=ben, channel="sms"
    )  # the last one counts
    brought(anna, NOW - HOUR, "33.33", reminded=HOUR, age=71 * HOUR)
    brought(anna, NOW - 30 * HOUR, "0.07", reminded=HOUR, age=20 * HOUR)
    brought(anna, NOW, "999.00", reminded=-SECOND, age=HOUR)  # reminded after it was paid
    brought(anna, NOW, "999.00", reminded=HOUR, age=72 * HOUR)  # paid after the 72 hours
    brought(anna, since - SECOND, "999.00", reminded=HOUR, age=9 * HOUR)
    brought(anna, until, "999.00", reminded=HOUR, age=9 * HOUR)
    make_paid_order()

    told = read_brought_in(since, until)

    assert [(share.day, share.agent, share.orders, share.money) for share in told.shares] == [
        (date(2026, 11, 22), anna.pk, 1, Decimal("39.33")),
        (date(2026, 11, 22), ben.pk, 1, Decimal("106.10")),
        (date(2026, 11, 21), anna.pk, 1, Decimal("6.07")),
    ]
    behind = chased_and_paid(since, until)
    assert told.money == sum(order.paid_fee for order in behind) == Decimal("151.50")
    assert (told.orders, behind.count()) == (3, 3)
    assert sum(day.money for _day, day in told.by_day()) == told.money
    assert {agent: share.money for agent, share in told.by_agent().items()} == {
        anna.pk: Decimal("45.40"),
        ben.pk: Decimal("106.10"),
    }
    assert settings.TIME_ZONE == "Asia/Shanghai"
