"""Writing notes (N2)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Note, Order, PlatformTask
from orders.rules.notes import SYSTEM_SIGNATURE, NoteForm, clean_text
from orders.services.locks import lock_order
from orders.services.ownership import own
from orders.services.platform_list import open_tasks
from shopdesk.base import audit, clock
from shopdesk.base.bulk import create_all
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


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
    return write_notes([order], text, actor=actor, now=now, form=form)[order.pk]


def write_notes(
    orders: Iterable[Order], text: str, *, actor: Staff | None, now: datetime, form: str = NoteForm.FREE
) -> dict[str, Note]:
    """Write the same note on orders that are locked, by four statements; answers the notes by order."""
    text = clean_text(text)
    notes = [
        Note(
            order=order,
            order_created=order.created,
            text=text,
            author=actor,
            signature=actor.signature if actor else SYSTEM_SIGNATURE,
            at=now,
            form=form,
        )
        for order in orders
    ]
    create_all(notes)
    open_tasks([note.order_id for note in notes], PlatformTask.Kind.MEMO, now=now)
    audit.record_many([events.noted(note) for note in notes], at=now, actor=actor)
    return {note.order_id: note for note in notes}
