"""What happened to an order, from the audit log, in words (D4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.models import Flag, Hold, Note, Order, Payment, PlatformTask
from orders.rules.dropping import DropReason
from orders.selectors.timeline_changes import CHANGE_SENTENCES
from orders.selectors.timeline_chasing import CHASING_SENTENCES
from orders.selectors.timeline_labels import label_of
from orders.selectors.timeline_parcels import PARCEL_SENTENCES
from orders.states import CloseReason, Status, Supply
from shopdesk.base import clock
from shopdesk.base.approvals import kind_of
from shopdesk.base.composed import Composed, Given
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission

LONGEST = 200

OUTCOMES = {
    "paid": gettext_lazy("the order is paid"),
    "part_paid": gettext_lazy("only part of what is due"),
    "reopened": gettext_lazy("paid before the closing, the order is open again"),
    "unapplied_closed": gettext_lazy("kept as unapplied: the order was closed"),
    "unapplied_extra": gettext_lazy("kept as unapplied: more than was due"),
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline: when, by whom, through which door, what."""

    at: datetime
    who: str
    text: str
    icon: str


@dataclass(frozen=True)
class _Telling:
    """What a sentence may need besides its entry."""

    notes: Mapping[int, Note]
    people: Mapping[int, str]
    see_prices: bool

    def money(self, amount: Any) -> str:
        """An amount, for those who see prices."""
        try:
            return f" {yuan(Decimal(str(amount)))}" if self.see_prices and amount is not None else ""
        except InvalidOperation:
            return ""

    def person(self, key: Any) -> str:
        """The signature of a staff member; a dash for nobody."""
        return self.people.get(key, "—")


Sentence = Callable[[AuditEntry, _Telling], str]


_LATEST = Composed(
    lambda: AuditEntry.objects.filter(subject_kind="order", subject_id=Given("tid")).order_by("-at", "-pk")[
        :LONGEST
    ],
    pages=["order"],
)
_PEOPLE = Composed(lambda: Staff.objects.filter(pk__among=Given("keys")))


def read_timeline(tid: str, *, notes: Sequence[Note], see_prices: bool) -> list[Happening]:
    """What happened to an order, newest first: two statements for however much."""
    return _happenings(_LATEST(tid=tid), {note.pk: note for note in notes}, see_prices=see_prices)


def in_words(entries: Sequence[AuditEntry], staff: Staff) -> list[str]:
    """Entries of an order's log as its timeline says them: two statements."""
    notes = Note.objects.in_bulk([entry.after["note"] for entry in entries if "note" in entry.after])
    told = _happenings(entries, notes, see_prices=staff.may(Permission.SEE_PRICES))
    return [happening.text for happening in told]


def _happenings(
    entries: Sequence[AuditEntry], notes: Mapping[int, Note], *, see_prices: bool
) -> list[Happening]:
    ids: set[int | None] = {entry.actor_id for entry in entries}
    for entry in entries:
        if entry.action == "order.owner":
            ids |= {entry.before.get("owner"), entry.after.get("owner")}
    keys = [key for key in ids if key]
    people = {person.pk: str(person) for person in _PEOPLE(keys=keys)} if keys else {}
    telling = _Telling(notes, people, see_prices)
    return [
        Happening(
            entry.at,
            people.get(entry.actor_id, "") if entry.actor_id else str(AuditEntry.Origin(entry.origin).label),
            _sentence(entry, telling),
            _icon(entry.action),
        )
        for entry in entries
    ]


_of_others: dict[str, Callable[[AuditEntry], str]] = {}


def register(action: str, sentence: Callable[[AuditEntry], str]) -> None:
    """Give words to what another app writes into the log of an order. Called once, from its ``ready``."""
    _of_others[action] = sentence


def _sentence(entry: AuditEntry, telling: _Telling) -> str:
    if entry.action in _of_others:
        return _of_others[entry.action](entry)
    tell = _SENTENCES.get(entry.action)
    # An action that has no words yet is named as it is: nothing that happened is left out.
    return tell(entry, telling) if tell else entry.action


def _time(text: Any) -> str:
    try:
        return clock.parse(str(text)).astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
    except ValueError:
        return "—"


def _created(entry: AuditEntry, telling: _Telling) -> str:
    return _("The order came in: %(state)s") % {"state": label_of(Status, entry.after.get("status"))}


