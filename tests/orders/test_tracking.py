"""F7: news of parcels; signing; trouble and its follow-up."""

import random
from datetime import timedelta
from typing import Any

import pytest

from orders.models import Flag, Note, Order, Parcel, TrackingNews
from orders.rules.deliveries import News
from orders.services.following_up import flag_late_deliveries, follow_up
from orders.services.tracking import begin, record_news
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_parcel, make_shipped_order, make_shipped_parcel
from tests.orders.tracking_scenes import news, state

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hear(*pieces: News, **rest: Any) -> Any:
    return record_news(pieces, source="push", now=rest.pop("now", NOW))


def open_flags() -> dict[str, tuple[str, str]]:
    flags = Flag.objects.filter(ended_at__isnull=True)
    return {flag.order_id: (flag.label, flag.addressee) for flag in flags}


def test_the_newest_news_is_the_state_and_nothing_else_changes() -> None:
    parcel = make_shipped_parcel()

    heard = hear(news(parcel, 1, 5, "已揽收"), news(parcel, 5, 1, "派件中"), news(parcel, 0, 3))

    assert (heard.new, heard.unknown) == (3, frozenset())
    assert state(parcel) == {
        "tracking_state": 5,
        "tracking_at": NOW - HOUR,
        "signed_at": None,
        "trouble_at": None,
        "followed_up_at": None,
    }
    assert not Flag.objects.exists()
    assert parcel.order.signed_time is None


def test_signing_sets_the_receipt_time() -> None:
    parcel = make_shipped_parcel()

    hear(news(parcel, 3, 2, "已签收，本人签收"))

    assert state(parcel)["signed_at"] == NOW - 2 * HOUR
    assert Order.objects.get().signed_time == NOW - 2 * HOUR
    entry = AuditEntry.objects.get(action="order.signed")
    assert clock.parse(entry.after["signed_time"]) == NOW - 2 * HOUR


def test_the_same_news_counts_once() -> None:
    parcel = make_shipped_parcel()
    pieces = [news(parcel, 2, 3, "地址不详"), news(parcel, 3, 1, "已签收")]
    hear(*pieces)
    before = (state(parcel), Note.objects.count(), AuditEntry.objects.count(), Flag.objects.count())

    assert hear(*pieces, *pieces, now=NOW + HOUR).new == 0

    assert (state(parcel), Note.objects.count(), AuditEntry.objects.count(), Flag.objects.count()) == before
    assert TrackingNews.objects.count() == 2


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_hearing_comes_to_the_same(seed: int) -> None:
    parcel = make_shipped_parcel()
    pieces = [news(parcel, code, 10 - number, str(number)) for number, code in enumerate([1, 0, 2, 0, 5, 3])]
    random.Random(seed).shuffle(pieces)

    for piece in pieces:
        hear(piece)

    heard = state(parcel)
    assert (heard["tracking_state"], heard["tracking_at"]) == (3, NOW - 5 * HOUR)
    assert heard["signed_at"] == NOW - 5 * HOUR
    assert Order.objects.get().signed_time == NOW - 5 * HOUR
    assert open_flags() == {}


def test_old_trouble_heard_late_is_none() -> None:
    parcel = make_shipped_parcel()
    hear(news(parcel, 5, 1))

    hear(news(parcel, 2, 9, "地址不详"))

    assert state(parcel)["trouble_at"] is None
    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("code", "word"), [(2, "疑难"), (4, "退签"), (6, "退回"), (13, "清关异常"), (14, "拒签")]
)
def test_trouble_is_listed_and_flagged_once(code: int, word: str) -> None:
    parcel = make_shipped_parcel()

    hear(news(parcel, code, 1, "收件人电话无人接听"))
    hear(news(parcel, code, 0.5, "收件人电话仍无人接听"), now=NOW + HOUR)

    assert state(parcel)["trouble_at"] == NOW
    assert open_flags() == {parcel.order_id: ("快递异常", "agent")}
    note = Note.objects.get()
    assert note.text == f"中通快递{parcel.invoice_no}：{word}，收件人电话无人接听，请在客户来问之前跟进"


def test_trouble_that_passed_leaves_the_list() -> None:
    parcel = make_shipped_parcel()
    hear(news(parcel, 2, 3))

    hear(news(parcel, 5, 1))

    assert state(parcel)["trouble_at"] is None


def test_trouble_that_passed_stays_listed_where_the_parcel_is_overdue() -> None:
    parcel = make_shipped_parcel(deliver_by=NOW - DAY)
    hear(news(parcel, 2, 3))

    hear(news(parcel, 5, 1))

    assert state(parcel)["trouble_at"] == NOW


def test_signing_takes_the_desks_flag_off() -> None:
    parcel = make_shipped_parcel()
    hear(news(parcel, 2, 3))

    hear(news(parcel, 3, 1))

    assert open_flags() == {}
    assert Order.objects.get().seller_flag == 0


def test_an_order_of_two_parcels_is_received_with_the_last() -> None:
    order = make_shipped_order()
    shelf = make_shipped_parcel(order)
    make_line(order, "【韩国直送】大衣")
    rest = make_shipped_parcel(order)

    hear(news(shelf, 3, 5))
    assert Order.objects.get(pk=order.tid).signed_time is None
    hear(news(rest, 3, 1))

    assert Order.objects.get(pk=order.tid).signed_time == NOW - HOUR


def test_the_carriers_word_outranks_the_buyers_confirmation() -> None:
    order = make_shipped_order(signed_time=NOW)
    parcel = make_shipped_parcel(order, signed_at=NOW)

    hear(news(parcel, 3, 30))

    assert Order.objects.get().signed_time == NOW - 30 * HOUR


