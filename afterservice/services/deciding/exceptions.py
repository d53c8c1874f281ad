"""Asking a supervisor for what A3 does not allow, or leaves to them (P1–P3): an exception, an exchange of style."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice import events as facts
from afterservice.approval_kinds import AFTER_SALE_EXCEPTION, STYLE_EXCHANGE
from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketLine, TicketMessage
from afterservice.rules.kinds import TicketKind
from afterservice.rules.verdicts import Outcome, Verdict
from afterservice.selectors.judging import judge_ticket, value_of
from afterservice.services import messages
from afterservice.services.deciding.applying import (
    apply_acceptance,
    await_buyer,
    await_decision,
    require_decidable,
    require_unsettled,
)
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.services.ownership import own
from afterservice.states import DECISION_MOVES, Decision
from orders.rules.products import property_words
from orders.services.reasons import require_reason
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import ZERO
from shopdesk.base.services import approvals

KINDS = (AFTER_SALE_EXCEPTION, STYLE_EXCHANGE)
# In the log of the ticket, in the shop's own words.
ASKED_WORDS = "向主管申请：{reason}"
NOT_GIVEN_WORDS = "主管未同意：{reason}"


@transaction.atomic
def ask_exception(
    number: int, *, reason: str, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Approval:
    """Ask a supervisor, from a ticket that is not decided or was refused (A5, P1).

    Raises ``Forbidden`` (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) by state, (P2) when it is asked
    already, ``DomainError`` (P2) without a reason, (A3) where the rules allow it, (A4) where only the receipt time is
    missing, (F4, O9) where there is another way.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    said = judge_ticket(ticket, now=now).verdict
    return ask(ticket, said, reason, actor=actor, now=now)


def ask(ticket: Ticket, said: Verdict, reason: str, *, actor: Staff, now: datetime) -> Approval:
    """As ``ask_exception``, of a ticket that is locked and judged."""
    if ticket.decision == Decision.ASKED:
        raise Conflict(
            "P2", _("A supervisor is asked already. Take the request back to ask for something else.")
        )
    require_decidable(ticket, "ask")
    if said.allowed:
        raise DomainError(said.rule, _("The rules allow it: accept it, nobody need be asked."))
    if not said.may_be_asked:
        raise DomainError(said.rule, str(said.reason))
    reason = require_reason(reason)
    own(ticket, actor, now=now)
    before = events.states(ticket)
    ticket.decision = DECISION_MOVES.require("ask", ticket.decision)
    save(ticket, ["decision"])
    await_decision(ticket, now=now)
    messages.log(ticket, TicketMessage.Side.STAFF, ASKED_WORDS.format(reason=reason), actor=actor, now=now)
    audit.record(events.moved("decision.asked", ticket, before), at=now, actor=actor)
    lines = list(TicketLine.objects.filter(ticket=ticket).select_related("line__product", "target__product"))
    return approvals.ask(
        kind_of(ticket, said),
        subject_kind=facts.SUBJECT,
        subject_id=str(ticket.pk),
        subject_version=ticket.version,
        rule=said.rule,
        reason=reason,
        before={
            "tid": ticket.order_id,
            "kind": ticket.kind,
            "problem": ticket.problem,
            "goods": "，".join(_goods(line) for line in lines),
            "decision": before["decision"],
        },
        after={
            "verdict": said.outcome,
            "says": str(said.reason),
            "postage": said.postage,
            "wanted": "，".join(_target(line) for line in lines if line.target is not None),
        },
        amount=sum((value_of(line.line, line.num) for line in lines), Decimal(ZERO)),
        requested_by=actor,
        now=now,
    )


def kind_of(ticket: Ticket, said: Verdict) -> str:
    """An exchange of style that A3 leaves to a supervisor is A8's own kind; whatever is outside A3 an exception."""
    style = ticket.kind == TicketKind.EXCHANGE_STYLE and said.outcome == Outcome.SUPERVISOR
    return STYLE_EXCHANGE if style else AFTER_SALE_EXCEPTION


