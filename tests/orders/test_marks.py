"""N6: stars and snoozes, each for one person alone; the list that stays whole under them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, Snooze, Star
from orders.selectors.filters import OrderFilter
from orders.selectors.lists import read_orders, tabs
from orders.services import marks
from orders.services.flags import FlagRequest, set_flag
from orders.services.red_flags import Alarm, raise_red_flags
from shopdesk.base import clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_line, make_order, make_staff

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def agent() -> Staff:
    return make_staff("agent")


def listed(staff: Staff, query: str = "", *, now: datetime = NOW, size: int = 50) -> list[str]:
    """Every order of a view, page by page to its end."""
    wanted = OrderFilter.read(dict(pair.split("=") for pair in query.split("&") if pair))
    tids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = read_orders(wanted, staff=staff, now=now, cursor=cursor, size=size)
        tids += [row.order.tid for row in page.rows]
        cursor = page.older
    return tids


def counted(staff: Staff, code: str, *, now: datetime = NOW) -> int | None:
    shown = tabs(staff, current=OrderFilter(), query="", now=now)
    return next(tab.count for tab in shown if tab.query == code)


def orders(count: int) -> list[Order]:
    """The newest first, a minute apart."""
    return [make_order(created=NOW - HOUR - timedelta(minutes=n)) for n in range(count)]


class TestStars:
    def test_own_list_is_ones_own(self, agent: Staff) -> None:
        first, second, _third = orders(3)
        marks.star(second.tid, actor=agent)
        marks.star(second.tid, actor=agent)
        marks.star(first.tid, actor=make_staff("agent"))

        assert listed(agent, "view=starred") == [second.tid]
        assert counted(agent, "view=starred") == 1
        assert AuditEntry.objects.get(action="order.starred", actor=agent).after == {"tid": second.tid}

        marks.unstar(second.tid, actor=agent)

        assert listed(agent, "view=starred") == []

    def test_past_the_most_nothing_changes(self, agent: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(marks, "MOST_STARS", 1)
        first, second = orders(2)
        marks.star(first.tid, actor=agent)

        with pytest.raises(DomainError, match="N6"):
            marks.star(second.tid, actor=agent)

        marks.star(first.tid, actor=agent)  # the same again is no more
        assert Star.objects.count() == 1

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_others_have_none(self, role: str) -> None:
        order = make_order()
        for act in (marks.star, marks.unstar, marks.wake):
            with pytest.raises(Forbidden, match="N6"):
                act(order.tid, actor=make_staff(role))
        assert not Star.objects.exists()

    def test_no_such_order(self, agent: Staff) -> None:
        with pytest.raises(DomainError, match="O1"):
            marks.star("1", actor=agent)


class TestSnooze:
    def test_leaves_ones_own_lists_and_comes_back_at_the_top(self, agent: Staff) -> None:
        other = make_staff("agent")
        first, second, third = orders(3)
        marks.snooze(third.tid, NOW + HOUR, actor=agent)

        assert listed(agent) == [first.tid, second.tid]
        assert listed(agent, "view=unpaid") == [first.tid, second.tid]
        assert listed(agent, "view=snoozed") == [third.tid]
        assert (counted(agent, ""), counted(agent, "view=snoozed")) == (2, 1)
        assert listed(other) == [first.tid, second.tid, third.tid]

        due = NOW + HOUR
        assert listed(agent, now=due) == [third.tid, first.tid, second.tid]
        assert listed(agent, "view=paid", now=due) == []
        assert (counted(agent, "", now=due), counted(agent, "view=snoozed", now=due)) == (3, 0)

        marks.wake(third.tid, actor=agent, now=due)

        assert listed(agent, now=due) == [first.tid, second.tid, third.tid]
        facts = AuditEntry.objects.filter(actor=agent).order_by("pk")
        assert [fact.action for fact in facts] == ["order.snoozed", "order.woken"]

    def test_the_longest_due_stands_first(self, agent: Staff) -> None:
        first, second, third = orders(3)
        marks.snooze(first.tid, NOW + 2 * HOUR, actor=agent)
        marks.snooze(third.tid, NOW + HOUR, actor=agent)

        assert listed(agent, now=NOW + 3 * HOUR) == [third.tid, first.tid, second.tid]

    def test_every_order_stands_once_over_all_pages_either_way(self, agent: Staff) -> None:
        all_orders = orders(7)
        for order in (all_orders[0], all_orders[4]):
            marks.snooze(order.tid, NOW + HOUR, actor=agent)
        due = NOW + 2 * HOUR
        wanted = OrderFilter()

        down = listed(agent, now=due, size=2)
        second = read_orders(
            wanted,
            staff=agent,
            now=due,
            size=2,
            cursor=read_orders(wanted, staff=agent, now=due, size=2).older or "",
        )
        back = read_orders(wanted, staff=agent, now=due, size=2, cursor=second.newer or "")

        assert sorted(down) == sorted(order.tid for order in all_orders)
        assert down[:2] == [all_orders[0].tid, all_orders[4].tid]
        assert [row.order.tid for row in back.rows] == down[:4]

    def test_a_search_finds_it(self, agent: Staff) -> None:
        order = make_order()
        marks.snooze(order.tid, NOW + HOUR, actor=agent)

        assert listed(agent, f"q={order.tid}") == [order.tid]

    @pytest.mark.parametrize("until", [NOW, NOW - HOUR, NOW + timedelta(days=60, seconds=1)])
    def test_refused_times(self, agent: Staff, until: datetime) -> None:
        order = make_order()

        with pytest.raises(DomainError, match="N6"):
            marks.snooze(order.tid, until, actor=agent)

        assert not Snooze.objects.exists()

    def test_past_the_most_nothing_changes(self, agent: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(marks, "MOST_SNOOZED", 1)
        first, second = orders(2)
        marks.snooze(first.tid, NOW + HOUR, actor=agent)

        with pytest.raises(DomainError, match="N6"):
            marks.snooze(second.tid, NOW + HOUR, actor=agent)

        marks.snooze(first.tid, NOW + 2 * HOUR, actor=agent)
        assert Snooze.objects.get().until == NOW + 2 * HOUR

    def test_red_brings_it_back_to_everybody_but_who_made_it_red(self, agent: Staff) -> None:
        other, order, alarmed = make_staff("agent"), make_order(), make_order()
        for person in (agent, other):
            marks.snooze(order.tid, NOW + HOUR, actor=person)
        marks.snooze(alarmed.tid, NOW + HOUR, actor=agent)

        set_flag(order.tid, FlagRequest(1, "改尺码", "请看", "warehouse", NOW + HOUR), actor=agent, now=NOW)
        raise_red_flags({alarmed.tid: Alarm("漏单", "请看")}, now=NOW)

        assert listed(other)[0] == order.tid
        assert listed(agent, "view=snoozed") == [order.tid]
        assert listed(agent) == [alarmed.tid]


class TestPages:
    def post(self, client: Client, name: str, order: Order, **sent: str) -> Any:
        return client.post(reverse(f"orders:{name}", args=[order.tid]), sent, follow=True)

    def test_star_snooze_and_wake_from_the_order_page(
        self, agent: Staff, client_of: Callable[..., Client]
    ) -> None:
        client, order = client_of("agent"), make_order()

        starred = self.post(client, "star", order).content.decode()
        put_off = self.post(client, "snooze", order, until="2026-11-22T18:00").content.decode()
        late = self.post(client, "snooze", order, until="2026-12-01T08:30").content.decode()
        wrong = self.post(client, "snooze", order, until="2026-11-22T11:59")
        woken = self.post(client, "wake", order).content.decode()

        assert "It stands on your list" in starred
        assert "Put off until 11-22 18:00, for you alone. Then it stands at the top" in put_off
        assert "It is closed unpaid before that: 11-25 11:00." in late
        assert (wrong.status_code, "Choose a time that is still to come." in wrong.content.decode()) == (
            422,
            True,
        )
        assert "in your lists again" in woken

    def test_list_shows_marks_and_costs_the_same_however_many(
        self, client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
    ) -> None:
        client = client_of("agent")
        me = Staff.objects.latest("pk")
        for number in range(12):
            order = make_order()
            make_line(order)
            marks.star(order.tid, actor=me)
            if number % 2:
                marks.snooze(order.tid, NOW + HOUR, actor=me, now=NOW)
        with clock.fixed(NOW + 2 * HOUR):
            client.get(reverse("orders:list"))
            # Who asks; what they put off, who came back, the others; all rows; after-sales,
            # tiers, saved views, counts.
            with django_assert_num_queries(9):
                page = client.get(reverse("orders:list")).content.decode()

        assert page.count('class="came-back"') == 6
        assert page.count("own-mark starred") == 12
