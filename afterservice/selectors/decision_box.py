"""Reading what the decision box and the log box of a ticket's page show (A3, A5, A12)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from afterservice.approval_kinds import AFTER_SALE_EXCEPTION, STYLE_EXCHANGE
from afterservice.models import Ticket, TicketLine, TicketMessage
from afterservice.selectors.deciding import Talk, has_moved, talk_of
from afterservice.selectors.judging import Judgement, judge_ticket
from afterservice.states import CASE_MOVES, DECISION_MOVES, UNSETTLED_CASES, Case, Decision
from orders.models import OrderLine, Sku
from shopdesk.base.models import Approval

# The newest so many lines of a log; the bundle of evidence has all of it.
MOST_SHOWN = 200


@dataclass(frozen=True)
class AmendLine:
    """A line of the order as an amended request may name it: pieces asked for so far, and SKUs to choose from."""

    line: OrderLine
    num: int
    target: int | None
    skus: Sequence[Sku]


@dataclass(frozen=True)
class DecisionBox:
    """What the rules say, what was decided, and what may be done now."""

    judgement: Judgement
    talk: Talk
    request: Approval | None
    moves: frozenset[str]
    amend_lines: Sequence[AmendLine]


def read_decision_box(ticket: Ticket, *, now: datetime, with_forms: bool) -> DecisionBox:
    """The box of a ticket; a bounded number of statements, and those of the forms only for who may use them."""
    judgement = judge_ticket(ticket, now=now)
    moves = moves_of(ticket, judgement) if with_forms else frozenset()
    return DecisionBox(
        judgement=judgement,
        talk=talk_of(ticket),
        request=_request(ticket),
        moves=moves,
        amend_lines=_amend_lines(ticket) if "amend" in moves else (),
    )


def moves_of(ticket: Ticket, judgement: Judgement) -> frozenset[str]:
    """What may be done with a ticket as it stands; the services refuse the rest."""
    case, decision, said = ticket.case, ticket.decision, judgement.verdict
    decidable = "decide" in CASE_MOVES.possible(case)
    again = case == Case.DECIDED and decision != Decision.PENDING
    unsettled = case in UNSETTLED_CASES
    in_motion = has_moved(ticket)
    can = {
        "accept": said.allowed and (decidable or again) and "accept" in DECISION_MOVES.possible(decision),
        "ask": said.may_be_asked and (decidable or again) and "ask" in DECISION_MOVES.possible(decision),
        "refuse": (decidable or again) and "refuse" in DECISION_MOVES.possible(decision),
        "take-back": unsettled and decision == Decision.ASKED,
        "amend": "amend" in CASE_MOVES.possible(case) and "amend" in DECISION_MOVES.possible(decision),
        "withdraw": "cancel" in CASE_MOVES.possible(case) and not in_motion,
        "undo": case == Case.DECIDED
        and decision == Decision.ACCEPTED
        and ticket.condition_id is not None
        and not in_motion,
        "step-in": "step_in" in CASE_MOVES.possible(case),
        "ruling": "rule" in CASE_MOVES.possible(case),
        "reopen": case == Case.CLOSED and ticket.close_reason == Ticket.Close.NOT_SENT_BACK,
        "received": unsettled
        and decision != Decision.ACCEPTED
        and ticket.order.signed_time is None
        and judgement.shipped,
    }
    return frozenset(move for move, may in can.items() if may)


def read_log(ticket: Ticket) -> tuple[Sequence[TicketMessage], int]:
    """The newest lines of a ticket's log, oldest first, and how many older ones there are: two statements."""
    found = TicketMessage.objects.filter(ticket=ticket)
    count = found.count()
    newest = list(found.select_related("author").order_by("-at", "-pk")[:MOST_SHOWN])
    return newest[::-1], max(count - MOST_SHOWN, 0)


def _request(ticket: Ticket) -> Approval | None:
    if ticket.decision != Decision.ASKED:
        return None
    requests = Approval.objects.filter(
        Q(kind=AFTER_SALE_EXCEPTION) | Q(kind=STYLE_EXCHANGE),
        subject_kind="ticket",
        subject_id=str(ticket.pk),
        status=Approval.Status.PENDING,
    )
    return requests.select_related("requested_by").first()


def _amend_lines(ticket: Ticket) -> list[AmendLine]:
    asked = {line.line_id: line for line in TicketLine.objects.filter(ticket=ticket)}
    lines = list(
        OrderLine.objects.filter(order=ticket.order_id).select_related("product").order_by("position")
    )
    skus: dict[int, list[Sku]] = defaultdict(list)
    for sku in Sku.objects.filter(product__in={line.product_id for line in lines}).order_by("pk"):
        skus[sku.product_id].append(sku)
    return [
        AmendLine(
            line,
            asked[line.pk].num if line.pk in asked else 0,
            asked[line.pk].target_id if line.pk in asked else None,
            [sku for sku in skus[line.product_id] if sku.pk != line.sku_id],
        )
        for line in lines
    ]
