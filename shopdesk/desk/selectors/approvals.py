"""Reading the approvals inbox (P1–P3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket
from orders.models import Order
from shopdesk.base.approvals import ApprovalKind, ChangeWords, kind_of
from shopdesk.base.listing import Keyset, Page, read_page
from shopdesk.base.models import Approval, Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.selectors.roster import asked_of, supervision, supervisors_on_shift
from shopdesk.base.services.lapsing import escalates_at

SIMILAR_SHOWN = 3
# A page of requests is shorter than other pages: a card takes more room than a row.
CARDS = 20
DECIDED = (Approval.Status.APPROVED, Approval.Status.REFUSED)


@dataclass(frozen=True)
class Tab:
    """One way to look at the requests."""

    code: str
    title: str | Promise
    keyset: Keyset


TABS = {
    tab.code: tab
    for tab in (
        Tab("pending", _("Waiting"), Keyset("requested_at", "id", numeric=True)),
        Tab("to-me", _("To you"), Keyset("requested_at", "id", numeric=True)),
        Tab("decided", _("Decided"), Keyset("decided_at", "id", numeric=True)),
        Tab("mine", _("Asked by me"), Keyset("requested_at", "id", numeric=True)),
    )
}


@dataclass
class Card:
    """One request with everything that is needed to decide it."""

    approval: Approval
    kind: ApprovalKind
    words: list[ChangeWords]
    similar: Sequence[Approval] = ()
    order: Order | None = None
    ticket: Ticket | None = None
    # P3: from when it is every supervisor's, and whether that is past; nothing once it was decided.
    escalates_at: datetime | None = None
    escalated: bool = False
    may_decide: bool = False
    own: bool = False
    # P3: who is asked until then; nobody by name where the roster names nobody.
    on_shift: Sequence[Staff] = ()

    @property
    def pending(self) -> bool:
        """Whether it still waits for a decision."""
        return self.approval.status == Approval.Status.PENDING

    @property
    def subject_changed(self) -> bool:
        """Whether the subject is not what it was when this was asked: deciding lets the request lapse (P2)."""
        subject = self.order or self.ticket
        return self.pending and subject is not None and subject.version != self.approval.subject_version

    @property
    def buyer(self) -> str | None:
        """The nick of who it is about."""
        subject = self.order or self.ticket
        return subject.buyer_id if subject is not None else None


def visible_to(staff: Staff) -> QuerySet[Approval]:
    """The requests that a person may look at: without prices, only their own (T1)."""
    requests = Approval.objects.all()
    return requests if staff.may(Permission.SEE_PRICES) else requests.filter(requested_by=staff)


def tabs_of(staff: Staff) -> list[Tab]:
    """The ways to look at requests that make sense for a person."""
    decides = staff.may(Permission.DECIDE_APPROVAL)
    return [tab for tab in TABS.values() if tab.code != "to-me" or decides]


def waiting_for(staff: Staff, now: datetime) -> QuerySet[Approval]:
    """The requests that wait for this supervisor: their shift's, and those that nobody answered (P3)."""
    return asked_of(staff, visible_to(staff).filter(status=Approval.Status.PENDING), now)


def read_approvals(
    tab: Tab, *, staff: Staff, now: datetime, cursor: str = "", size: int = CARDS
) -> tuple[Page[Approval], list[Card]]:
    """One page of requests as cards: six statements, and one for who decided the similar ones."""
    requests = visible_to(staff)
    if tab.code == "pending":
        requests = requests.filter(status=Approval.Status.PENDING)
    elif tab.code == "to-me":
        requests = waiting_for(staff, now)
    elif tab.code == "decided":
        requests = requests.exclude(status=Approval.Status.PENDING)
    else:
        requests = requests.filter(requested_by=staff)
    page = read_page(requests.select_related("requested_by", "decided_by"), tab.keyset, cursor, size)
    return page, cards(page.rows, staff=staff, now=now)


def cards(approvals: Sequence[Approval], *, staff: Staff, now: datetime) -> list[Card]:
    """Requests with their words, their subjects and similar past decisions."""
    orders = Order.objects.select_related("buyer").in_bulk(
        [approval.subject_id for approval in approvals if approval.subject_kind == "order"]
    )
    tickets = Ticket.objects.in_bulk(
        [int(approval.subject_id) for approval in approvals if approval.subject_kind == "ticket"]
    )
    similar = _similar(
        {approval.kind for approval in approvals if approval.status == Approval.Status.PENDING}
    )
    sees_prices, decides = staff.may(Permission.SEE_PRICES), staff.may(Permission.DECIDE_APPROVAL)
    plan = supervision(now)
    on_shift = supervisors_on_shift(now, plan)
    made = []
    for approval in approvals:
        kind = kind_of(approval.kind)
        own = approval.requested_by_id == staff.pk
        pending = approval.status == Approval.Status.PENDING
        everybodys = escalates_at(approval, plan) if pending else None
        made.append(
            Card(
                approval,
                kind,
                words=[line for line in kind.words(approval) if sees_prices or not line.money],
                similar=similar.get(approval.kind, []) if sees_prices else [],
                order=orders.get(approval.subject_id),
                ticket=tickets.get(int(approval.subject_id)) if approval.subject_kind == "ticket" else None,
                escalates_at=everybodys,
                escalated=everybodys is not None and everybodys <= now,
                may_decide=decides and not own,
                own=own,
                on_shift=on_shift,
            )
        )
    return made


_SIMILAR = """
SELECT past.* FROM unnest(%s::text[]) AS wanted CROSS JOIN LATERAL (
    SELECT * FROM base_approval
    WHERE kind = wanted AND status = ANY (%s) ORDER BY decided_at DESC LIMIT %s
) past ORDER BY past.decided_at DESC
"""


def _similar(kinds: Iterable[str]) -> dict[str, list[Approval]]:
    by_kind: dict[str, list[Approval]] = {}
    if not (wanted := sorted(kinds)):
        return by_kind
    past = list(Approval.objects.raw(_SIMILAR, [wanted, [str(status) for status in DECIDED], SIMILAR_SHOWN]))
    prefetch_related_objects(past, "decided_by")
    for approval in past:
        by_kind.setdefault(approval.kind, []).append(approval)
    return by_kind
