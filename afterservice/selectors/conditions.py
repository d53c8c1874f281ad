"""Reading conditions (A14): their terms, what a request meets, and a dry run over last month's tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from afterservice.models import AcceptCondition, Ticket
from afterservice.rules.conditions import MONTH, ConditionTerms, Met, matches
from afterservice.selectors.judging import Judgement, asks_of, judge, value_of
from afterservice.states import Decision
from shopdesk.base.money import ZERO

# More tickets of one kind in a month than a shop of this size has; the trial says when there were more.
MOST_TRIED = 5000


@dataclass(frozen=True)
class Tried:
    """A ticket of last month that the condition would have accepted, and what was decided."""

    ticket: Ticket
    amount: Decimal | None

    @property
    def agrees(self) -> bool:
        """Whether it was accepted anyway."""
        return self.ticket.decision == Decision.ACCEPTED


@dataclass(frozen=True)
class Trial:
    """A dry run: how many requests of the kind there were, and those that the condition would have accepted."""

    since: datetime
    asked: int
    accepted: Sequence[Tried]
    cut: bool

    @property
    def amount(self) -> Decimal:
        """What the goods of all that it would have accepted cost (CNY)."""
        return sum((tried.amount or ZERO for tried in self.accepted), ZERO)

    def count(self, decision: str) -> int:
        """How many of those it would have accepted were decided so."""
        return sum(tried.ticket.decision == decision for tried in self.accepted)

    @property
    def refused(self) -> int:
        """How many of them staff refused: what a manager looks at first."""
        return self.count(Decision.REFUSED)

    @property
    def agreed(self) -> int:
        """How many of them were accepted anyway."""
        return self.count(Decision.ACCEPTED)

    @property
    def undecided(self) -> int:
        """How many of them nobody decided."""
        return len(self.accepted) - self.refused - self.agreed


def terms_of(condition: AcceptCondition) -> ConditionTerms:
    """What a condition asks for, as plain values."""
    return ConditionTerms(
        kind=condition.kind,
        product_kind=condition.product_kind,
        stage=condition.stage,
        amount_up_to=condition.amount_up_to,
        tier_from=condition.tier_from,
        needs_evidence=condition.needs_evidence,
    )


def met_of(ticket: Ticket, judgement: Judgement) -> Met:
    """What a ticket (its buyer read with it) meets, as it was judged."""
    stage = ""
    if judgement.received is not None:
        stage = AcceptCondition.Stage.RECEIVED
    elif judgement.shipped:
        stage = AcceptCondition.Stage.ON_THE_WAY
    return Met(
        kind=ticket.kind,
        product_kinds=frozenset(line.wanted.line.product.kind for line in judgement.lines),
        stage=stage,
        amount=_amount(judgement),
        spend=ticket.buyer.spend if ticket.buyer is not None else ZERO,
        evidence=judgement.evidence,
    )


def dry_run(condition: AcceptCondition, *, now: datetime) -> Trial:
    """Which tickets of the last month the condition, as it is, would have accepted; nothing is written.

    They are judged as they were asked for, but by the stock, evidence and spend of now: those of then are not
    kept. A constant number of statements.
    """
    since = now - MONTH
    asked = Ticket.objects.filter(kind=condition.kind, opened_at__gte=since, opened_at__lte=now)
    tickets = list(
        asked.select_related("order", "buyer", "decided_by", "condition").order_by("-opened_at", "-pk")[
            : MOST_TRIED + 1
        ]
    )
    cut = len(tickets) > MOST_TRIED
    tickets = tickets[:MOST_TRIED]
    terms = terms_of(condition)
    accepted = []
    for ticket, judgement in zip(tickets, judge(asks_of(tickets, now=now, as_asked=True)), strict=True):
        if judgement.verdict.allowed and matches(terms, met_of(ticket, judgement)):
            accepted.append(Tried(ticket, _amount(judgement)))
    return Trial(since=since, asked=len(tickets), accepted=accepted, cut=cut)


def _amount(judgement: Judgement) -> Decimal | None:
    if not judgement.lines:
        return None
    return sum((value_of(line.wanted.line, line.wanted.num) for line in judgement.lines), ZERO)


def conditions_with_trial(
    wanted: int, *, now: datetime
) -> tuple[Sequence[AcceptCondition], AcceptCondition | None, Trial | None]:
    """All conditions, those that decide first; and the dry run of the one with this number, where there is one."""
    rows = list(AcceptCondition.objects.select_related("made_by").order_by("-active", "name"))
    shown = next((row for row in rows if row.pk == wanted), None)
    return rows, shown, dry_run(shown, now=now) if shown is not None else None
