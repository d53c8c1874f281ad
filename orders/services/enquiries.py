"""The enquiry register: buyers who asked and did not buy (O14)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import chasing as events
from orders.models import Enquiry
from orders.rules.chasing import WhyNot
from orders.services.chasing import checked_words
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

NICK_LENGTH, QUESTION_LENGTH = 64, 500


@dataclass(frozen=True)
class EnquiryRequest:
    """Who asked, when, what, and why they did not buy, as far as that is known."""

    nick: str
    question: str
    asked_at: datetime
    why_not: str = ""
    words: str = ""


@transaction.atomic
def write_enquiry(request: EnquiryRequest, *, actor: Staff, now: datetime | None = None) -> Enquiry:
    """Write an enquiry down, signed by ``actor`` (O14).

    Raises ``Forbidden`` (O14) by role, ``DomainError`` (O14) without a nick or a question, for a time still to
    come or a reason or text that cannot be kept.
    """
    return _write(request, None, actor=actor, now=now or clock.now())


@transaction.atomic
def correct_enquiry(
    enquiry_id: int, request: EnquiryRequest, *, actor: Staff, now: datetime | None = None
) -> Enquiry:
    """Correct an enquiry by a new row; the old one is kept and leaves the register.

    Raises as ``write_enquiry`` does, ``DomainError`` (O14) for no such enquiry, ``VersionConflict`` (T5) when
    somebody corrected it meanwhile.
    """
    now = now or clock.now()
    old = Enquiry.objects.select_for_update().filter(pk=enquiry_id).first()
    if old is None:
        raise DomainError("O14", _("There is no such enquiry."))
    if old.corrected_at is not None:
        raise VersionConflict(
            "T5", _("Somebody corrected this enquiry meanwhile. Look at it as it is now, then try again.")
        )
    old.corrected_at = now
    old.save(update_fields=["corrected_at"])
    return _write(request, old, actor=actor, now=now)


def _write(request: EnquiryRequest, old: Enquiry | None, *, actor: Staff, now: datetime) -> Enquiry:
    if not actor.may(Permission.CHASE):
        raise Forbidden("O14", _("Your role does not keep the enquiry register."))
    nick = checked_words(request.nick, "nick", most=NICK_LENGTH)
    question = checked_words(request.question, "question", most=QUESTION_LENGTH)
    if not nick:
        raise DomainError("O14", _("Say who asked: their nick."), field="nick")
    if not question:
        raise DomainError("O14", _("Say what they asked."), field="question")
    if request.asked_at > now:
        raise DomainError("O14", _("They asked before now: check the time."), field="asked_at")
    if request.why_not and request.why_not not in WhyNot.values:
        raise DomainError("O14", _("Choose why they did not buy."), field="why_not")
    enquiry = Enquiry.objects.create(
        nick=nick,
        question=question,
        asked_at=request.asked_at,
        why_not=request.why_not,
        words=checked_words(request.words, "words"),
        written_by=actor,
        written_at=now,
        corrects=old,
    )
    audit.record(events.enquiry_written(enquiry), at=now, actor=actor)
    return enquiry
