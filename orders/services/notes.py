"""Writing notes (N2)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Note, Order, PlatformTask
from orders.rules.notes import SYSTEM_SIGNATURE, NoteForm
from orders.services.locks import lock_order
from orders.services.ownership import own
from orders.services.platform import open_task
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

NOTE_LENGTH = 500


@transaction.atomic
def add_note(
    tid: str, text: str, *, actor: Staff, form: str = NoteForm.FREE, now: datetime | None = None
) -> Note:
    """Write a note on an order, signed by ``actor`` (N2).

    Raises ``Forbidden`` (N2) by role, ``DomainError`` (N2) for an empty or overlong text, (O1) for no order.
    """
    if not actor.may(Permission.FLAG_AND_NOTE):
        raise Forbidden("N2", _("Your role does not write notes."))
    order = lock_order(tid)
    now = now or clock.now()
    own(order, actor, now=now)
    return write_note(order, text, actor=actor, form=form, now=now)


def write_note(
    order: Order, text: str, *, actor: Staff | None, now: datetime, form: str = NoteForm.FREE
) -> Note:
    """Write a note on an order that is locked; without ``actor`` the desk itself signs it."""
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise DomainError("N2", _("Write something: an empty note says nothing."), field="text")
    if len(text) > NOTE_LENGTH:
        raise DomainError(
            "N2",
            _("A note holds %(most)s characters, this one has %(length)s. Split it in two.")
            % {"most": NOTE_LENGTH, "length": len(text)},
            field="text",
        )
    if "\x00" in text:
        raise DomainError("N2", _("The text holds a character that cannot be stored."), field="text")
    signature = actor.signature if actor else SYSTEM_SIGNATURE
    note = Note.objects.create(
        order=order,
        order_created=order.created,
        text=text,
        author=actor,
        signature=signature,
        at=now,
        form=form,
    )
    open_task(order, PlatformTask.Kind.MEMO, now=now)
    audit.record(events.noted(note), at=now, actor=actor)
    return note
