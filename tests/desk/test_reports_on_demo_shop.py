"""Must hold: on the demo shop, each figure equals the sum of the rows behind it, and what the tables say (T4)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db.models import Avg, Count, F, Q, Sum

from afterservice.models import Clock, Ticket, TicketLine
from afterservice.selectors.filters import TicketFilter
from orders.approval_kinds import ADDRESS_WAIVER, FREE_SPLIT, POSTAGE_WAIVER
from orders.models import ChangeNotice, Order, OrderTerms, Refund, RefundTask
from orders.rules.terms import read_terms
from orders.selectors.chasing import chased_and_paid
from orders.selectors.filters import OrderFilter
from orders.selectors.scope import newest
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import Approval, AuditEntry, Staff
from shopdesk.desk.selectors.reports.cards import MOST_PARTS, section_cards, team_rows
from shopdesk.desk.selectors.reports.figures import Section, Unit
from shopdesk.desk.selectors.reports.periods import Period, StepSize
from shopdesk.desk.selectors.reports.reading import (
    FIGURES,
    Narrowed,
    Row,
    Tally,
    read_report,
    read_rows,
    read_team,
)
from shopdesk.desk.selectors.reports.team import TEAM_TABLE
from tests import databases
from tests.factories import NOW

PERIOD = Period(date(2026, 9, 1), date(2026, 11, 22), StepSize.MONTH)
ALL = Narrowed()
SINCE = datetime.combine(PERIOD.first, time.min, SHANGHAI)
UNTIL = datetime.combine(PERIOD.last + timedelta(days=1), time.min, SHANGHAI)


@pytest.fixture(scope="module", autouse=True)
def shop(django_db_setup, django_db_blocker):
    """One demo shop for all tests of this file, gone after the last; each test's own changes go before."""
    with django_db_blocker.unblock(), databases.demo_shop():
        yield


@pytest.fixture(autouse=True)
def demo(shop, db):
    """Each test's own changes go before the shop does."""


def rows_behind(code: str, narrowed: Narrowed = ALL, period: Period = PERIOD) -> list[Row]:
    """All rows of all pages, as somebody would turn them over."""
    found: list[Row] = []
    cursor: str | None = ""
    while cursor is not None:
        page = read_rows(FIGURES[code], period, narrowed, cursor)
        found.extend(page.rows)
        cursor = page.older
    return found


def added(rows: list[Row]) -> Tally:
    amounts = [row.amount for row in rows if row.amount is not None]
    return Tally(len(rows), len(amounts), sum(amounts, Decimal(0)))


def in_period(field: str) -> Q:
    return Q(**{f"{field}__gte": SINCE, f"{field}__lt": UNTIL})


def money(queryset, *fields: str) -> Decimal:
    return sum((queryset.aggregate(all=Sum(field))["all"] or Decimal(0) for field in fields), Decimal(0))


def given_away() -> Decimal:
    total = money(
        Approval.objects.filter(
            in_period("decided_at"),
            status="approved",
            kind__in=(POSTAGE_WAIVER, FREE_SPLIT, ADDRESS_WAIVER),
        ),
        "amount",
    )
    for order in Order.objects.filter(in_period("pay_time")):
        terms = OrderTerms.objects.filter(order=order).order_by("-priced_at", "-id").first()
        for step in read_terms(terms.quote).steps if terms else ():
            if step.rule in ("S6", "S7", "S8", "S9") and step.amount < 0:
                total -= step.amount
    return total


def kept(*kinds: str) -> Decimal | None:
    ended = Clock.objects.filter(
        Q(stopped_at__isnull=False) | Q(expired_at__isnull=False),
        in_period("ticket__opened_at"),
        kind__in=kinds,
    )
    late = ended.filter(Q(expired_at__isnull=False) | Q(stopped_at__gt=F("due_at"))).count()
    return Decimal(ended.count() - late) / ended.count() if ended else None


def wrong(unacknowledged_only: bool) -> int:
    found = 0
    for ticket in Ticket.objects.filter(in_period("opened_at"), problem="wrong_item").select_related("order"):
        shipped = ticket.order.consign_time or ticket.opened_at
        notices = ChangeNotice.objects.filter(
            order=ticket.order, kind__in=("sku", "address"), made_at__lte=shipped
        )
        unheard = notices.filter(Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gt=shipped))
        found += unheard.exists() if unacknowledged_only else 1
    return found


def placed() -> "Q":
    return Order.objects.filter(in_period("created"))


def audited(action: str):
    return AuditEntry.objects.filter(in_period("at"), action=action, actor__isnull=False)


