"""Promises to buyers: made from a note, kept, broken or dropped (T2)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Note
from orders.services.locks import lock_order
from orders.services.notes import write_note
from orders.services.ownership import own
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.desk import events
from shopdesk.desk.models import Promise

TEXT_LENGTH = WORD_LENGTH = 200


@transaction.atomic
def make_promise(
    tid: str,
    text: str,
    due_at: datetime,
    *,
    note_id: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Promise:
    """Keep in mind what a buyer was promised, and by when.

    It stands on a note: on ``note_id``, else on one that is written with it. Raises ``Forbidden`` (T2) by role,
    ``DomainError`` (T2) for an empty or overlong text, a time that is past, or a note of another order, ``Conflict``
    (T2) where the same is promised already.
    """
    _guard(actor)
    text = _clean(text, _("Say what was promised."), TEXT_LENGTH, "text")
    order = lock_order(tid)
    now = now or clock.now()
    if due_at <= now:
        raise DomainError("T2", _("This time is past: choose one still to come."), field="due_at")
    if Promise.objects.filter(order=order, text=text, due_at=due_at, status=Promise.Status.OPEN).exists():
        raise Conflict("T2", _("This is promised already."))
    own(order, actor, now=now)
    if note_id is None:
        note = write_note(order, text, actor=actor, now=now)
    else:
        found = Note.objects.filter(pk=note_id, order=order).first()
        if found is None:
            raise DomainError("T2", _("This order has no such note. Reload the page and look again."))
        note = found
    promise = Promise.objects.create(
        order=order, note=note, text=text, due_at=due_at, made_by=actor, made_at=now, keeper=actor
    )
    audit.record(events.promised(promise), at=now, actor=actor)
    return promise


@transaction.atomic
def end_promise(
    promise_id: int, outcome: str, *, word: str = "", actor: Staff, now: datetime | None = None
) -> Promise:
    """Say what became of a promise; one that was broken or dropped says why.

    Raises ``Forbidden`` (T2) by role, ``DomainError`` (T2) for no word or no such outcome, ``Conflict`` (T2) where
    somebody said it already.
    """
    _guard(actor)
    if outcome not in (Promise.Status.KEPT, Promise.Status.BROKEN, Promise.Status.DROPPED):
        raise DomainError("T2", _("Say whether it was kept, broken or dropped."), field="outcome")
    if outcome != Promise.Status.KEPT or word.strip():
        word = _clean(word, _("Say why, in a word: whoever the buyer asks must know."), WORD_LENGTH, "word")
    tid = Promise.objects.filter(pk=promise_id).values_list("order", flat=True).first()
    if tid is None:
        raise DomainError("T2", _("There is no such promise."))
    lock_order(tid)
    promise = Promise.objects.select_for_update().get(pk=promise_id)
    if promise.status != Promise.Status.OPEN:
        raise Conflict(
            "T2",
            _("Somebody was quicker: this promise is %(status)s.") % {"status": promise.get_status_display()},
        )
    promise.status, promise.word = outcome, word.strip()
    promise.ended_by, promise.ended_at = actor, now or clock.now()
    promise.save(update_fields=["status", "word", "ended_by", "ended_at"])
    audit.record(events.promise_ended(promise), at=promise.ended_at, actor=actor)
    return promise


def give_to(promise_id: int, keeper: Staff, *, now: datetime) -> None:
    """Let somebody else keep a promise that is still open. Its order is locked."""
    promise = Promise.objects.select_for_update().get(pk=promise_id)
    if promise.status != Promise.Status.OPEN or promise.keeper_id == keeper.pk:
        return
    before, promise.keeper = promise.keeper_id, keeper
    promise.save(update_fields=["keeper"])
    audit.record(events.promise_moved(promise, before), at=now, actor=keeper)


def _guard(actor: Staff) -> None:
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("T2", _("Your role makes no promises to buyers."))


def _clean(text: str, empty: object, most: int, field: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise DomainError("T2", str(empty), field=field)
    if len(text) > most:
        raise DomainError(
            "T2", _("Shorter, please: %(most)s characters at most.") % {"most": most}, field=field
        )
    if "\x00" in text:
        raise DomainError("T2", _("The text holds a character that cannot be stored."), field=field)
    return text
