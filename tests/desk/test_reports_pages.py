"""The pages of reports: periods, who sees whose figures, the rows behind, and the files (T4, D3)."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from afterservice.models import Clock
from orders.models import ChangeNotice
from orders.services.flags import FlagRequest, set_flag
from shopdesk.base import audit, clock
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.desk.selectors.reports.figures import Unit
from shopdesk.desk.selectors.reports.periods import Period, StepSize
from shopdesk.desk.selectors.reports.reading import FIGURES, Narrowed, Tally, read_report, read_team
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_shipped_order

pytestmark = pytest.mark.django_db
TODAY = Period(date(2026, 11, 22), date(2026, 11, 22))


@pytest.fixture(autouse=True)
def noon():
    with clock.fixed(NOW):
        yield


def signed_in(person: Staff) -> Client:
    client = Client()
    client.force_login(person)
    return client


def value(code: str, narrowed: Narrowed | None = None, period: Period = TODAY) -> Decimal | None:
    figure = FIGURES[code]
    return read_report(figure, period, narrowed or Narrowed()).total.value(figure.unit)


YEAR = ("2026-01-01", "2026-12-31")
YEAR_BEFORE = ("2025-01-01", "2025-12-31")
USUAL, BEFORE_USUAL = ("2026-10-24", "2026-11-22"), ("2026-09-24", "2026-10-23")


@pytest.mark.parametrize(
    ("start", "end", "step", "days", "before", "steps"),
    [
        ("", "", "", USUAL, BEFORE_USUAL, 30),
        ("no", "9999-01-01", "x", USUAL, BEFORE_USUAL, 30),
        ("2026-11-22", "2026-11-20", "", ("2026-11-20", "2026-11-22"), ("2026-11-17", "2026-11-19"), 3),
        ("2026-10-01", "2026-10-31", "", ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30"), 31),
        ("2026-11-18", "2026-11-24", "week", ("2026-11-18", "2026-11-24"), ("2026-11-11", "2026-11-17"), 2),
        (*YEAR, "month", YEAR, YEAR_BEFORE, 12),
        # A bar for each day of a year is none: the step grows.
        (*YEAR, "day", YEAR, YEAR_BEFORE, 53),
    ],
)
def test_periods_and_the_ones_before(start, end, step, days, before, steps):
    period = Period.read({"from": start, "to": end, "step": step}, date(2026, 11, 22))
    assert (period.first.isoformat(), period.last.isoformat()) == days
    assert (period.before.first.isoformat(), period.before.last.isoformat()) == before
    assert len(period.steps()) == steps
    assert period.within(period.steps()[0])[0] == period.first
    assert period.within(period.steps()[-1])[1] == period.last


def test_a_day_is_shanghais():
    make_order(created=NOW.replace(hour=0, minute=0), payment=Decimal("1.10"))
    make_order(created=NOW.replace(hour=0, minute=0) - timedelta(seconds=1), payment=Decimal("5.00"))
    assert value("orders-placed") == 1
    assert read_report(FIGURES["orders-placed"], TODAY, Narrowed()).before.total == Decimal("5.00")


def test_unpaid_conversion_leaves_out_who_still_waits_and_what_is_tied():
    make_order()
    make_order(tied=True)
    make_paid_order()
    make_paid_order()
    make_order(status="TRADE_CLOSED_BY_TAOBAO", close_reason="timeout", payment=Decimal("77.00"))
    assert value("paid-share") == Decimal(2) / 3
    assert value("closed-unpaid") == Decimal("77.00")


def test_clocks_kept_count_neither_what_runs_nor_other_clocks():
    agent = make_staff("agent")
    for stopped, expired in ((-1, None), (None, None), (1, 0), (2, None)):
        ticket = make_ticket(owner=agent)
        Clock.objects.create(
            ticket=ticket, kind="answer", awaits="us", at_zero="supervisor", started_at=NOW, due_at=NOW,
            stopped_at=None if stopped is None else NOW + timedelta(hours=stopped),
            expired_at=None if expired is None else NOW,
        )  # fmt: skip
    assert value("answered-in-time") == Decimal(1) / 3
    assert value("decided-in-time") is None


def test_a_wrong_shipment_is_laid_to_whose_change_was_not_acknowledged():
    agent, packer = make_staff("agent"), make_staff("warehouse")
    for acknowledged in (None, timedelta(hours=-1), timedelta(hours=1), "no change"):
        order = make_shipped_order(shipped_at=NOW - timedelta(days=2))
        make_line(order)
        if acknowledged != "no change":
            ChangeNotice.objects.create(
                order=order, kind="sku", made_by=agent, made_at=NOW - timedelta(days=3),
                acknowledged_by=packer if acknowledged else None,
                acknowledged_at=order.consign_time + acknowledged if acknowledged else None,
            )  # fmt: skip
        make_ticket(order, problem="wrong_item", owner=packer)
    report = read_report(FIGURES["wrong-shipments"], TODAY, Narrowed())
    assert {part: tally.rows for part, tally in report.by_part()} == {
        "unacknowledged": 2,
        "changed": 1,
        "packing": 1,
    }
    assert value("wrong-by-change", Narrowed(who=agent.pk)) == 2
    assert value("wrong-by-change", Narrowed(who=packer.pk)) == 0


def test_figures_stand_under_the_shift_in_which_somebody_acted():
    agent = make_staff("agent")
    times = {
        "day": (8, 30),
        "day ": (17, 29),
        "late": (17, 30),
        "late ": (0, 59),
        "off": (1, 0),
        "off ": (8, 29),
    }
    for hour, minute in times.values():
        at = NOW.replace(hour=hour, minute=minute)
        with audit.origin("page"):
            set_flag(make_order().tid, FlagRequest(seller_flag=4, text="留货"), actor=agent, now=at)
    found = read_team(TODAY, Narrowed())
    assert {shift: found[agent.pk, shift]["flags-set"].rows for shift in ("day", "late", "off")} == {
        "day": 2,
        "late": 2,
        "off": 2,
    }
    assert value("flags-set", Narrowed(shift="late")) == 2
    assert value("orders-handled", Narrowed(who=agent.pk)) == 6


@pytest.mark.parametrize("page", ["reports", "reports-postage", "reports-after-sales", "reports-team"])
def test_an_agent_sees_their_own_figures_and_nobody_elses(page):
    mine, other = make_staff("agent", signature="小雨"), make_staff("agent", signature="阿宝")
    make_paid_order(owner=mine)
    make_paid_order(owner=other)
    asked = {"who": other.pk}
    response = signed_in(mine).get(reverse(page), asked)
    assert response.status_code == 200
    assert response.context["narrowed"].who == mine.pk
    assert "阿宝" not in response.content.decode()
    rows = signed_in(mine).get(reverse("report-rows", args=["orders-placed"]), asked)
    assert [row.who for row, *_rest in rows.context["rows"]] == [mine.pk]
    all_rows = signed_in(make_staff("manager")).get(reverse("report-rows", args=["orders-placed"]))
    assert len(all_rows.context["rows"]) == 2


@pytest.mark.parametrize("page", ["reports", "reports-team"])
def test_statements_do_not_grow_with_rows(page, django_assert_num_queries):
    supervisor = make_staff("supervisor")
    client = signed_in(supervisor)
    figures = {"reports": 6, "reports-team": 6}[page]
    statements = 2 + 2 * figures + 1 + (page == "reports-team")
    for _round in range(2):
        with django_assert_num_queries(statements):
            client.get(reverse(page), {"from": "2025-11-22", "to": "2026-11-22"})
        for _number in range(3):
            make_paid_order(owner=supervisor)


def test_rows_are_read_with_a_constant_number_of_statements_and_turned_over(django_assert_num_queries):
    supervisor = make_staff("supervisor")
    for _number in range(53):
        make_order(owner=supervisor)
    client = signed_in(supervisor)
    with django_assert_num_queries(6):
        response = client.get(reverse("report-rows", args=["orders-placed"]))
    assert response.context["page"].total.rows == 53
    seen = [row.key for row, *_rest in response.context["rows"]]
    response = client.get(
        reverse("report-rows", args=["orders-placed"]), {"cursor": response.context["page"].older}
    )
    seen += [row.key for row, *_rest in response.context["rows"]]
    assert len(seen) == len(set(seen)) == 53
    assert client.get(reverse("report-rows", args=["no-such"])).status_code == 404


def test_the_files_hold_what_the_pages_say_and_are_audited():
    agent, manager = make_staff("agent", signature="=小雨"), make_staff("manager")
    make_paid_order(owner=agent, paid_fee=Decimal("505.00"))
    make_paid_order(owner=None, paid_fee=Decimal("0.10"))
    response = signed_in(manager).post(reverse("report-rows-export", args=["money-in"]))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert sorted(row[4] for row in sheet[1:]) == [0.1, 505.0]
    response = signed_in(agent).post(reverse("report-rows-export", args=["money-in"]) + f"?who={manager.pk}")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert [row[4] for row in sheet[1:]] == [505.0]
    response = signed_in(manager).post(reverse("report-export") + "?section=orders")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    whole = {row[0]: row[5] for row in sheet[1:] if row[2] == ""}
    assert whole["Money in"] == 505.1
    assert AuditEntry.objects.filter(action="report.exported").count() == 3


def test_an_empty_shop_says_so():
    response = signed_in(make_staff("supervisor")).get(reverse("reports-team"))
    assert "Choose a longer period" in response.content.decode()
    assert Tally().value(Unit.SHARE) is None


def test_step_size_of_the_address_is_kept():
    response = signed_in(make_staff("supervisor")).get(reverse("reports"), {"step": "month"})
    assert response.context["period"].step == StepSize.MONTH