# What the ORM says of each figure, written from its meaning and not from its statement.
SAID_OTHERWISE: dict[str, Callable[[], Decimal | int | None]] = {
    "orders-placed": lambda: placed().count(),
    "money-in": lambda: money(Order.objects.filter(in_period("pay_time")), "paid_fee"),
    "money-back": lambda: (
        money(Refund.objects.filter(in_period("done_at"), status="done"), "goods_fee", "post_fee")
        + money(RefundTask.objects.filter(in_period("done_at")), "amount")
    ),
    "paid-share": lambda: (
        Decimal(placed().filter(tied=False).exclude(status__in=_UNPAID).count())
        / placed().filter(tied=False).exclude(status=Status.WAIT_BUYER_PAY).count()
    ),
    "closed-unpaid": lambda: money(
        placed().filter(status=Status.TRADE_CLOSED_BY_TAOBAO, tied=False), "payment"
    ),
    "chasing-brought-in": lambda: money(chased_and_paid(SINCE, UNTIL), "paid_fee"),
    "chased-and-paid": lambda: chased_and_paid(SINCE, UNTIL).count(),
    "postage-charged": lambda: money(Order.objects.filter(in_period("pay_time")), "post_fee"),
    "postage-given": given_away,
    "tickets-by-reason": lambda: Ticket.objects.filter(in_period("opened_at")).count(),
    "tickets-by-product": lambda: (
        TicketLine.objects.filter(in_period("ticket__opened_at"))
        .values("ticket", "line__product")
        .distinct()
        .count()
    ),
    "answered-in-time": lambda: kept("answer"),
    "decided-in-time": lambda: kept("decide"),
    "goods-in-time": lambda: kept("inspect", "repair"),
    "wrong-shipments": lambda: wrong(False),
    "wrong-by-change": lambda: wrong(True),
    "satisfaction": lambda: Ticket.objects.filter(in_period("opened_at")).aggregate(all=Avg("satisfaction"))[
        "all"
    ],
    "orders-handled": lambda: (
        AuditEntry.objects.filter(
            in_period("at"), subject_kind="order", actor__isnull=False, origin__in=("page", "api")
        )
        .exclude(action="phone.revealed")
        .values("actor", "subject_id")
        .distinct()
        .count()
    ),
    "price-changes": lambda: audited("order.priced").count(),
    "flags-set": lambda: audited("flag.set").count(),
    "unacknowledged-changes": lambda: ChangeNotice.objects.filter(
        in_period("made_at"), acknowledged_at__isnull=True, made_by__isnull=False
    ).count(),
}
_UNPAID = (Status.WAIT_BUYER_PAY, Status.TRADE_CLOSED_BY_TAOBAO)


@pytest.mark.parametrize("code", FIGURES)
def test_a_figure_is_the_sum_of_its_rows_and_what_the_tables_say(code):
    figure = FIGURES[code]
    report = read_report(figure, PERIOD, Narrowed())
    rows = rows_behind(code)
    assert len({row.ref for row in rows}) == len(rows)
    assert report.total == added(rows)
    value, said = report.total.value(figure.unit), SAID_OTHERWISE[code]()
    assert value == said or (
        value is not None and said is not None and abs(value - Decimal(said)) < Decimal("1e-9")
    )


@pytest.mark.parametrize("code", FIGURES)
def test_each_bar_and_the_period_before_are_the_sum_of_their_rows(code):
    report = read_report(FIGURES[code], PERIOD, Narrowed())
    for (start, part), tally in report.tallies.items():
        first, last = PERIOD.within(start)
        assert tally == added(rows_behind(code, Narrowed(part=part, first=first, last=last)))
    assert report.before == added(rows_behind(code, period=PERIOD.before))


def test_each_number_per_agent_and_shift_is_the_sum_of_its_rows():
    found = read_team(PERIOD, Narrowed())
    assert found
    for figure in TEAM_TABLE:
        laid_to_somebody = [row for row in rows_behind(figure.code) if row.who is not None]
        everywhere = sum((tallies.get(figure.code, Tally()) for tallies in found.values()), Tally())
        assert everywhere == added(laid_to_somebody)
    for (who, shift), tallies in found.items():
        for code, tally in tallies.items():
            assert tally == added(rows_behind(code, Narrowed(who=who, shift=shift)))


def test_orders_and_tickets_are_those_of_their_own_lists():
    staff = Staff.objects.get(username="supervisor1")
    for status in Status:
        wanted = OrderFilter(status=status, created_from=PERIOD.first, created_to=PERIOD.last)
        listed = newest(wanted.scope(staff, NOW, limit=10_000))
        rows = rows_behind("orders-placed", Narrowed(part=status))
        assert [place.tid for place in listed] == [row.key for row in rows]
    for (part,) in Ticket.objects.values_list("problem").annotate(n=Count("pk")).values_list("problem"):
        asked = TicketFilter(view="all", problem=part, opened_from=PERIOD.first, opened_to=PERIOD.last)
        assert {str(ticket.pk) for ticket in asked.tickets(staff)} == {
            row.key for row in rows_behind("tickets-by-reason", Narrowed(part=part))
        }


def test_each_bar_and_each_number_opens_the_rows_that_it_is_the_sum_of(client):
    client.force_login(Staff.objects.get(username="supervisor1"))

    def opened(address: str, unit: Unit) -> Decimal | None:
        return client.get(address).context["page"].total.value(unit)

    with clock.fixed(NOW):
        for section in Section:
            for card in section_cards(section, PERIOD, ALL):
                unit = Unit(card.chart["unit"])
                for series in card.chart["series"]:
                    drawn = [
                        (Decimal(value), address)
                        for value, address in zip(series["values"], series["links"], strict=True)
                        if address is not None
                    ]
                    assert drawn == [(opened(address, unit), address) for _value, address in drawn]
                    assert not any(
                        Decimal(value or 0) * (address is None)
                        for value, address in zip(series["values"], series["links"], strict=True)
                    )
                if unit in (Unit.COUNT, Unit.MONEY):
                    bars = [Decimal(value or 0) for each in card.chart["series"] for value in each["values"]]
                    whole = opened(card.address, unit)
                    # Only so many products are drawn.
                    assert sum(bars) == whole or (len(bars) == MOST_PARTS and sum(bars) < whole)
        by_person, by_shift = team_rows(PERIOD, ALL, Staff.objects.all())
        assert len(by_person) > 3
        assert len(by_shift) > 1
        for row in (*by_person, *by_shift):
            for figure, cell in zip(TEAM_TABLE, row.cells, strict=True):
                assert (cell.address is None) == (cell.value is None)
                assert cell.address is None or opened(cell.address, figure.unit) == cell.value
