"""The notes and flags that staff put on orders, and what of them waits to be done on Taobao."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from orders.models import Flag, Note, Order, PlatformTask
from orders.rules.notes import NOTE_TEXTS, NoteForm, signed
from orders.states import CLOSED, Status
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role
from shopdesk.desk.demo.copying import keys_of
from shopdesk.desk.demo.drafts import WAITING, Draft
from shopdesk.desk.demo.places import make_address
from shopdesk.desk.demo.staff import Crew
from shopdesk.desk.demo.words import (
    CARD_TEXTS,
    DELIVERY_TIMES,
    FREE_NOTES,
    GIFTS,
    RECIPIENT_COMPANIES,
    TAX_NUMBERS,
)

SECOND_NOTE_SHARE, MEMO_SHARE, ACKNOWLEDGED_SHARE, TASK_DONE_SHARE = 0.2, 0.05, 0.4, 0.6
TASKS_KEPT = timedelta(days=7)
FORMS = tuple(form.value for form in NoteForm)
FORM_WEIGHTS = (22, 8, 26, 4, 8, 8, 8, 6, 6, 4)
# A red note of a form: its short label, and whom it is for (N3, N4).
RED = {
    NoteForm.FREE: ("待联系", (Flag.Addressee.AGENT, Flag.Addressee.NEXT_SHIFT, Flag.Addressee.SUPERVISOR)),
    NoteForm.CARRIER: ("改快递", (Flag.Addressee.WAREHOUSE,)),
    NoteForm.STOCK_KEPT: ("留货", (Flag.Addressee.WAREHOUSE,)),
    NoteForm.PART_SENT: ("部分已发", (Flag.Addressee.WAREHOUSE, Flag.Addressee.NEXT_SHIFT)),
    NoteForm.ADDRESS: ("改地址", (Flag.Addressee.WAREHOUSE,)),
    NoteForm.DELIVERY_TIME: ("送货时间", (Flag.Addressee.WAREHOUSE, Flag.Addressee.NEXT_SHIFT)),
    NoteForm.INVOICE: ("要发票", (Flag.Addressee.SUPERVISOR,)),
    NoteForm.CARD: ("附贺卡", (Flag.Addressee.WAREHOUSE,)),
    NoteForm.GIFT: ("送赠品", (Flag.Addressee.WAREHOUSE,)),
    NoteForm.FORWARDER: ("转运", (Flag.Addressee.WAREHOUSE,)),
}
RED_SHARE_WAITING, BLUE_SHARE_WAITING, BLUE_SHARE_SENT = 0.45, 0.35, 0.6


class Annotator:
    """Writes notes and sets flags on drafts, as the desk's staff would have done."""

    def __init__(self, random: Random, crew: Crew, now: datetime, share: float) -> None:
        self._random = random
        self._crew = crew
        self._now = now
        self._share = share
        self._note_keys: Iterator[int] = keys_of(Note)
        self._flag_keys: Iterator[int] = keys_of(Flag)

    def annotate(self, draft: Draft) -> None:
        """Perhaps a note, perhaps a flag with it."""
        random, order = self._random, draft.order
        if random.random() < MEMO_SHARE:
            order.seller_memo = signed(random.choice(FREE_NOTES), "娜娜", order.created)
        if random.random() >= self._share:
            return
        end = min(self._now, order.end_time or order.consign_time or self._now)
        at = order.created + (end - order.created) * random.uniform(0.05, 0.9)
        note = self._note(draft, at.replace(microsecond=0))
        if random.random() < SECOND_NOTE_SHARE:
            note = self._note(draft, (at + (end - at) * random.random()).replace(microsecond=0))
        self._flag(draft, note)

    def _note(self, draft: Draft, at: datetime) -> Note:
        random, order = self._random, draft.order
        form = random.choices(FORMS, FORM_WEIGHTS)[0]
        if form == NoteForm.PART_SENT and not order.invoice_no:
            form = NoteForm.STOCK_KEPT.value
        author = random.choice(self._crew.agents if random.random() < 0.85 else self._crew.warehouse)
        note = Note(
            pk=next(self._note_keys),
            order_id=order.tid,
            order_created=order.created,
            text=self._text(form, draft),
            author_id=author.pk,
            signature=author.signature,
            at=max(at, order.created),
            form=form,
        )
        draft.notes.append(note)
        self._own(order, author)
        if not any(task.kind == PlatformTask.Kind.MEMO for task in draft.tasks):
            self._task(draft, PlatformTask.Kind.MEMO, note.at)
        return note

    def _text(self, form: str, draft: Draft) -> str:
        random = self._random
        if form == NoteForm.FREE:
            return random.choice(FREE_NOTES)
        goods = "和".join(item.product.title.rpartition("】")[2][:12] for item, _ in draft.basket[:2])
        return NOTE_TEXTS[form].format(
            carrier=random.choice(("顺丰", "EMS", "圆通", "京东")),
            goods=goods,
            invoice_no=f"中通{draft.order.invoice_no[-4:]}",
            address=make_address(random).text,
            delivery_time=random.choice(DELIVERY_TIMES),
            title=random.choice(RECIPIENT_COMPANIES),
            tax_number=random.choice(TAX_NUMBERS),
            text=random.choice(CARD_TEXTS),
            gift=random.choice(GIFTS),
        )

    def _flag(self, draft: Draft, note: Note) -> None:
        random, order = self._random, draft.order
        share = random.random()
        if order.status in WAITING:
            if share < RED_SHARE_WAITING:
                self._set_red(draft, note)
            elif share < RED_SHARE_WAITING + BLUE_SHARE_WAITING:
                self._set_blue(draft, note, "已留", note.at)
        elif order.status not in CLOSED and share < BLUE_SHARE_SENT:
            self._set_blue(draft, note, "已发", order.consign_time or note.at)

    def _set_red(self, draft: Draft, note: Note) -> None:
        random = self._random
        label, addressees = RED[NoteForm(note.form)]
        flag = Flag(
            pk=next(self._flag_keys),
            order_id=note.order_id,
            seller_flag=Order.SellerFlag.RED.value,
            label=label,
            note_id=note.pk,
            addressee=random.choice(addressees).value,
            until=(note.at + timedelta(hours=random.randint(6, 96))).replace(minute=0, second=0),
            set_by_id=note.author_id,
            set_at=note.at,
        )
        seen_at = note.at + timedelta(minutes=random.randint(5, 600))
        if seen_at < self._now and random.random() < ACKNOWLEDGED_SHARE:
            seen_by = random.choice(self._crew.addressed(flag.addressee))
            flag.acknowledged_by_id, flag.acknowledged_at = seen_by.pk, seen_at
        self._add_flag(draft, flag)

    def _set_blue(self, draft: Draft, note: Note, label: str, at: datetime) -> None:
        flag = Flag(
            pk=next(self._flag_keys),
            order_id=note.order_id,
            seller_flag=Order.SellerFlag.BLUE.value,
            label=label,
            note_id=note.pk,
            set_by_id=note.author_id,
            set_at=max(at, note.at),
        )
        self._add_flag(draft, flag)

    def _add_flag(self, draft: Draft, flag: Flag) -> None:
        draft.flags.append(flag)
        draft.order.seller_flag = flag.seller_flag
        self._task(draft, PlatformTask.Kind.FLAG, flag.set_at)

    def _task(self, draft: Draft, kind: PlatformTask.Kind, opened_at: datetime) -> None:
        """D5: what was done here within the last days stands on the list, or was ticked off already."""
        random = self._random
        if opened_at < self._now - TASKS_KEPT:
            return
        task = PlatformTask(order_id=draft.order.tid, kind=kind.value, opened_at=opened_at)
        done_at = opened_at + timedelta(minutes=random.randint(3, 900))
        if done_at < self._now and random.random() < TASK_DONE_SHARE:
            task.done_at, task.done_by_id = done_at, random.choice(self._crew.agents).pk
        draft.tasks.append(task)

    def _own(self, order: Order, author: Staff) -> None:
        """O17: the first agent who acts on an order owns it."""
        if order.owner_id is None and author.role == Role.AGENT:
            order.owner_id = author.pk


def closing_task(draft: Draft, now: datetime) -> PlatformTask | None:
    """What the desk closed must be closed on Taobao too (D5); of long ago it was."""
    order = draft.order
    if order.status != Status.TRADE_CLOSED_BY_TAOBAO or order.end_time is None:
        return None
    if order.end_time < now - TASKS_KEPT:
        return None
    return PlatformTask(order_id=order.tid, kind=PlatformTask.Kind.CLOSE.value, opened_at=order.end_time)