def test_an_order_sent_before_the_desk_kept_parcels_is_received_too() -> None:
    order = make_shipped_order(invoice_no="75510001112223")

    heard = hear(
        News("zhongtong", "75510001112223", 3, NOW - HOUR), News("zhongtong", "75510009999999", 0, NOW)
    )

    order.refresh_from_db()
    assert (order.signed_time, heard.unknown) == (NOW - HOUR, {"75510009999999"})


def test_news_that_came_before_the_shipping_is_caught_up_with() -> None:
    hear(News("zhongtong", "75510001112223", 3, NOW - HOUR))
    parcel = make_shipped_parcel(invoice_no="75510001112223")

    begin([parcel.pk], now=NOW)

    assert state(parcel)["signed_at"] == NOW - HOUR


@pytest.mark.parametrize(
    ("province", "days"),
    [("上海", 3), ("广东", 5), ("新疆", 8), ("香港", 10), ("海外", 20), ("", None)],
)
def test_from_shipping_on_a_parcel_has_the_days_of_its_zone(province: str, days: int | None) -> None:
    parcel = make_shipped_parcel(make_shipped_order(receiver_state=province), deliver_by=None)

    begin([parcel.pk], now=NOW)

    parcel.refresh_from_db()
    assert parcel.deliver_by == (None if days is None else NOW - DAY + timedelta(days=days))


def test_a_parcel_that_is_not_out_follows_no_news() -> None:
    parcel = make_parcel(make_paid_order(), stage="packed", invoice_no="75510001112223")

    assert hear(news(parcel, 3, 1)).unknown == {"75510001112223"}
    assert state(parcel)["signed_at"] is None


def test_news_from_far_ahead_is_left_out() -> None:
    parcel = make_shipped_parcel()

    assert hear(news(parcel, 3, -2), news(parcel, 0, -0.5)).new == 1
    assert state(parcel)["tracking_state"] == 0


def test_the_number_of_statements_does_not_grow(django_assert_max_num_queries: Any) -> None:
    parcels = [make_shipped_parcel() for _number in range(30)]

    with django_assert_max_num_queries(36):
        hear(*(news(parcel, 2 if number % 2 else 3, 1) for number, parcel in enumerate(parcels)))

    assert Parcel.objects.filter(signed_at__isnull=False).count() == 15
    assert len(open_flags()) == 15


# Overdue, and following up ----------------------------------------------------------------------------


def test_not_signed_for_in_time_is_trouble_once() -> None:
    parcel = make_shipped_parcel(deliver_by=NOW)
    make_shipped_parcel(deliver_by=NOW + timedelta(seconds=1))
    make_shipped_parcel(deliver_by=NOW, signed_at=NOW - DAY)
    make_shipped_parcel(make_shipped_order(signed_time=NOW - DAY), deliver_by=NOW)
    make_shipped_parcel(deliver_by=None)

    result = flag_late_deliveries(NOW, False)

    assert (result.done, result.subjects) == (1, [parcel.order_id])
    assert state(parcel)["trouble_at"] == NOW
    assert open_flags() == {parcel.order_id: ("快递异常", "agent")}
    assert Note.objects.get().text == (
        f"中通快递{parcel.invoice_no}：应在11月22日前签收，仍未签收，请在客户来问之前跟进"
    )
    assert flag_late_deliveries(NOW, False).done == 0


def test_a_dry_run_of_late_deliveries_does_nothing() -> None:
    parcel = make_shipped_parcel(deliver_by=NOW)

    assert flag_late_deliveries(NOW, True).subjects == [parcel.order_id]
    assert state(parcel)["trouble_at"] is None


def test_trouble_that_was_followed_up_comes_back_when_it_is_overdue() -> None:
    parcel, agent = make_shipped_parcel(deliver_by=NOW + DAY), make_staff("agent")
    hear(news(parcel, 2, 1))
    follow_up(parcel.pk, "已联系快递，明天再派", actor=agent, now=NOW)

    assert flag_late_deliveries(NOW + DAY, False).done == 1

    assert state(parcel)["followed_up_at"] is None
    assert flag_late_deliveries(NOW + 2 * DAY, False).done == 0


def test_following_up_writes_a_note_and_takes_the_flag_off() -> None:
    parcel, agent = make_shipped_parcel(), make_staff("agent")
    hear(news(parcel, 2, 1))

    follow_up(parcel.pk, "已联系快递，明天再派", actor=agent, now=NOW)

    parcel.refresh_from_db()
    assert (parcel.followed_up_at, parcel.followed_up_by) == (NOW, agent)
    assert str(Note.objects.get(author=agent)) == "已联系快递，明天再派(娜娜11.22)"
    assert open_flags() == {}
    order = Order.objects.get()
    assert (order.owner, order.seller_flag) == (agent, 0)
    with pytest.raises(Conflict) as refusal:
        follow_up(parcel.pk, "又问了一次", actor=agent, now=NOW)
    assert refusal.value.code == "F7"


def test_who_may_not_follow_up_and_what_cannot_be() -> None:
    parcel = make_shipped_parcel()
    agent = make_staff("agent")
    with pytest.raises(Conflict):
        follow_up(parcel.pk, "问过了", actor=agent, now=NOW)
    hear(news(parcel, 2, 1))
    for role in ("warehouse", "manager"):
        with pytest.raises(Forbidden):
            follow_up(parcel.pk, "问过了", actor=make_staff(role), now=NOW)
    with pytest.raises(DomainError) as refusal:
        follow_up(parcel.pk, "  ", actor=agent, now=NOW)
    assert (refusal.value.code, refusal.value.field) == ("F7", "text")
    assert state(parcel)["followed_up_at"] is None
