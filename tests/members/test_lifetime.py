"""M5, S9: free shipping for life, proposed at a year's end, confirmed by a supervisor, to one address."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from members.models import LifetimeShipping
from members.services import Spent, record_spend
from orders.models import Order
from orders.quotes import facts_of_order, quote_order
from orders.services.lifetime import NO_ADDRESS, SETTLED, propose_lifetime_shipping
from shipping.services import ensure_starting_tariffs
from shopdesk.base import jobs
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from shopdesk.desk.schedules import in_words, next_start
from tests.factories import NOW, make_buyer, make_line, make_order, make_staff

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime(2027, 1, 1, 3, 30, tzinfo=SHANGHAI)
ADDRESS = "上海 上海市 浦东新区 示例街道1号"


def spender(nick: str, amount: str, at: datetime = NOW, **fields: Any) -> Order:
    order = make_order(nick, **fields)
    record_spend([Spent(nick, "order", order.tid, Decimal(amount), at)])
    return order


def twelve() -> None:
    for number in range(12):
        spender(f"买家{number:02}", f"{1000 + number}.00")


def test_the_ten_highest_of_the_year_are_proposed_each_with_an_approval() -> None:
    twelve()

    result = propose_lifetime_shipping(NEW_YEAR, False)

    assert (result.done, result.skipped) == (10, 0)
    assert result.subjects == [f"买家{number:02}" for number in range(11, 1, -1)]
    approval = Approval.objects.get(subject_id="买家11")
    assert (approval.kind, approval.subject_kind, approval.rule) == ("lifetime_shipping", "member", "M5")
    assert approval.after == {"address": ADDRESS}
    assert approval.before == {"year": 2026, "spend": "1011.00"}


def test_again_changes_nothing_also_when_the_ledger_moved() -> None:
    twelve()
    propose_lifetime_shipping(NEW_YEAR, False)
    spender("买家00", "5000.00")

    result = propose_lifetime_shipping(NEW_YEAR + timedelta(hours=1), False)

    assert result.done == 0
    assert LifetimeShipping.objects.count() == Approval.objects.count() == 10


def test_dry_run_tells_and_changes_nothing() -> None:
    twelve()

    assert propose_lifetime_shipping(NEW_YEAR, True).done == 10
    assert not LifetimeShipping.objects.exists()
    assert not Approval.objects.exists()


def test_only_spend_of_that_calendar_year_in_shanghai_counts() -> None:
    last_second = datetime(2026, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)
    spender("今年", "10.00", last_second)
    spender("明年", "9000.00", last_second + timedelta(seconds=1))
    spender("去年", "9000.00", datetime(2025, 12, 31, 23, 59, 59, tzinfo=SHANGHAI))
    make_order("期初")
    record_spend([Spent("期初", "opening", "期初", Decimal(9000), NOW)])

    assert propose_lifetime_shipping(NEW_YEAR, False).subjects == ["今年"]


def test_address_is_the_latest_orders_and_without_one_nobody_is_asked() -> None:
    spender("小肥", "500.00", created=NOW - timedelta(days=9))
    make_order("小肥", receiver_address="浙江省 杭州市 新家1号", created=NOW)
    spender("没地址", "900.00", receiver_address="")

    result = propose_lifetime_shipping(NEW_YEAR, False)

    assert (result.subjects, result.skip_reasons) == (["小肥"], {NO_ADDRESS: 1})
    assert LifetimeShipping.objects.get().address == "浙江省 杭州市 新家1号"


def test_supervisor_confirms_and_only_that_address_is_free() -> None:
    ensure_starting_tariffs()
    order = spender("小肥", "500.00")
    make_line(order)
    elsewhere = make_order("小肥", receiver_address="上海 上海市 别处2号", created=NOW)
    make_line(elsewhere, price=Decimal("99.00"))
    make_line(home := make_order("小肥", created=NOW), price=Decimal("99.00"))
    LifetimeShipping.objects.create(
        buyer_id="小肥", year=2026, address=ADDRESS, spend=Decimal(500), proposed_at=NOW
    )
    assert not facts_of_order(home).lifetime_free_shipping
    LifetimeShipping.objects.all().delete()
    propose_lifetime_shipping(NEW_YEAR, False)
    LifetimeShipping.objects.update(address=ADDRESS)

    approval = approvals.approve(Approval.objects.get().pk, actor=make_staff("supervisor"), now=NEW_YEAR)

    row = LifetimeShipping.objects.get()
    assert (approval.status, row.status, row.decided_at, row.version) == (
        "approved",
        "confirmed",
        NEW_YEAR,
        2,
    )
    assert quote_order(home).post_fee == Decimal("0.00")
    assert "S9" in {step.rule for step in quote_order(home).steps}
    assert quote_order(elsewhere).post_fee == Decimal("6.00")
    fact = AuditEntry.objects.get(action="member.lifetime_confirmed")
    assert fact.subject_id == "小肥"
    assert ADDRESS not in str(fact.after)


def test_refused_stays_refused() -> None:
    spender("小肥", "500.00")
    propose_lifetime_shipping(NEW_YEAR, False)

    approvals.refuse(Approval.objects.get().pk, reason="代购", actor=make_staff("supervisor"), now=NEW_YEAR)

    assert LifetimeShipping.objects.get().status == "refused"
    assert propose_lifetime_shipping(NEW_YEAR, False).done == 0


def test_agents_do_not_decide() -> None:
    spender("小肥", "500.00")
    propose_lifetime_shipping(NEW_YEAR, False)

    with pytest.raises(Forbidden):
        approvals.approve(Approval.objects.get().pk, actor=make_staff("agent"), now=NEW_YEAR)

    assert LifetimeShipping.objects.get().status == "proposed"


def test_request_lapses_when_the_proposal_changed_and_is_asked_anew() -> None:
    spender("小肥", "500.00")
    propose_lifetime_shipping(NEW_YEAR, False)
    LifetimeShipping.objects.update(version=2, address="新地址")

    approval = approvals.approve(Approval.objects.get().pk, actor=make_staff("supervisor"), now=NEW_YEAR)

    assert approval.status == "lapsed"
    again = Approval.objects.get(status="pending")
    assert (again.subject_version, again.after) == (2, {"address": "新地址"})


def test_who_has_it_already_is_not_asked_again() -> None:
    spender("小肥", "500.00")
    propose_lifetime_shipping(NEW_YEAR, False)
    approvals.approve(Approval.objects.get().pk, actor=make_staff("supervisor"), now=NEW_YEAR)
    spender("小肥", "600.00", NEW_YEAR + timedelta(days=3))

    result = propose_lifetime_shipping(NEW_YEAR + timedelta(days=365), False)

    assert (result.done, result.skip_reasons) == (0, {SETTLED: 1})


def test_the_database_keeps_one_confirmed_per_buyer() -> None:
    buyer = make_buyer("小肥")
    given = {"buyer": buyer, "address": "甲", "status": "confirmed", "proposed_at": NOW, "decided_at": NOW}
    LifetimeShipping.objects.create(year=2025, **given)

    with pytest.raises(IntegrityError), transaction.atomic():
        LifetimeShipping.objects.create(year=2026, **given)
    with pytest.raises(IntegrityError), transaction.atomic():
        LifetimeShipping.objects.create(**given | {"status": "refused", "address": ""})


def test_the_clock_starts_it_once_a_year() -> None:
    job = jobs.get("propose_lifetime_shipping")

    assert next_start(job, NOW) == NEW_YEAR
    assert next_start(job, NEW_YEAR) == datetime(2028, 1, 1, 3, 30, tzinfo=SHANGHAI)
    assert in_words(job) == "every year on 01-01 at 03:30"
    assert next_start(jobs.get("prove_spend"), NOW) == datetime(2026, 11, 23, 2, 40, tzinfo=SHANGHAI)
