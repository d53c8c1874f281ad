"""The first page: each role's own work, counted, with the list behind each count."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Hold, ImportRun, Payment, PlatformTask, RefundTask
from orders.services import hand_holds, shortages
from orders.services.flags import FlagRequest, set_flag
from orders.services.platform import open_task
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.models import JobRun, ShiftSwap, Staff
from shopdesk.base.permissions import Role
from shopdesk.desk.selectors.home import OF_ROLE, read_tiles
from shopdesk.desk.services.handovers import ask_back, hand_over
from shopdesk.desk.services.promises import make_promise
from tests.afterservice.scenes import make_ticket
from tests.desk.test_approvals_page import asked_by, late_payment
from tests.factories import NOW, make_order, make_sku, make_staff
from tests.orders.hold_scenes import ordered
from tests.orders.parcel_scenes import notice_on
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def counts(staff: Staff) -> dict[str, int]:
    return {str(tile.title): tile.count for tile in read_tiles(staff, NOW)}


def red_flag(addressee: str) -> None:
    request = FlagRequest(1, label="改尺码", text="请看", addressee=addressee, until=NOW + timedelta(days=1))
    set_flag(make_order(status=Status.TRADE_FINISHED).tid, request, actor=make_staff("agent"), now=NOW)


def test_agents_work_is_counted() -> None:
    agent = make_staff("agent")
    make_order(created=NOW - timedelta(hours=61))
    make_order(created=NOW - timedelta(hours=59))
    make_order(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW)
    red_flag("agent")
    red_flag("warehouse")
    asked_by(agent)
    asked_by(make_staff("agent"))
    ImportRun.objects.create(created_at=NOW - timedelta(days=6), rejected=3, status="done")
    ImportRun.objects.create(created_at=NOW - timedelta(days=8), rejected=3, status="done")
    ImportRun.objects.create(created_at=NOW, rejected=0, status="done")
    owed = make_order(status=Status.TRADE_FINISHED)
    RefundTask.objects.create(order=owed, reason="joined_postage", rule="S7", amount=1, opened_at=NOW)
    Payment.objects.create(order=owed, payment_no="p", amount=1, status="refund_due", heard_at=NOW)
    make_ticket(owner=agent, awaits="us", next_due_at=NOW)
    colleague = make_staff("agent")
    make_promise(owed.tid, "今晚发", NOW + timedelta(hours=3), actor=agent, now=NOW)
    hand_over(words="一", actor=colleague, now=NOW)
    line = hand_over(words="二", actor=agent, now=NOW).lines.get(kind="words")
    ask_back(line.pk, "哪里？", actor=colleague, now=NOW)
    ShiftSwap.objects.create(asked_by=colleague, colleague=agent, day=NOW.date(), shift="late", asked_at=NOW)
    make_ticket(owner=make_staff("agent"))
    make_ticket(owner=make_staff("agent"), awaits="buyer", next_due_at=NOW)

    assert counts(agent) == {
        "Closing within 12 hours": 1,
        "To chase": 1,
        "Red flags to me": 1,
        "Handed over to accept": 1,
        "Promises due today": 1,
        "After-sales due by us": 2,
        "My tickets": 1,
        "Late": 0,
        "Ship today": 0,
        "Tell the buyer": 0,
        "Delivery trouble": 0,
        "Waiting for the warehouse": 1,
        "Orders waiting for goods": 0,
        "Waiting for payment": 2,
        "Paid, not shipped": 1,
        "To do on Taobao": 5,  # a flag and a memo each, and the memo of the promise
        "Refunds owed": 2,
        "My requests": 1,
        "Questions about my handover": 1,
        "Swaps to answer": 1,
        "Imports to mend": 1,
    }


def test_supervisors_work_is_counted() -> None:
    supervisor = make_staff("supervisor")
    late_payment()
    JobRun.objects.create(name="upkeep", trigger="clock", moment=NOW, started_at=NOW, error="no")
    JobRun.objects.create(
        name="upkeep", trigger="clock", moment=NOW, started_at=NOW - timedelta(hours=25), error="no"
    )
    open_task(make_order(), PlatformTask.Kind.REFUND, amount=Decimal("1.00"), now=NOW)

    work = counts(supervisor)

    assert (work["Approvals waiting"], work["Failed job runs"]) == (1, 1)
    assert work["Red flags to me"] == 1  # the late payment's


def test_warehouse_sees_its_flags() -> None:
    red_flag("warehouse")

    assert counts(make_staff("warehouse")) == {
        "Change notices": 0,
        "Red flags to me": 1,
        "Holds to sign": 0,
        "Exchange holds to sign": 0,
        "Missed orders": 0,
        "Late": 0,
        "Ship today": 0,
        "Out of stock": 0,
        "Paid, not shipped": 0,
        "My requests": 0,
    }


def test_stock_that_is_kept_and_stock_that_lacks_is_counted() -> None:
    agent = make_staff("agent")
    out, shelf = make_sku("围巾"), make_sku("帆布包", stock=2)
    for _order in range(2):
        ordered(out, paid=True)
    shortages.report(out.pk, actor=agent, now=NOW)
    hand_holds.keep(shelf.pk, 1, reason="等补款", actor=agent, now=NOW)

    warehouse = counts(make_staff("warehouse"))
    supervisor = counts(make_staff("supervisor"))

    assert (warehouse["Holds to sign"], warehouse["Out of stock"]) == (1, 1)
    assert (supervisor["Orders waiting for goods"], supervisor["Out of stock"]) == (2, 1)
    assert counts(agent)["Orders waiting for goods"] == 2


@pytest.mark.parametrize("role", Role.values)
def test_every_tile_opens_its_list(role: str, client_of: Callable[..., Client]) -> None:
    client = client_of(role)

    tiles = client.get(reverse("home")).context["tiles"]

    assert len(tiles) == len(OF_ROLE[role])
    for tile in tiles:
        assert client.get(tile.address).status_code == 200, tile.address


@pytest.mark.parametrize("role", Role.values)
def test_each_tile_counts_the_rows_of_its_list(role: str) -> None:
    person, agent = make_staff(role), make_staff("agent")
    client = Client()
    client.force_login(person)
    make_order(created=NOW - timedelta(hours=61))
    for addressee in ("agent", "warehouse", "supervisor"):
        red_flag(addressee)
    for fields in ({"ship_by": NOW}, {"ship_by": NOW + timedelta(hours=1)}, {"missed_flagged_at": NOW}):
        make_parcel(**fields)
    make_parcel(stage="printed", returned_to_desk_at=NOW, ship_by=NOW + timedelta(days=3))
    make_shipped_parcel(trouble_at=NOW)
    notice_on(make_order(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW))
    out, shelf = make_sku("围巾"), make_sku("帆布包", stock=3, held=1)
    ordered(out, paid=True)
    shortages.report(out.pk, actor=agent, now=NOW)
    hand_holds.keep(shelf.pk, 1, reason="等补款", actor=agent, now=NOW)
    Hold.objects.create(sku=shelf, num=1, reason="换货", placed_at=NOW, after_sale=True)
    late_payment()
    if role != Role.MANAGER:
        asked_by(person)
    owed = make_order(status=Status.TRADE_FINISHED)
    RefundTask.objects.create(order=owed, reason="joined_postage", rule="S7", amount=1, opened_at=NOW)
    make_ticket(owner=person, awaits="us", next_due_at=NOW)
    make_ticket(escalated_at=NOW)
    ImportRun.objects.create(created_at=NOW, rejected=3, status="done")
    JobRun.objects.create(name="upkeep", trigger="clock", moment=NOW, started_at=NOW, error="no")

    # The tiles of the team's own pages are held to those in their tests.
    tiles = [
        tile for tile in client.get(reverse("home")).context["tiles"] if not tile.address.startswith("/team/")
    ]

    held = {}
    for tile in tiles:
        shown = client.get(tile.address).context
        held[tile.title] = len(shown["owed"] if "owed" in shown else shown["page"].rows)
    assert held == {tile.title: tile.count for tile in tiles}
    empty = {title for title, count in held.items() if not count}
    assert len(empty) <= 1, empty


def test_nothing_waiting_is_not_urgent() -> None:
    assert not any(tile.urgent for tile in read_tiles(make_staff("supervisor"), NOW))


@pytest.mark.parametrize(("role", "statements"), [("agent", 5), ("supervisor", 6), ("manager", 4)])
def test_costs_the_same_however_much_waits(
    role: str,
    statements: int,
    client_of: Callable[..., Client],
    django_assert_num_queries: Callable[..., Any],
) -> None:
    client = client_of(role)
    # Who asks; what they put off; their saved views; the counts of the order views; the other counts; which shift is
    # on (a supervisor).
    with django_assert_num_queries(statements):
        client.get(reverse("home"))
    for _number in range(3):
        late_payment()
        red_flag("agent")
    with django_assert_num_queries(statements):
        client.get(reverse("home"))


def test_nobody_gets_in_unsigned(client: Client) -> None:
    assert client.get(reverse("home")).headers["Location"] == "/sign-in/?next=/"
