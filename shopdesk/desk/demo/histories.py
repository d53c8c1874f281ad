"""What the audit log says of a made-up order: one entry per thing that happened, at its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from orders import events
from orders.models import Consent, Hold
from orders.rules.payments import Outcome
from orders.states import CloseReason, Status
from shopdesk.base.audit import Fact
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.desk.demo.copying import keys_of
from shopdesk.desk.demo.drafts import Draft
from shopdesk.desk.demo.remarks import closing_task
from shopdesk.desk.demo.staff import Crew

IMPORT, JOB, PAGE = (
    AuditEntry.Origin.IMPORT.value,
    AuditEntry.Origin.JOB.value,
    AuditEntry.Origin.PAGE.value,
)


def first_entry(draft: Draft) -> AuditEntry:
    """The one entry that every order has: it came in."""
    order = draft.order
    after = {"status": Status.WAIT_BUYER_PAY.value, "payment": str(order.payment)}
    created = Fact("order.created", events.SUBJECT, order.tid, {}, after)
    return entry(created, order.created, IMPORT)


def entry(fact: Fact, at: datetime, origin: str, actor_id: int | None = None) -> AuditEntry:
    """A fact as the row that the log would hold of it."""
    return AuditEntry(
        at=at,
        action=fact.action,
        subject_kind=fact.subject_kind,
        subject_id=fact.subject_id,
        actor_id=actor_id,
        origin=origin,
        before=fact.before,
        after=fact.after,
    )


class Historian:
    """Writes the whole history of drafts, and with it the consents that closings rest on."""

    def __init__(self, random: Random, crew: Crew, now: datetime) -> None:
        self._random = random
        self._crew = crew
        self._now = now
        self._hold_keys: Iterator[int] = keys_of(Hold)

    def tell(self, draft: Draft) -> None:
        """Everything that happened to the order until now."""
        entries = draft.entries
        entries.append(first_entry(draft))
        for hold in draft.holds:
            hold.pk = next(self._hold_keys)
            entries.append(entry(events.hold_placed(hold), hold.placed_at, IMPORT))
        self._tell_moves(draft)
        for note in draft.notes:
            entries.append(entry(events.noted(note), note.at, PAGE, note.author_id))
        for flag in draft.flags:
            entries.append(entry(events.flagged(flag, None), flag.set_at, PAGE, flag.set_by_id))
            if flag.acknowledged_at is not None:
                fact = events.flag_acknowledged(flag)
                entries.append(entry(fact, flag.acknowledged_at, PAGE, flag.acknowledged_by_id))
        for task in draft.tasks:
            if task.done_at is not None:
                entries.append(entry(events.task_ticked(task), task.done_at, PAGE, task.done_by_id))

    def _tell_moves(self, draft: Draft) -> None:
        order, life = draft.order, draft.life
        final = order.status
        order.status = Status.WAIT_BUYER_PAY.value
        for payment in draft.payments:
            fact = events.payment_recorded(payment, outcome=Outcome.PAID)
            draft.entries.append(entry(fact, payment.heard_at, IMPORT))
            self._move(draft, "order.paid", Status.WAIT_SELLER_SEND_GOODS, payment.heard_at)
        if life.consign_time is not None:
            self._move(draft, "order.shipped", Status.WAIT_BUYER_CONFIRM_GOODS, life.consign_time)
        if life.end_time is not None:
            if final == Status.TRADE_FINISHED:
                self._move(draft, "order.finished", Status.TRADE_FINISHED, life.end_time)
            else:
                self._close(draft, Status(final), life.end_time)
        order.status = final

    def _close(self, draft: Draft, status: Status, at: datetime) -> None:
        reason = draft.order.close_reason
        closer: Staff | None = None
        if reason == CloseReason.SELLER:
            closer = self._random.choice(self._crew.agents)
            if closer.pk is not None:
                self._consent(draft, closer.pk, at)
        origin = {CloseReason.TIMEOUT.value: JOB, CloseReason.SELLER.value: PAGE}.get(reason, IMPORT)
        self._move(draft, "order.closed", status, at, origin, closer, reason=reason)
        task = closing_task(draft, self._now) if origin != IMPORT else None
        if task is not None:
            draft.tasks.append(task)

    def _consent(self, draft: Draft, staff_id: int, at: datetime) -> None:
        draft.consents.append(
            Consent(
                order_id=draft.order.tid,
                channel=self._random.choice(Consent.Channel.values),
                agreed_at=at - timedelta(minutes=3),
                remark="客户说不要了，同意关闭",
                recorded_by_id=staff_id,
                recorded_at=at,
            )
        )

    def _move(
        self,
        draft: Draft,
        action: str,
        status: Status,
        at: datetime,
        origin: str = IMPORT,
        actor: Staff | None = None,
        **details: str,
    ) -> None:
        before, draft.order.status = draft.order.status, status.value
        fact = events.moved(action, draft.order, before, **details)
        draft.entries.append(entry(fact, at, origin, actor.pk if actor else None))
