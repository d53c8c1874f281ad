"""Reports (T4): a page for each section, the rows behind any number, and both as files."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from afterservice.models import Ticket
from orders.models import Order
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role
from shopdesk.base.replica import ReadsReplica
from shopdesk.base.selectors.roster import shift_hours
from shopdesk.base.shifts import DAY
from shopdesk.base.spreadsheets import XLSX_TYPE, xlsx_file
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.reports.cards import section_cards, shift_name, shown, team_rows
from shopdesk.desk.selectors.reports.figures import Figure, Section, Unit
from shopdesk.desk.selectors.reports.periods import Period, StepSize
from shopdesk.desk.selectors.reports.reading import (
    FIGURES,
    OFF_SHIFT,
    SHIFT_CODES,
    Narrowed,
    Row,
    read_rows,
)
from shopdesk.desk.selectors.reports.team import TEAM_TABLE
from shopdesk.desk.services.reports import (
    ReportFile,
    export_rows,
    export_section,
    export_team,
    seen_by,
)

SECTION_TITLES = {
    Section.TRADE: gettext_lazy("Orders and money"),
    Section.POSTAGE: gettext_lazy("Postage"),
    Section.AFTER_SALES: gettext_lazy("After-sales"),
    Section.TEAM: gettext_lazy("Agents and shifts"),
}


def read_period(query: Mapping[str, str]) -> Period:
    """The period that an address asks for."""
    return Period.read(query, clock.now().astimezone(clock.SHANGHAI).date())


def read_narrowed(query: Mapping[str, str], staff: Staff) -> Narrowed:
    """Which rows an address asks for, as far as a person may see them; what it does not understand it leaves out."""
    who, shift = query.get("who", ""), query.get("shift", "")
    days = None
    if query.get("first") and query.get("last"):
        # The days of a bar are read as any other period is.
        days = read_period({"from": query["first"], "to": query["last"]})
    asked = Narrowed(
        int(who) if who.isascii() and who.isdigit() and len(who) <= 9 else None,
        shift if shift in (*SHIFT_CODES, OFF_SHIFT) else "",
        query["part"][:255].replace("\x00", "") if "part" in query else None,
        days.first if days else None,
        days.last if days else None,
        shift_hours(),
    )
    return seen_by(staff, asked)


def section_address(section: Section) -> str:
    """The page of a section."""
    return reverse("reports" if section == Section.TRADE else f"reports-{section.value}")


class ReportPage(ReadsReplica, StaffPageView):
    """The figures of a section over a period, each beside the period before."""

    permission = Permission.SEE_REPORTS
    template_name = "reports/section.html"
    section: ClassVar[Section] = Section.TRADE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements, whatever the period: two for each figure, the people, who looks."""
        query = self.request.GET.dict()
        period = read_period(query)
        narrowed = read_narrowed(
            {name: value for name, value in query.items() if name in ("who", "shift")}, self.staff
        )
        people = list(Staff.objects.order_by("signature", "pk"))
        team, shifts = team_rows(period, narrowed, people) if self.section == Section.TEAM else ([], [])
        return super().get_context_data(
            **frame(self.section, period, narrowed, self.staff),
            cards=section_cards(self.section, period, narrowed),
            people=[person for person in people if person.role in (Role.AGENT, Role.SUPERVISOR)],
            team=team,
            shifts=shifts,
            team_table=TEAM_TABLE,
            **kwargs,
        )


class PostagePage(ReportPage):
    """Postage charged and given away."""

    section = Section.POSTAGE


class AfterSalesPage(ReportPage):
    """Tickets by reason and product, clocks kept, wrong shipments."""

    section = Section.AFTER_SALES


class TeamPage(ReportPage):
    """Figures per agent and shift."""

    section = Section.TEAM


def frame(section: Section, period: Period, narrowed: Narrowed, staff: Staff) -> dict[str, Any]:
    """What stands around every report: tabs, the period, whose figures."""
    asked = period.parameters | {"who": str(narrowed.who or ""), "shift": narrowed.shift}
    query = urlencode({name: value for name, value in asked.items() if value})
    return {
        "section": section,
        "sections": [
            (title, f"{section_address(each)}?{query}", each is section)
            for each, title in SECTION_TITLES.items()
        ],
        "period": period,
        "before": period.before,
        "quick": _quick_periods(narrowed),
        "steps": StepSize.choices,
        "narrowed": narrowed,
        "shift_choices": [(code, shift_name(code)) for code in (*SHIFT_CODES, OFF_SHIFT)],
        "own_only": staff.role == Role.AGENT,
        "query": query,
    }


def _quick_periods(narrowed: Narrowed) -> list[tuple[str, str]]:
    today = clock.now().astimezone(clock.SHANGHAI).date()
    month = today.replace(day=1)
    choices = [
        (_("Today"), Period(today, today)),
        (_("7 days"), Period(today - 6 * DAY, today)),
        (_("This month"), Period(month, today)),
        (_("Last month"), Period((month - DAY).replace(day=1), month - DAY)),
        (_("12 months"), Period((month - 335 * DAY).replace(day=1), today, StepSize.MONTH)),
    ]
    kept = {"who": str(narrowed.who or ""), "shift": narrowed.shift}
    return [
        (title, "?" + urlencode(period.parameters | {name: value for name, value in kept.items() if value}))
        for title, period in choices
    ]


