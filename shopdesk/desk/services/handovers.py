"""Handing over to the next shift, and taking over line by line (T2)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.services.locks import lock_order
from shopdesk.base import audit, clock
from shopdesk.base.batches import work_off
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.desk import events
from shopdesk.desk.models import Handover, HandoverLine
from shopdesk.desk.rules.handovers import LINE_LENGTH, MOST_DRAFTS, MOST_WORDS, words_of
from shopdesk.desk.selectors.handovers import (
    Drawn,
    change_for,
    draw_up,
    drawn_drafts,
    overdue_lines,
)
from shopdesk.desk.services.promises import give_to

QUESTION_LENGTH = 200
Kind = HandoverLine.Kind


@transaction.atomic
def hand_over(
    *, words: str = "", drafts: Sequence[tuple[str, str]] = (), actor: Staff, now: datetime | None = None
) -> Handover:
    """Hand over what the desk drew up, unsent ``drafts`` (order, text) and free ``words``; it is frozen from here on.

    Raises ``Forbidden`` (T2) by role, ``DomainError`` (T2) where no shift ends, nothing is to be handed over, or a
    text is too long.
    """
    _guard(actor)
    now = now or clock.now()
    # One's own row: handing over twice at once takes turns, and the second finds its shift handed over.
    Staff.objects.select_for_update().get(pk=actor.pk)
    change = change_for(actor, now)
    if change is None:
        raise DomainError(
            "T2", _("No shift of yours ends now, or you handed it over already. Look under “Handed over”.")
        )
    lines = [*draw_up(actor, change.taking_over.ends), *drawn_drafts(drafts), *_free(words)]
    if not lines:
        raise DomainError("T2", _("There is nothing to hand over: nothing is open, and you wrote nothing."))
    if len(drafts) > MOST_DRAFTS or any(len(line.text) > LINE_LENGTH for line in lines):
        raise DomainError(
            "T2",
            _("A line holds %(most)s characters: split the long one.") % {"most": LINE_LENGTH},
            field="words",
        )
    handover = Handover.objects.create(
        given_by=actor,
        day=change.ending.day,
        shift=change.ending.code,
        next_day=change.taking_over.day,
        next_shift=change.taking_over.code,
        given_at=now,
        accept_by=change.accept_by,
    )
    HandoverLine.objects.bulk_create(
        HandoverLine(
            handover=handover,
            position=position,
            kind=line.kind,
            subject=line.subject,
            order_id=line.tid,
            ticket=line.ticket,
            text=line.text,
            due_at=line.due_at,
            accept_by=change.accept_by,
        )
        for position, line in enumerate(lines, 1)
    )
    audit.record(events.handed_over(handover, len(lines)), at=now, actor=actor)
    return handover


def _free(words: str) -> list[Drawn]:
    lines = words_of(words.replace("\x00", ""))
    if len(lines) > MOST_WORDS:
        raise DomainError(
            "T2", _("%(most)s lines of text at most: each is accepted by itself.") % {"most": MOST_WORDS},
            field="words",
        )  # fmt: skip
    return [Drawn(Kind.WORDS, line) for line in lines]


@transaction.atomic
def accept_line(line_id: int, *, actor: Staff, now: datetime | None = None) -> HandoverLine:
    """Take a line over; a promise is the accepter's to keep from then on.

    Raises ``Forbidden`` (T2) by role and for who handed over, ``Conflict`` (T2) where somebody was quicker.
    """
    _guard(actor)
    seen = HandoverLine.objects.filter(pk=line_id).first()
    if seen is not None and seen.kind == Kind.PROMISE and seen.order_id:
        lock_order(seen.order_id)  # before the line, as whoever ends the promise does
    line = _locked(line_id)
    if line.handover.given_by_id == actor.pk:
        raise Forbidden("T2", _("You handed this over yourself: a colleague accepts it."))
    if line.accepted_at is not None:
        raise Conflict("T2", _("%(name)s was quicker and accepted this line.") % {"name": line.accepted_by})
    now = now or clock.now()
    line.accepted_by, line.accepted_at = actor, now
    line.save(update_fields=["accepted_by", "accepted_at"])
    if line.kind == Kind.PROMISE and line.subject is not None:
        give_to(line.subject, actor, now=now)
    audit.record(events.line_accepted(line), at=now, actor=actor)
    return line


@transaction.atomic
def ask_back(line_id: int, question: str, *, actor: Staff, now: datetime | None = None) -> HandoverLine:
    """Ask whoever handed a line over. Raises ``Forbidden`` (T2), ``Conflict`` (T2) where it was asked already."""
    _guard(actor)
    question = _short(question, "question")
    line = _locked(line_id)
    if line.handover.given_by_id == actor.pk:
        raise Forbidden("T2", _("You handed this over yourself: a colleague asks."))
    if line.question:
        raise Conflict("T2", _("Somebody asked about this line already."))
    line.question, line.asked_by, line.asked_at = question, actor, now or clock.now()
    line.save(update_fields=["question", "asked_by", "asked_at"])
    audit.record(events.line_questioned(line), at=line.asked_at, actor=actor)
    return line


@transaction.atomic
def answer(line_id: int, text: str, *, actor: Staff, now: datetime | None = None) -> HandoverLine:
    """Answer a question about a line that one handed over. Raises ``Forbidden`` (T2), ``Conflict`` (T2)."""
    text = _short(text, "answer")
    line = _locked(line_id)
    if line.handover.given_by_id != actor.pk:
        raise Forbidden("T2", _("Whoever handed it over answers."))
    if not line.question or line.answer:
        raise Conflict("T2", _("No question about this line waits for an answer."))
    line.answer, line.answered_at = text, now or clock.now()
    line.save(update_fields=["answer", "answered_at"])
    audit.record(events.line_answered(line), at=line.answered_at, actor=actor)
    return line


def escalate_handovers(now: datetime, dry_run: bool) -> JobResult:
    """Give the supervisors what nobody of the next shift accepted in time and what is still open (T2); once.

    Its subjects are lines, written ``H17``.
    """
    result = JobResult()
    overdue = overdue_lines(now)
    if dry_run:
        result.add([f"H{pk}" for pk in overdue.order_by("pk").values_list("pk", flat=True)])
    else:
        work_off(overdue, lambda lines: _escalate(lines, now), result, job="escalate_handovers")
    return result


def _escalate(lines: QuerySet[HandoverLine], now: datetime) -> list[str]:
    locked = list(lines.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    HandoverLine.objects.filter(pk__in=[line.pk for line in locked]).update(escalated_at=now)
    audit.record_many([events.line_escalated(line) for line in locked], at=now, actor=None)
    return [f"H{line.pk}" for line in locked]


def _guard(actor: Staff) -> None:
    if not actor.may(Permission.HAND_OVER):
        raise Forbidden("T2", _("Your role does not hand over."))


def _locked(line_id: int) -> HandoverLine:
    lines = HandoverLine.objects.select_for_update(of=("self",)).select_related("handover", "accepted_by")
    line = lines.filter(pk=line_id).first()
    if line is None:
        raise DomainError("T2", _("There is no such line."))
    return line


def _short(text: str, field: str) -> str:
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        raise DomainError("T2", _("Write something first."), field=field)
    if len(text) > QUESTION_LENGTH:
        raise DomainError(
            "T2", _("Shorter, please: %(most)s characters at most.") % {"most": QUESTION_LENGTH}, field=field
        )
    return text