def _imported(entry: AuditEntry, telling: _Telling) -> str:
    fields = entry.after.get("fields") or []
    names = []
    for name in fields:
        try:
            names.append(str(Order._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
        except (LookupError, AttributeError):
            names.append(str(name))
    return _("An import brought newer facts: %(fields)s") % {"fields": ", ".join(names)}


def _moved(entry: AuditEntry, telling: _Telling) -> str:
    return _("%(before)s → %(after)s") % {
        "before": label_of(Status, entry.before.get("status")),
        "after": label_of(Status, entry.after.get("status")),
    }


def _closed(entry: AuditEntry, telling: _Telling) -> str:
    return _("Closed: %(reason)s") % {"reason": label_of(CloseReason, entry.after.get("reason"))}


def _reopened(entry: AuditEntry, telling: _Telling) -> str:
    if entry.actor_id:
        return _("Opened again by a supervisor, with the late money")
    return _("Opened again: paid in time, heard of late")


def _payment(entry: AuditEntry, telling: _Telling) -> str:
    outcome = entry.after.get("outcome", "")
    return _("Payment %(number)s%(amount)s: %(outcome)s") % {
        "number": entry.after.get("payment_no", ""),
        "amount": telling.money(entry.after.get("amount")),
        "outcome": OUTCOMES.get(outcome, outcome),
    }


def _payment_decided(entry: AuditEntry, telling: _Telling) -> str:
    return _("Payment %(number)s%(amount)s decided: %(status)s") % {
        "number": entry.after.get("payment_no", ""),
        "amount": telling.money(entry.after.get("amount")),
        "status": label_of(Payment.Status, entry.after.get("status")),
    }


def _noted(entry: AuditEntry, telling: _Telling) -> str:
    note = telling.notes.get(entry.after.get("note", 0))
    return _("Note: %(text)s") % {"text": note.text if note else "—"}


def _flag_set(entry: AuditEntry, telling: _Telling) -> str:
    after = entry.after
    parts = [_("Flag: %(colour)s") % {"colour": label_of(Order.SellerFlag, after.get("seller_flag"))}]
    if after.get("label"):
        parts.append(after["label"])
    if after.get("addressee"):
        parts.append(_("for: %(whom)s") % {"whom": label_of(Flag.Addressee, after["addressee"])})
    if after.get("until"):
        parts.append(_("until %(time)s") % {"time": _time(after["until"])})
    return " · ".join(parts)


def _flag_cleared(entry: AuditEntry, telling: _Telling) -> str:
    return _("Flag taken off: %(label)s") % {"label": entry.before.get("label") or "—"}


def _flag_seen(entry: AuditEntry, telling: _Telling) -> str:
    return _("Flag acknowledged: %(label)s") % {"label": entry.after.get("label") or "—"}


def _hold_placed(entry: AuditEntry, telling: _Telling) -> str:
    num = int(entry.after.get("num") or 0)
    return ngettext("%(num)s piece kept from the shelf", "%(num)s pieces kept from the shelf", num) % {
        "num": num
    }


def _hold_released(entry: AuditEntry, telling: _Telling) -> str:
    num = int(entry.after.get("num") or 0)
    return ngettext(
        "%(num)s kept piece given back: %(why)s", "%(num)s kept pieces given back: %(why)s", num
    ) % {
        "num": num,
        "why": label_of(Hold.Release, entry.after.get("release")),
    }


def _hold_signed(entry: AuditEntry, telling: _Telling) -> str:
    return _("The warehouse signed a hold by hand")


def _supply(entry: AuditEntry, telling: _Telling) -> str:
    return _("%(goods)s: %(before)s → %(after)s") % {
        "goods": entry.after.get("goods") or "—",
        "before": label_of(Supply, entry.before.get("supply")),
        "after": label_of(Supply, entry.after.get("supply")),
    }


def _phone(entry: AuditEntry, telling: _Telling) -> str:
    return _("Looked at the phone number")


def _owner(entry: AuditEntry, telling: _Telling) -> str:
    return _("Owner: %(before)s → %(after)s") % {
        "before": telling.person(entry.before.get("owner")),
        "after": telling.person(entry.after.get("owner")),
    }


def _platform(entry: AuditEntry, telling: _Telling) -> str:
    return _("Done on Taobao: %(what)s") % {"what": label_of(PlatformTask.Kind, entry.after.get("kind"))}


def _approval(pattern: Any) -> Sentence:
    def tell(entry: AuditEntry, telling: _Telling) -> str:
        said = str(pattern) % {"reason": entry.after.get("reason") or "—"}
        try:
            title = kind_of(entry.after.get("kind", "")).title
        except KeyError:  # a kind that is gone
            return said
        stake = telling.money(entry.after.get("amount")).strip()
        if not stake:
            return f"{title} · {said}"
        return _("%(kind)s (%(amount)s at stake)") % {"kind": title, "amount": stake} + f" · {said}"

    return tell


def _priced(entry: AuditEntry, telling: _Telling) -> str:
    before, after = telling.money(entry.before.get("payment")), telling.money(entry.after.get("payment"))
    if not after:
        return _("The price was worked out")
    values = {"before": before.strip(), "after": after.strip(), "approval": entry.after.get("approval")}
    if entry.after.get("approval"):
        return _("Price given by a supervisor (request %(approval)s): %(before)s → %(after)s") % values
    if entry.before == entry.after:
        return _("Price by the rules, as before: %(after)s") % values
    return _("Price by the rules: %(before)s → %(after)s") % values


def _said(pattern: Any) -> Sentence:
    return lambda _entry, _telling: str(pattern)


def _lines_dropped(entry: AuditEntry, telling: _Telling) -> str:
    num = len(entry.before.get("lines") or [])
    return ngettext("%(num)s line dropped: %(why)s", "%(num)s lines dropped: %(why)s", num) % {
        "num": num,
        "why": label_of(DropReason, entry.after.get("reason")),
    }


def _finished(entry: AuditEntry, telling: _Telling) -> str:
    by = entry.after.get("by")
    if by == "buyer":
        return _("Finished: the buyer confirmed the receipt")
    return _("Finished: 10 days after shipping") if by == "clock" else _moved(entry, telling)


def _postage_owed(entry: AuditEntry, telling: _Telling) -> str:
    return _("Not shipped in 15 days: postage%(amount)s is owed back") % {
        "amount": telling.money(entry.after.get("amount"))
    }


def _signed_for(entry: AuditEntry, telling: _Telling) -> str:
    return _("Signed for: %(time)s") % {"time": _time(entry.after.get("signed_time"))}


_SENTENCES: Mapping[str, Sentence] = {
    "order.created": _created,
    "order.imported": _imported,
    "order.paid": _moved,
    "order.shipped": _moved,
    "order.finished": _finished,
    "order.signed": _signed_for,
    "postage.owed": _postage_owed,
    "order.closed": _closed,
    "order.reopened": _reopened,
    "order.owner": _owner,
    "order.priced": _priced,
    "order.lines_dropped": _lines_dropped,
    "payment.recorded": _payment,
    "payment.decided": _payment_decided,
    "note.added": _noted,
    "flag.set": _flag_set,
    "flag.cleared": _flag_cleared,
    "flag.acknowledged": _flag_seen,
    "hold.placed": _hold_placed,
    "hold.released": _hold_released,
    "hold.signed": _hold_signed,
    "supply.moved": _supply,
    "phone.revealed": _phone,
    "platform.done": _platform,
    "order.tied": _said(gettext_lazy("Tied to an exchange: it is not to be paid")),
    "order.untied": _said(gettext_lazy("Untied: an order like any other again")),
    **PARCEL_SENTENCES,
    **CHANGE_SENTENCES,
    **CHASING_SENTENCES,
    "approval.asked": _approval(gettext_lazy("A supervisor is asked: %(reason)s")),
    "approval.approved": _approval(gettext_lazy("Approved: %(reason)s")),
    "approval.refused": _approval(gettext_lazy("Refused: %(reason)s")),
    "approval.withdrawn": _approval(gettext_lazy("Request taken back: %(reason)s")),
    "approval.escalated": _approval(
        gettext_lazy("Unanswered for 4 hours, every supervisor is asked: %(reason)s")
    ),
    "approval.lapsed": _approval(gettext_lazy("Request lapsed, the order had changed: %(reason)s")),
}

_ICONS = {
    "order": "arrow-path",
    "payment": "banknotes",
    "note": "pencil-square",
    "flag": "flag",
    "hold": "archive-box",
    "supply": "shopping-bag",
    "phone": "eye",
    "reminder": "chat-bubble-left-right",
    "platform": "check-circle",
    "postage": "banknotes",
    "approval": "check-badge",
    "parcel": "archive-box",
    "slip": "printer",
    "notice": "megaphone",
    "refund": "arrow-uturn-left",
    "difference": "banknotes",
    "after_sale": "clock",
}


def _icon(action: str) -> str:
    return _ICONS.get(action.partition(".")[0], "information-circle")
