"""Taking reports out as files (T4, D3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role
from shopdesk.base.spreadsheets import Cell
from shopdesk.desk.events import report_exported
from shopdesk.desk.selectors.reports.cards import Card, TeamRow, step_label
from shopdesk.desk.selectors.reports.figures import Figure, Unit
from shopdesk.desk.selectors.reports.periods import Period
from shopdesk.desk.selectors.reports.reading import Narrowed, all_rows, read_report
from shopdesk.desk.selectors.reports.team import TEAM_TABLE

# A workbook is written whole, then sent.
MOST_ROWS = 100_000


@dataclass(frozen=True)
class ReportFile:
    """A header and the rows of one sheet."""

    header: list[str]
    rows: Iterator[list[Cell]]


def seen_by(staff: Staff, wanted: Narrowed) -> Narrowed:
    """What a person sees of what was asked for: agents their own figures only (T4, contract)."""
    if staff.role != Role.AGENT:
        return wanted
    return replace(wanted, who=staff.pk)


def export_rows(
    figure: Figure,
    period: Period,
    wanted: Narrowed,
    *,
    actor: Staff,
    filters: Mapping[str, str],
    now: datetime | None = None,
) -> ReportFile:
    """The rows behind a figure as one sheet; who took them is audited.

    Raises ``Forbidden`` (T4) by role, ``DomainError`` (D3) for more rows than a workbook holds.
    """
    _check(actor)
    wanted = seen_by(actor, wanted)
    if read_report(figure, period, wanted).total.rows > MOST_ROWS:
        raise DomainError(
            "D3", gettext_lazy("A workbook holds %(most)s rows. Choose fewer days.") % {"most": MOST_ROWS}
        )
    audit.record(report_exported(figure.code, filters), at=now or clock.now(), actor=actor)
    people = dict(Staff.objects.values_list("pk", "signature"))
    header = [_("When"), _("Order or ticket"), _("Of"), _("Who"), _("Amount")]
    rows: Iterator[list[Cell]] = (
        [
            row.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            f"T{row.key}" if row.kind == "ticket" else row.key,
            figure.part_name(row.part),
            people.get(row.who, "") if row.who else "",
            row.amount if figure.unit != Unit.COUNT else None,
        ]
        for row in all_rows(figure, period, wanted, MOST_ROWS)
    )
    return ReportFile(header, rows)


def export_section(
    section: str,
    cards: list[Card],
    *,
    actor: Staff,
    filters: Mapping[str, str],
    now: datetime | None = None,
) -> ReportFile:
    """The figures of a page as one sheet: a row for each step and part, and one for the whole; audited."""
    _check(actor)
    audit.record(report_exported(section, filters), at=now or clock.now(), actor=actor)
    header = [_("Figure"), _("Rule"), _("From"), _("Of"), _("Rows"), _("Value"), _("The period before")]
    return ReportFile(header, _section_rows(cards))


def _section_rows(cards: list[Card]) -> Iterator[list[Cell]]:
    for card in cards:
        figure, report = card.figure, card.report
        title, rule, unit = str(figure.title), figure.rule, figure.unit
        whole = report.total
        yield [title, rule, "", _("in all"), whole.rows, whole.value(unit), report.before.value(unit)]
        for (start, part), tally in sorted(report.tallies.items()):
            label = step_label(start, report.period.step)
            yield [title, rule, label, figure.part_name(part), tally.rows, tally.value(unit), None]


def export_team(
    people: list[TeamRow],
    shifts: list[TeamRow],
    *,
    actor: Staff,
    filters: Mapping[str, str],
    now: datetime | None = None,
) -> ReportFile:
    """The table per agent and shift as one sheet; audited."""
    _check(actor)
    audit.record(report_exported("team", filters), at=now or clock.now(), actor=actor)
    header = [_("Person or shift"), *(str(figure.title) for figure in TEAM_TABLE)]
    rows: Iterator[list[Cell]] = (
        [row.name, *(cell.value for cell in row.cells)] for row in (*people, *shifts)
    )
    return ReportFile(header, rows)


def _check(actor: Staff) -> None:
    if not actor.may(Permission.SEE_REPORTS):
        raise Forbidden("T4", gettext_lazy("Your role does not see reports."))