class RowsPage(ReadsReplica, StaffPageView):
    """The rows behind a number: exactly those, and what they come to."""

    permission = Permission.SEE_REPORTS
    template_name = "reports/rows.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of rows, the total of all, the orders or tickets and people behind: a constant number of reads."""
        figure = _figure(kwargs["code"])
        query = self.request.GET.dict()
        period, narrowed = read_period(query), read_narrowed(query, self.staff)
        page = read_rows(figure, period, narrowed, query.get("cursor", ""))
        people = {person.pk: person for person in Staff.objects.all()}
        first, last = narrowed.first or period.first, narrowed.last or period.last
        return super().get_context_data(
            figure=figure,
            period=period,
            narrowed=narrowed,
            first=first,
            last=last,
            page=page,
            rows=_with_subjects(figure, page.rows, people),
            value=shown(page.total.value(figure.unit), figure.unit),
            with_amounts=figure.unit != Unit.COUNT or figure.code == "orders-placed",
            part=figure.part_name(narrowed.part) if narrowed.part is not None else "",
            person=people.get(narrowed.who) if narrowed.who else None,
            shift=shift_name(narrowed.shift) if narrowed.shift else "",
            listed=figure.list_address(first, last, narrowed.part or "", narrowed.who)
            if not narrowed.shift
            else None,
            back=f"{section_address(figure.section)}?{urlencode(_kept(period, narrowed))}",
            query=self.request.GET.urlencode(),
            **kwargs,
        )


def _kept(period: Period, narrowed: Narrowed) -> dict[str, str]:
    asked = period.parameters | {"who": str(narrowed.who or ""), "shift": narrowed.shift}
    return {name: value for name, value in asked.items() if value}


def _figure(code: str) -> Figure:
    try:
        return FIGURES[code]
    except KeyError:
        raise Http404 from None


def _with_subjects(
    figure: Figure, rows: Any, people: Mapping[int, Staff]
) -> list[tuple[Row, Any, str, Staff | None, str]]:
    """Each row with its order or ticket, the name of its part, the person, and its amount in words."""
    orders = Order.objects.select_related("buyer").in_bulk([row.key for row in rows if row.kind == "order"])
    tickets = Ticket.objects.select_related("buyer").in_bulk(
        [int(row.key) for row in rows if row.kind == "ticket"]
    )
    return [
        (
            row,
            orders.get(row.key) if row.kind == "order" else tickets.get(int(row.key)),
            figure.part_name(row.part),
            people.get(row.who) if row.who else None,
            _amount(figure, row),
        )
        for row in rows
    ]


def _amount(figure: Figure, row: Row) -> str:
    if figure.unit == Unit.SHARE:
        return "—" if row.amount is None else _("yes") if row.amount else _("no")
    return shown(row.amount, Unit.SCORE if figure.unit == Unit.SCORE else Unit.MONEY)


class ExportReport(ReadsReplica, StaffActionView):
    """A section as a workbook. It is audited, so it is a POST."""

    permission = Permission.SEE_REPORTS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        query = request.GET.dict()
        period, narrowed = read_period(query), read_narrowed(_section_only(query), self.staff)
        section = Section(query["section"]) if query.get("section") in _SECTIONS else Section.TRADE
        filters = _kept(period, narrowed)
        if section == Section.TEAM:
            people, shifts = team_rows(period, narrowed, Staff.objects.order_by("signature", "pk"))
            taken = export_team(people, shifts, actor=self.staff, filters=filters)
        else:
            cards = section_cards(section, period, narrowed)
            taken = export_section(section.value, cards, actor=self.staff, filters=filters)
        return _workbook(taken, f"{section.value}-{period.first}-{period.last}.xlsx")

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The reports."""
        return reverse("reports")


class ExportRows(ReadsReplica, StaffActionView):
    """The rows behind a number as a workbook."""

    permission = Permission.SEE_REPORTS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        figure = _figure(kwargs["code"])
        query = request.GET.dict()
        query.pop("cursor", None)
        period, narrowed = read_period(query), read_narrowed(query, self.staff)
        taken = export_rows(figure, period, narrowed, actor=self.staff, filters=query)
        return _workbook(taken, f"{figure.code}-{period.first}-{period.last}.xlsx")

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The rows."""
        return f"{reverse('report-rows', args=[kwargs['code']])}?{request.GET.urlencode()}"


def _section_only(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name in ("who", "shift")}


def _workbook(taken: ReportFile, name: str) -> HttpResponse:
    response = HttpResponse(xlsx_file(taken.header, taken.rows), content_type=XLSX_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "no-store"
    return response


_SECTIONS = {section.value for section in Section}
