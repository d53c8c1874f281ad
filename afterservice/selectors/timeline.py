"""What happened to a ticket, from the audit log, in words (D4)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from afterservice.models import Evidence, Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.verdicts import Outcome
from afterservice.selectors.timeline_words import ICONS, WORDS
from afterservice.states import Case, Decision, Goods, Money
from orders.selectors.timeline import LONGEST, Happening
from orders.selectors.warehouse import carrier_name
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission

_CHOICES: Mapping[str, Any] = {
    "kind": TicketKind,
    "problem": Problem,
    "case": Case,
    "decision": Decision,
    "goods": Goods,
    "money": Money,
    "clock": ClockKind,
    "verdict": Outcome,
    "settlement": Ticket.Settlement,
    "close_reason": Ticket.Close,
    "side": TicketMessage.Side,
    "channel": TicketMessage.Channel,
    "stage": Evidence.Stage,
    "repair_place": Ticket.RepairPlace,
    "received_source": Ticket.ReceiptSource,
}
_PEOPLE = frozenset({"owner", "by", "agreed_by", "decided_by"})
_AMOUNTS = frozenset({"amount", "owed", "postage_due", "difference_due", "post_fee", "fee"})
_MACHINES: Mapping[str, str | Promise] = {
    "case": gettext_lazy("case"),
    "decision": gettext_lazy("decision"),
    "goods": gettext_lazy("goods"),
    "money": gettext_lazy("money"),
}


class _Values(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "—"


def read_timeline(number: int, *, see_prices: bool) -> list[Happening]:
    """What happened to a ticket, newest first: two statements for however much."""
    entries = list(
        AuditEntry.objects.filter(subject_kind="ticket", subject_id=str(number)).order_by("-at", "-pk")[
            :LONGEST
        ]
    )
    return _happenings(entries, see_prices=see_prices)


def in_words(entries: Sequence[AuditEntry], staff: Staff) -> list[str]:
    """Entries of a ticket's log as its timeline says them: one statement."""
    told = _happenings(entries, see_prices=staff.may(Permission.SEE_PRICES))
    return [happening.text for happening in told]


def _happenings(entries: Sequence[AuditEntry], *, see_prices: bool) -> list[Happening]:
    ids = {entry.actor_id for entry in entries}
    for entry in entries:
        for side in (entry.before, entry.after):
            ids |= {side[name] for name in _PEOPLE if isinstance(side.get(name), int)}
    people = {person.pk: str(person) for person in Staff.objects.filter(pk__in=[key for key in ids if key])}
    return [
        Happening(
            entry.at,
            people.get(entry.actor_id, "") if entry.actor_id else str(AuditEntry.Origin(entry.origin).label),
            sentence(entry, people, see_prices=see_prices),
            ICONS.get(entry.action.partition(".")[0], "information-circle"),
        )
        for entry in entries
    ]


def sentence(entry: AuditEntry, people: Mapping[int, str], *, see_prices: bool) -> str:
    """One entry in words: its own, else the states that it moved, else its name. Nothing is left out."""
    values = _Values()
    for prefix, side in (("before_", entry.before), ("", entry.after)):
        for name, value in side.items():
            values[prefix + name] = _word(name, value, people, see_prices=see_prices)
    words = WORDS.get(entry.action)
    if words is not None:
        return str(words) % values
    moved = [
        _("%(machine)s: %(before)s → %(after)s")
        % {"machine": title, "before": values[f"before_{name}"], "after": values[name]}
        for name, title in _MACHINES.items()
        if name in entry.after and entry.before.get(name) != entry.after[name]
    ]
    return " · ".join(moved) or entry.action


def _word(name: str, value: Any, people: Mapping[int, str], *, see_prices: bool) -> str:
    if value in (None, "", []):
        return "—"
    if name in _CHOICES:
        return str(dict(_CHOICES[name].choices).get(value, value))
    if name == "return_carrier":
        return carrier_name(str(value))
    if name in _PEOPLE:
        return people.get(value, "—")
    if name in _AMOUNTS:
        return _money(value) if see_prices else "—"
    if name in ("at", "until") or name.endswith(("_at", "_time")):
        return _time(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _money(amount: Any) -> str:
    try:
        return yuan(Decimal(str(amount)))
    except InvalidOperation:
        return "—"


def _time(text: Any) -> str:
    try:
        return clock.parse(str(text)).astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
    except ValueError:
        return "—"
