"""The views and filters of the ticket list: read from an address, as conditions on tickets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket
from afterservice.models.tickets import (
    DUE_BY_BUYER,
    DUE_BY_US,
    NO_CLOCK,
    OF_HIGH_PRIORITY,
    ON_PLATFORM,
    WITH_SUPERVISOR,
)
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.search import Key, Wanted, keys_of
from afterservice.states import OPEN_CASES, Case, Goods
from shopdesk.base.listing import Keyset, midnight, read_day
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role

# Soonest due first; what no clock runs for comes last, by rising numbers.
BY_DUE = Keyset("due", "pk", numeric=True, soonest_first=True)
BY_OPENING = Keyset("opened_at", "pk", numeric=True)
NOTHING = Wanted("", "")


@dataclass(frozen=True)
class View:
    """A view that everybody has: a name, what it takes a ticket to stand in it, and how it is sorted."""

    code: str
    title: str | Promise
    condition: Callable[[Staff], Q]
    by_due: bool = True
    urgent: bool = False
    # Shown only while something stands in it.
    quiet: bool = False
    roles: frozenset[str] | None = None


def _mine(staff: Staff) -> Q:
    return Q(owner=staff.pk, case__in=OPEN_CASES)


VIEWS: Mapping[str, View] = {
    view.code: view
    for view in (
        View("due", _("Due by us"), lambda staff: DUE_BY_US, urgent=True),
        View("buyer", _("Waiting for the buyer"), lambda staff: DUE_BY_BUYER),
        View("supervisor", _("With a supervisor"), lambda staff: WITH_SUPERVISOR, urgent=True),
        View("platform", _("On Taobao"), lambda staff: ON_PLATFORM, urgent=True),
        View("high", _("High priority"), lambda staff: OF_HIGH_PRIORITY),
        View("mine", _("Mine"), _mine, roles=frozenset({Role.AGENT, Role.SUPERVISOR})),
        View("settled", _("Settled"), lambda staff: Q(case=Case.SETTLED), by_due=False),
        View("all", _("All"), lambda staff: Q(), by_due=False),
    )
}
DEFAULT_VIEW = "due"
# What the address of the list may name.
PARAMETERS = (
    "view", "q", "by", "kind", "problem", "case", "goods", "owner", "opened_from", "opened_to",
)  # fmt: skip


def views_of(staff: Staff) -> list[View]:
    """The views that a person's role has."""
    return [view for view in VIEWS.values() if view.roles is None or staff.role in view.roles]


@dataclass(frozen=True)
class TicketFilter:
    """What an address of the ticket list asks for. What it does not understand it leaves out."""

    view: str = DEFAULT_VIEW
    kind: str = ""
    problem: str = ""
    case: str = ""
    goods: str = ""
    owner: int | None = None
    q: Wanted = NOTHING
    by: Key | None = None
    opened_from: date | None = None
    opened_to: date | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "TicketFilter":
        """Read the parameters of an address."""
        owner = query.get("owner", "")
        by = query.get("by", "")
        return cls(
            view=query["view"] if query.get("view") in VIEWS else DEFAULT_VIEW,
            kind=_one_of(TicketKind, query.get("kind", "")),
            problem=_one_of(Problem, query.get("problem", "")),
            case=_one_of(Case, query.get("case", "")),
            goods=_one_of(Goods, query.get("goods", "")),
            owner=int(owner) if owner.isascii() and owner.isdigit() and len(owner) <= 9 else None,
            opened_from=read_day(query.get("opened_from", "")),
            opened_to=read_day(query.get("opened_to", "")),
            q=Wanted.read(query.get("q", "")),
            by=Key(by) if by in Key.values else None,
        )

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of an address that asks for the same; ``read`` gives this filter back."""
        return {
            name: value
            for name, value in {
                "view": "" if self.view == DEFAULT_VIEW else self.view,
                "q": self.q.text,
                "by": self.by.value if self.by and self.q else "",
                "kind": self.kind,
                "problem": self.problem,
                "case": self.case,
                "goods": self.goods,
                "owner": "" if self.owner is None else str(self.owner),
                "opened_from": self.opened_from.isoformat() if self.opened_from else "",
                "opened_to": self.opened_to.isoformat() if self.opened_to else "",
            }.items()
            if value
        }

    @property
    def keyset(self) -> Keyset:
        """How the list is sorted: by what is due next, or newest first."""
        return BY_DUE if VIEWS[self.view].by_due else BY_OPENING

    @property
    def keys(self) -> list[Key]:
        """What a search goes by: the key that was chosen, else all that fit, likeliest first."""
        return [self.by] if self.by else keys_of(self.q)

    def tickets(self, staff: Staff) -> QuerySet[Ticket]:
        """The tickets that the view and the filters leave, but for what is searched for; not sorted."""
        found = with_due(Ticket.objects.filter(VIEWS[self.view].condition(staff)))
        for name in ("kind", "problem", "case", "goods"):
            if value := getattr(self, name):
                found = found.filter(**{name: value})
        if self.opened_from:
            found = found.filter(opened_at__gte=midnight(self.opened_from))
        if self.opened_to:
            found = found.filter(opened_at__lt=midnight(self.opened_to, days_later=1))
        return found if self.owner is None else found.filter(owner=self.owner)


def with_due(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With ``due``: when something is due next, or a time after all others where no clock runs."""
    return tickets.annotate(due=Coalesce("next_due_at", Value(NO_CLOCK, output_field=DateTimeField())))


def _one_of(choices: Any, value: str) -> str:
    return value if value in choices.values else ""
