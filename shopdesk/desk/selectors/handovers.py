"""What is handed over, and how each line of it stands now (T2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from afterservice.models import Clock
from afterservice.rules.clocks import Awaits
from orders.models import ChangeNotice, Flag, Order
from shopdesk.base.approvals import kind_of
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.listing import Keyset, Page, read_page
from shopdesk.base.models import Approval, RosterEntry, Staff
from shopdesk.base.selectors.roster import shift_hours
from shopdesk.base.shifts import DAY, Plan
from shopdesk.desk.models import Handover, HandoverLine, Promise
from shopdesk.desk.rules.handovers import LINE_LENGTH, Change, change_of_shift

Kind = HandoverLine.Kind
MOST_OF_A_KIND = 100
LINE_KEYSET = Keyset("accept_by", "id", numeric=True, soonest_first=True)
PACKET_KEYSET = Keyset("given_at", "id", numeric=True)
PACKETS_A_PAGE = 20
# Lines are written in the shop's own language, whatever language a page is in: they are frozen as they are.
SHOP_LANGUAGE = "zh-hans"


@dataclass(frozen=True)
class Drawn:
    """A line as the desk draws it up."""

    kind: str
    text: str
    subject: int | None = None
    tid: str | None = None
    ticket: int | None = None
    due_at: datetime | None = None

    @property
    def label(self) -> str:
        """What it is about, in the present language."""
        return str(Kind(self.kind).label)


@dataclass(frozen=True)
class State:
    """How what a line is about stands now."""

    words: str
    done: bool = False
    late: bool = False


@dataclass(frozen=True)
class LineCard:
    """A line with its present state."""

    line: HandoverLine
    state: State | None
    own: bool


def change_for(staff: Staff, now: datetime) -> Change | None:
    """Which shift this person hands over now: three statements."""
    today = now.astimezone(SHANGHAI).date()
    near = (today - DAY, today)
    works = RosterEntry.objects.filter(staff=staff, day__in=near).values_list("day", "shift")
    given = Handover.objects.filter(given_by=staff, day__in=near).values_list("day", "shift")
    return change_of_shift(now, Plan(shift_hours()), works=set(works), given=set(given))


def draw_up(staff: Staff, until: datetime) -> list[Drawn]:
    """What this person leaves open that falls in the next shift, which ends at ``until``: five statements.

    Promises not kept, whenever they are due; clocks of their or nobody's tickets that wait for us and end by then;
    red flags to the next shift that they set; changes of their orders that the warehouse has not acknowledged; what
    they asked a supervisor.
    """
    with translation.override(SHOP_LANGUAGE):
        return [
            *_promises(staff),
            *_clocks(staff, until),
            *_flags(staff),
            *_changes(staff),
            *_approvals(staff),
        ]


def _promises(staff: Staff) -> Iterable[Drawn]:
    for promise in open_promises().filter(keeper=staff).order_by("due_at", "pk")[:MOST_OF_A_KIND]:
        yield Drawn(Kind.PROMISE, promise.text, promise.pk, promise.order_id, None, promise.due_at)


def _clocks(staff: Staff, until: datetime) -> Iterable[Drawn]:
    due = Clock.objects.filter(
        Q(ticket__owner=staff) | Q(ticket__owner__isnull=True),
        awaits=Awaits.US,
        due_at__lte=until,
        **_RUNNING,
    )
    for clock in due.select_related("ticket").order_by("due_at", "pk")[:MOST_OF_A_KIND]:
        text = f"{clock.ticket.number} {clock.get_kind_display()} {clock.ticket.buyer_id}"
        yield Drawn(Kind.CLOCK, text, clock.pk, clock.ticket.order_id, clock.ticket_id, clock.due_at)


def _flags(staff: Staff) -> Iterable[Drawn]:
    stand = Flag.objects.filter(
        addressee=Flag.Addressee.NEXT_SHIFT,
        seller_flag=Order.SellerFlag.RED,
        ended_at__isnull=True,
        acknowledged_at__isnull=True,
        set_by=staff,
    )
    for flag in stand.select_related("note").order_by("until", "pk")[:MOST_OF_A_KIND]:
        text = f"{flag.label}：{flag.note.text}" if flag.note else flag.label
        yield Drawn(Kind.FLAG, text[:LINE_LENGTH], flag.pk, flag.order_id, None, flag.until)


def _changes(staff: Staff) -> Iterable[Drawn]:
    unseen = ChangeNotice.objects.filter(acknowledged_at__isnull=True, order__owner=staff)
    for notice in unseen.order_by("made_at", "pk")[:MOST_OF_A_KIND]:
        text = f"{notice.get_kind_display()} {notice.before} → {notice.after}".rstrip(" →")
        yield Drawn(Kind.CHANGE, text[:LINE_LENGTH], notice.pk, notice.order_id)


def _approvals(staff: Staff) -> Iterable[Drawn]:
    asked = Approval.objects.filter(status=Approval.Status.PENDING, requested_by=staff)
    for approval in asked.order_by("requested_at", "pk")[:MOST_OF_A_KIND]:
        ticket = int(approval.subject_id) if approval.subject_kind == "ticket" else None
        tid = approval.subject_id if approval.subject_kind == "order" else None
        text = f"{kind_of(approval.kind).title}：{approval.reason}"
        yield Drawn(Kind.APPROVAL, text[:LINE_LENGTH], approval.pk, tid, ticket)


def drawn_drafts(drafts: Sequence[tuple[str, str]]) -> list[Drawn]:
    """Texts that were typed and not sent, each with the order that it was typed on: one statement."""
    known = set(Order.objects.filter(pk__in=[tid for tid, _text in drafts]).values_list("pk", flat=True))
    return [
        Drawn(Kind.DRAFT, text.strip(), None, tid if tid in known else None)
        for tid, text in drafts
        if text.strip()
    ]


# How a line's subject is found, and what still being open means of it.
_RUNNING: Mapping[str, Any] = {
    "stopped_at__isnull": True,
    "expired_at__isnull": True,
    "paused_at__isnull": True,
}


def open_promises() -> QuerySet[Promise]:
    """Promises that nobody has said anything about yet."""
    return Promise.objects.filter(status=Promise.Status.OPEN)


_OPEN: Mapping[str, Callable[[], QuerySet[Any]]] = {
    Kind.PROMISE: open_promises,
    Kind.CLOCK: lambda: Clock.objects.filter(stopped_at__isnull=True),
    Kind.FLAG: lambda: Flag.objects.filter(ended_at__isnull=True, acknowledged_at__isnull=True),
    Kind.CHANGE: lambda: ChangeNotice.objects.filter(acknowledged_at__isnull=True),
    Kind.APPROVAL: lambda: Approval.objects.filter(status=Approval.Status.PENDING),
}


def unaccepted() -> QuerySet[HandoverLine]:
    """Lines that nobody accepted and whose subject is still open: what was done meanwhile needs nobody."""
    still = Q(subject__isnull=True)
    for kind, rows in _OPEN.items():
        still |= Q(Exists(rows().filter(pk=OuterRef("subject"))), kind=kind)
    return HandoverLine.objects.filter(still, accepted_at__isnull=True)


def to_accept(staff: Staff) -> QuerySet[HandoverLine]:
    """Those that somebody else handed over."""
    return unaccepted().exclude(handover__given_by=staff)


def with_supervisors() -> QuerySet[HandoverLine]:
    """Those that nobody accepted in time."""
    return unaccepted().filter(escalated_at__isnull=False)


def to_answer(staff: Staff) -> QuerySet[HandoverLine]:
    """Questions back to this person."""
    return HandoverLine.objects.filter(handover__given_by=staff, answer="").exclude(question="")


def overdue_lines(now: datetime) -> QuerySet[HandoverLine]:
    """What goes to the supervisors: not accepted in time, still open, and not there yet."""
    return unaccepted().filter(escalated_at__isnull=True, accept_by__lte=now)


def read_lines(
    lines: QuerySet[HandoverLine], *, staff: Staff, now: datetime, cursor: str = ""
) -> tuple[Page[HandoverLine], list[LineCard]]:
    """One page of lines with their present states, the soonest due first: seven statements at most."""
    page = read_page(_with_names(lines), LINE_KEYSET, cursor)
    return page, line_cards(page.rows, staff=staff, now=now)


def read_packet(handover: Handover, *, staff: Staff, now: datetime) -> list[LineCard]:
    """All lines of a packet, in their order, with their present states."""
    lines = _with_names(HandoverLine.objects.filter(handover=handover)).order_by("position")
    return line_cards(list(lines), staff=staff, now=now)


def read_packets(cursor: str = "") -> Page[Handover]:
    """Packets, the newest first."""
    return read_page(Handover.objects.select_related("given_by"), PACKET_KEYSET, cursor, size=PACKETS_A_PAGE)


def line_cards(lines: Sequence[HandoverLine], *, staff: Staff, now: datetime) -> list[LineCard]:
    """Lines with their present states: a statement for each kind that is there."""
    states = live_states(lines, now)
    return [
        LineCard(line, states.get((line.kind, line.subject)), line.handover.given_by_id == staff.pk)
        for line in lines
    ]


def _with_names(lines: QuerySet[HandoverLine]) -> QuerySet[HandoverLine]:
    return lines.select_related("handover__given_by", "accepted_by", "asked_by", "order__buyer")


def live_states(lines: Sequence[HandoverLine], now: datetime) -> dict[tuple[str, int | None], State]:
    """How the subjects of lines stand now, whatever the frozen lines say."""
    found: dict[tuple[str, int | None], State] = {}
    for kind, (rows, state) in _STATES.items():
        keys = {line.subject for line in lines if line.kind == kind and line.subject is not None}
        if keys:
            found |= {(kind, row.pk): state(row, now) for row in rows().filter(pk__in=keys)}
    return found


def _promise_state(promise: Promise, now: datetime) -> State:
    if promise.status != Promise.Status.OPEN:
        return State(str(promise.get_status_display()), done=True)
    return State(
        _("overdue") if promise.due_at <= now else str(Promise.Status.OPEN.label), late=promise.due_at <= now
    )


def _clock_state(clock: Clock, now: datetime) -> State:
    if clock.stopped_at is not None:
        return State(_("done"), done=True)
    if clock.expired_at is not None or clock.due_at <= now:
        return State(_("ran out"), late=True)
    return State(_("on hold") if clock.paused_at is not None else _("runs"))


def _flag_state(flag: Flag, now: datetime) -> State:
    if flag.ended_at is not None:
        return State(_("taken off"), done=True)
    if flag.acknowledged_at is not None:
        return State(_("acknowledged"), done=True)
    late = flag.until is not None and flag.until <= now
    return State(_("overdue") if late else _("stands"), late=late)


def _change_state(notice: ChangeNotice, now: datetime) -> State:
    seen = notice.acknowledged_at is not None
    return State(_("acknowledged") if seen else _("not acknowledged"), done=seen)


def _approval_state(approval: Approval, now: datetime) -> State:
    return State(str(approval.get_status_display()), done=approval.status != Approval.Status.PENDING)


_STATES: Mapping[str, tuple[Callable[[], QuerySet[Any]], Callable[[Any, datetime], State]]] = {
    Kind.PROMISE: (Promise.objects.all, _promise_state),
    Kind.CLOCK: (Clock.objects.all, _clock_state),
    Kind.FLAG: (Flag.objects.all, _flag_state),
    Kind.CHANGE: (ChangeNotice.objects.all, _change_state),
    Kind.APPROVAL: (Approval.objects.all, _approval_state),
}