def apply_approved(approval: Approval, actor: Staff, now: datetime) -> None:
    """Accept as approved, after every check again (P2); the ticket names the agent who agreed (A8).

    Where the rules say something else than when it was asked, short of allowing it, raises ``Conflict`` (P2).
    """
    ticket = lock_ticket(int(approval.subject_id), version=approval.subject_version)
    require_decidable(ticket, "accept")
    said = judge_ticket(ticket, now=now).verdict
    if not said.allowed and (said.outcome, said.rule) != (approval.after.get("verdict"), approval.rule):
        raise Conflict(
            "P2",
            _(
                "The rules say something else than when this was asked: %(reason)s Refuse it; let it be asked anew."
            )
            % {"reason": said.reason},
        )
    apply_acceptance(ticket, said, actor=actor, now=now, agreed_by=approval.requested_by)


def not_given(approval: Approval, actor: Staff, now: datetime) -> None:
    """The supervisor does not agree: the agent decides on, and a refusal that stood before stands again.

    It is no refusal of the buyer yet: that needs the talk with them (A5).
    """
    ticket = lock_ticket(int(approval.subject_id))
    reason = approval.decision_reason
    messages.log(
        ticket, TicketMessage.Side.STAFF, NOT_GIVEN_WORDS.format(reason=reason), actor=actor, now=now
    )
    _back(ticket, "decision.not_given", actor=actor, now=now)


def dropped(approval: Approval, actor: Staff | None, now: datetime) -> None:
    """A request ended undecided: the ticket is with no supervisor any more (P2, P3)."""
    ticket = lock_ticket(int(approval.subject_id))
    if ticket.decision == Decision.ASKED:
        _back(ticket, "decision.taken_back", actor=actor, now=now)


@transaction.atomic
def take_back(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Take one's own request to a supervisor back (P3).

    Raises ``Forbidden`` (A5) by role, (P3) for anybody else's, ``VersionConflict`` (T5), ``Conflict`` (A5) where
    nobody is asked.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    require_unsettled(ticket)
    DECISION_MOVES.require("take_back", ticket.decision)
    pending = _pending(ticket)
    if pending is None:  # it lapsed, and nobody looked since
        _back(ticket, "decision.taken_back", actor=actor, now=now)
    else:
        approvals.withdraw(pending.pk, actor=actor, now=now)
    ticket.refresh_from_db()
    return ticket


def lapse_requests(ticket: Ticket, *, now: datetime) -> None:
    """Let what a supervisor is asked about this ticket lapse: it is decided otherwise. The ticket is locked."""
    if ticket.decision == Decision.ASKED:
        for kind in KINDS:
            approvals.lapse(kind, facts.SUBJECT, str(ticket.pk), now=now)


def end_requests(ticket: Ticket, *, now: datetime) -> None:
    """As ``lapse_requests``, where nothing is decided: the decision is as before it. The caller saves the ticket."""
    lapse_requests(ticket, now=now)
    if ticket.decision == Decision.ASKED:
        ticket.decision = DECISION_MOVES.require(_move_back(ticket), ticket.decision)


def _pending(ticket: Ticket) -> Approval | None:
    return Approval.objects.filter(
        kind__in=KINDS,
        subject_kind=facts.SUBJECT,
        subject_id=str(ticket.pk),
        status=Approval.Status.PENDING,
    ).first()


def _back(ticket: Ticket, action: str, *, actor: Staff | None, now: datetime) -> None:
    before = events.states(ticket)
    ticket.decision = DECISION_MOVES.require(_move_back(ticket), ticket.decision)
    save(ticket, ["decision"])
    if ticket.refusal:
        await_buyer(ticket, now=now)
    audit.record(events.moved(action, ticket, before), at=now, actor=actor)


def _move_back(ticket: Ticket) -> str:
    return "stay_refused" if ticket.refusal else "take_back"


def _goods(line: TicketLine) -> str:
    words = property_words(line.line.sku_properties_name)
    return f"{line.num} × {line.line.product.title}" + (f"（{words}）" if words else "")


def _target(line: TicketLine) -> str:
    assert line.target is not None  # noqa: S101 (the caller asked)
    words = property_words(line.target.sku_properties_name)
    return f"{line.target.product.title}" + (f"（{words}）" if words else "")
