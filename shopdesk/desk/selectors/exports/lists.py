"""Buyers, approvals, runs of jobs, promises, the roster, people and replies as files."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.selectors import tiers_at
from shopdesk.base import jobs
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Rows, parameters, walk
from shopdesk.base.permissions import Permission
from shopdesk.desk.rules.replies import Moment
from shopdesk.desk.selectors.approvals import TABS, Card, read_approvals, tabs_of
from shopdesk.desk.selectors.jobs import ONLY, read_runs
from shopdesk.desk.selectors.members import SEARCH_LENGTH, buyers, read_lifetime, read_members, tier_counts
from shopdesk.desk.selectors.people import read_people
from shopdesk.desk.selectors.promises import TABS as PROMISE_TABS
from shopdesk.desk.selectors.promises import read_promises
from shopdesk.desk.selectors.replies import replies_for_page, title_of
from shopdesk.desk.selectors.roster import asked_week, read_week

# As the page of replies cuts it.
LONGEST_SEARCH = 60


def _name(person: Any) -> str:
    return str(person) if person is not None else ""


def _members(asked: Asked) -> Iterator[Rows]:
    table = tiers_at(asked.now)
    tier = asked.query.get("tier", "")
    found = buyers(
        asked.query.get("q", "")[:SEARCH_LENGTH], tier if tier in tier_counts(table) else "", table
    )

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_members(found, table, cursor, BATCH)
        return page.older, rows

    def read_for_life(cursor: str) -> tuple[str | None, Rows]:
        lifetime = read_lifetime(cursor, BATCH)
        return lifetime.older, lifetime.rows

    return walk(read_for_life if asked.query.get("view") == "lifetime" else read)


MEMBER_COLUMNS = (
    Column(_("Buyer"), lambda row: row.buyer.nick),
    Column(_("Tier"), lambda row: row.standing.tier.name if row.standing.tier else ""),
    Column(_("Spent"), lambda row: row.buyer.spend, money=True),
    Column(
        _("To the next tier"),
        lambda row: row.standing.missing if row.standing.next_tier else None,
        money=True,
    ),
    Column(_("Orders"), lambda row: row.orders),
    Column(_("Last order"), lambda row: row.last_order),
    Column(_("Known since"), lambda row: row.buyer.first_seen_at),
    Column(_("Free shipping for life"), lambda row: _("yes") if row.free_for_life else ""),
    Column(_("Tags"), lambda row: "；".join(tag.name for tag in row.tags)),
)
LIFETIME_COLUMNS = (
    Column(_("Buyer"), lambda row: row.buyer_id),
    Column(_("Year"), lambda row: row.year),
    Column(_("Spend of the year"), lambda row: row.spend if row.year else None, money=True),
    Column(_("To this address only"), lambda row: row.address, spoken=True),
    Column(_("Status"), lambda row: row.get_status_display()),
    Column(_("Since"), lambda row: row.proposed_at),
)
MEMBERS = ExportList(
    "members",
    _("Members"),
    "members",
    Permission.EXPORT,
    lambda asked: LIFETIME_COLUMNS if asked.query.get("view") == "lifetime" else MEMBER_COLUMNS,
    _members,
    parameters("q", "tier", "view"),
)


def _approvals(asked: Asked) -> Iterator[Rows]:
    code = asked.query.get("tab", "")
    tab = next((tab for tab in tabs_of(asked.staff) if tab.code == code), TABS["pending"])

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, cards = read_approvals(tab, staff=asked.staff, now=asked.now, cursor=cursor, size=BATCH)
        return page.older, cards

    return walk(read)


def _words(card: Card, side: str) -> str:
    return "；".join(f"{line.label}: {getattr(line, side)}" for line in card.words if getattr(line, side))


APPROVALS = ExportList(
    "approvals",
    _("Approvals"),
    "approvals",
    Permission.EXPORT,
    (
        Column(
            _("Order or ticket"),
            lambda card: (
                f"T{card.approval.subject_id}"
                if card.approval.subject_kind == "ticket"
                else card.approval.subject_id
            ),
        ),
        Column(_("Buyer"), lambda card: card.buyer or ""),
        Column(_("Request"), lambda card: card.kind.title),
        Column(_("Rule"), lambda card: card.approval.rule),
        Column(_("At stake"), lambda card: card.approval.amount, money=True),
        Column(_("As it is"), lambda card: _words(card, "before"), spoken=True),
        Column(_("If approved"), lambda card: _words(card, "after"), spoken=True),
        Column(_("Reason"), lambda card: card.approval.reason, spoken=True),
        Column(_("Asked"), lambda card: card.approval.requested_at),
        Column(_("By"), lambda card: _name(card.approval.requested_by)),
        Column(_("State"), lambda card: card.approval.get_status_display()),
        Column(_("Decided"), lambda card: card.approval.decided_at),
        Column(_("Decided by"), lambda card: _name(card.approval.decided_by)),
        Column(_("Word"), lambda card: card.approval.decision_reason, spoken=True),
    ),
    _approvals,
    parameters("tab"),
)


def _runs(asked: Asked) -> Iterator[Rows]:
    job, only = asked.query.get("job", ""), asked.query.get("only", "")
    titles = {known.name: known.title for known in jobs.registered()}
    job, only = job if job in titles else "", only if only in ONLY else ""

    def read(cursor: str) -> tuple[str | None, Rows]:
        page = read_runs(now=asked.now, job=job, only=only, cursor=cursor, size=BATCH)
        return page.older, [(run, titles.get(run.name, run.name)) for run in page.rows]

    return walk(read)


JOB_RUNS = ExportList(
    "job-runs",
    _("Runs of jobs"),
    "jobs",
    Permission.EXPORT,
    (
        Column(_("Job"), lambda row: row[1]),
        Column(_("Started"), lambda row: row[0].started_at),
        Column(_("Ended"), lambda row: row[0].ended_at),
        Column(
            _("By"),
            lambda row: _name(row[0].started_by) if row[0].started_by else row[0].get_trigger_display(),
        ),
        Column(_("Dry run"), lambda row: _("yes") if row[0].dry_run else ""),
        Column(_("Done"), lambda row: row[0].done),
        Column(_("Skipped"), lambda row: row[0].skipped),
        Column(_("Failed"), lambda row: row[0].failed),
        Column(_("Error"), lambda row: (row[0].error.strip().splitlines() or [""])[-1]),
    ),
    _runs,
    parameters("job", "only"),
)


def _promises(asked: Asked) -> Iterator[Rows]:
    tab = asked.query.get("tab", "")
    tab = tab if tab in PROMISE_TABS else PROMISE_TABS[0]

    def read(cursor: str) -> tuple[str | None, Rows]:
        page = read_promises(tab, staff=asked.staff, cursor=cursor, size=BATCH)
        return page.older, page.rows

    return walk(read)


PROMISES = ExportList(
    "promises",
    _("Promises"),
    "promises",
    Permission.EXPORT,
    (
        Column(_("Order"), lambda promise: promise.order_id),
        Column(_("Buyer"), lambda promise: promise.order.buyer_id or ""),
        Column(_("Promised"), lambda promise: promise.text, spoken=True),
        Column(_("Due"), lambda promise: promise.due_at),
        Column(_("Who keeps it"), lambda promise: _name(promise.keeper)),
        Column(_("Made"), lambda promise: promise.made_at),
        Column(_("By"), lambda promise: _name(promise.made_by)),
        Column(_("State"), lambda promise: promise.get_status_display()),
        Column(_("Ended"), lambda promise: promise.ended_at),
        Column(_("Word"), lambda promise: promise.word, spoken=True),
    ),
    _promises,
    parameters("tab"),
)


def _roster(asked: Asked) -> Iterator[Rows]:
    yield read_week(_monday(asked), staff=asked.staff, now=asked.now).rows


def _monday(asked: Asked) -> Any:
    return asked_week(asked.query.get("week", ""), asked.now)


def _roster_columns(asked: Asked) -> Sequence[Column]:
    week = read_week(_monday(asked), staff=asked.staff, now=asked.now)

    def on(day: int) -> Column:
        return Column(week.days[day].day.isoformat(), lambda row: row.cells[day].words)

    return [
        Column(_("Who"), lambda row: str(row.staff)),
        Column(_("Role"), lambda row: row.staff.get_role_display()),
        *(on(day) for day in range(len(week.days))),
    ]


ROSTER = ExportList(
    "roster",
    _("Roster"),
    "roster",
    Permission.EXPORT_WAREHOUSE,
    _roster_columns,
    _roster,
    parameters("week"),
)


def _people(asked: Asked) -> Iterator[Rows]:
    yield read_people(active=asked.query.get("tab") != "off", now=asked.now)


PEOPLE = ExportList(
    "people",
    _("People"),
    "people",
    Permission.ADMINISTER,
    (
        Column(_("Signature"), lambda row: str(row.staff)),
        Column(_("Sign-in name"), lambda row: row.staff.username),
        Column(_("Role"), lambda row: row.staff.get_role_display()),
        Column(_("Next shift"), lambda row: row.next_shift.day if row.next_shift else None),
        Column(_("Shift"), lambda row: row.next_shift.get_shift_display() if row.next_shift else ""),
        Column(_("Last sign-in"), lambda row: row.staff.last_login),
        Column(_("Locked out"), lambda row: _("yes") if row.locked else ""),
    ),
    _people,
    parameters("tab"),
)


def _replies(asked: Asked) -> Iterator[Rows]:
    moment = asked.query.get("moment", "")
    yield replies_for_page(
        asked.staff,
        view=asked.query.get("view", ""),
        moment=moment if moment in Moment.values else "",
        text=asked.query.get("q", "")[:LONGEST_SEARCH],
    )


REPLIES = ExportList(
    "replies",
    _("Canned replies"),
    "replies",
    Permission.EXPORT,
    (
        Column(_("Title"), title_of),
        Column(_("Chinese title"), lambda reply: reply.title),
        Column(_("English title"), lambda reply: reply.title_en),
        Column(_("Moment"), lambda reply: reply.get_moment_display()),
        Column(_("Whose"), lambda reply: _("mine") if reply.owner_id else _("shared by all")),
        Column(_("Text"), lambda reply: reply.text),
        Column(_("English text"), lambda reply: reply.text_en),
        Column(_("Changed"), lambda reply: reply.changed_at),
        Column(_("By"), lambda reply: _name(reply.changed_by)),
    ),
    _replies,
    parameters("q", "moment", "view"),
)
LISTS = (MEMBERS, APPROVALS, JOB_RUNS, PROMISES, ROSTER, PEOPLE, REPLIES)
