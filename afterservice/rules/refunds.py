"""A9: how much a ticket pays back, as one decision on plain values; the preview and the execution both call it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import EXCHANGES, Category, TicketKind, category_of
from members.rules import share
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO, quantize, yuan

# Kinds whose pieces are refunded whole where nobody says how much: they go back, or never came.
WHOLE = frozenset(
    {TicketKind.RETURN, TicketKind.REFUND_ONLY, *EXCHANGES, TicketKind.REPAIR, TicketKind.RESEND}
)
# A9: what agents may give back of one order by themselves, all its after-sale money together (CNY).
REFUND_LIMIT = Decimal("200.00")


@dataclass(frozen=True)
class LineMoney:
    """A line of the order as a refund sees it (CNY): what was charged for it and what is left of that.

    ``pieces`` are this ticket's; ``earlier`` are those that other tickets refunded already. ``left`` is what was
    charged less everything that is refunded or due. ``cheaper`` is what another style costs less (A8).
    """

    line: int
    num: int
    payment: Decimal
    left: Decimal
    pieces: int
    earlier: int = 0
    cheaper: Decimal = ZERO

    @property
    def charged(self) -> Decimal:
        """What these pieces were charged: after those of others; where they overlap, the last ones."""
        earlier = max(min(self.earlier, self.num - self.pieces), 0)
        return charged_for(self.payment, self.num, earlier, self.pieces)


@dataclass(frozen=True)
class OrderMoney:
    """The order as a refund sees it (CNY)."""

    lines: Sequence[LineMoney]
    post_fee_left: Decimal
    # All that was paid and is neither refunded nor due: no refund is more.
    left: Decimal
    shipped: bool = True
    # Whether every piece of the order that is left goes back with this ticket.
    takes_all: bool = False


@dataclass(frozen=True)
class Ask:
    """What is asked (CNY). With ``goods``, a line without an amount of its own gets what its pieces were charged.

    Without it an exchange goes on, and such a line gets what another style costs less (A8). ``post_fee`` is the
    order's postage, unset for what the rules give; the rest is owed beside the refund.
    """

    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    goods: bool = True
    post_fee: Decimal | None = None
    return_postage: Decimal = ZERO
    invoice: Decimal = ZERO
    compensation: Decimal = ZERO


@dataclass(frozen=True)
class Difference:
    """A8: what another style costs more, the buyer's to pay, or less, by line, the shop's to give back (CNY)."""

    due: Decimal
    back: Sequence[Decimal]


@dataclass(frozen=True)
class Step:
    """One line of the explanation: the rule, what it says, and the amount (CNY)."""

    rule: str
    text: str | Promise
    amount: Decimal


@dataclass(frozen=True)
class Payback:
    """What is paid back (CNY): for each line and for postage by a refund, and what is owed beside it."""

    lines: Mapping[int, Decimal]
    post_fee: Decimal
    owed: Decimal
    compensation: Decimal
    steps: Sequence[Step]

    @property
    def refund(self) -> Decimal:
        """What the refund on Taobao comes to."""
        return sum(self.lines.values(), ZERO) + self.post_fee

    @property
    def total(self) -> Decimal:
        """All that the buyer gets."""
        return self.refund + self.owed


def shop_is_at_fault(problem: str) -> bool:
    """Whether the shop bears the postage: something is wrong with goods or delivery (A2, A3).

    **Our reading:** a buyer who changed their mind, or who needs help with use, is not the shop's fault.
    """
    return category_of(problem) not in (Category.CHOICE, Category.HOW_TO)


def charged_for(payment: Decimal, num: int, earlier: int, pieces: int) -> Decimal:
    """What ``pieces`` of a line were charged after the ``earlier`` ones (CNY).

    Rounded on the running total, so that all pieces of a line, in whatever portions, sum to what was paid for it.
    """
    earlier = min(earlier, num)
    until = min(earlier + pieces, num)
    return quantize(payment * until / num) - quantize(payment * earlier / num)


def difference(charged: Sequence[Decimal], cost: Decimal) -> Difference:
    """The difference (CNY) between what was charged for goods that come back, by line, and another style's cost.

    A8 says who pays a higher price. **Our reading:** a lower one is the buyer's by the same rule, shared among the
    lines by what was charged for them, so that no line gives back more than that (A9).
    """
    gap = cost - sum(charged, ZERO)
    return Difference(max(gap, ZERO), share(max(-gap, ZERO), charged))


def payback(kind: str, problem: str, order: OrderMoney, ask: Ask) -> Payback:
    """What a settlement pays, by line and in all; every figure with its rule (A9, A3).

    Raises ``DomainError`` (A9) for an amount that is not the buyer's to get: more than was paid for the line, postage
    or return postage where the shop is not at fault, or nothing at all.
    """
    steps: list[Step] = []
    left = order.left
    lines: dict[int, Decimal] = {}
    for money in order.lines:
        amount = _of_line(kind, money, ask, left)
        if amount:
            lines[money.line] = amount
            left -= amount
            steps.append(_step_of_line(money, ask, amount))
    if unknown := sorted(set(ask.amounts) - {money.line for money in order.lines}):
        raise DomainError("A9", _("Line %(line)s is not in this ticket.") % {"line": unknown[0]})
    post_fee = _postage(kind, problem, order, ask, left, steps)
    owed = _beside(kind, problem, ask, steps)
    paid = Payback(lines, post_fee, owed, ask.compensation, steps)
    if not paid.total:
        raise DomainError("A9", _("Nothing that was paid is left to refund for this."))
    return paid


def needs_supervisor(total: Decimal, before: Decimal, compensation: Decimal) -> str:
    """The rule by which an agent asks a supervisor first: above the limit (A9), or any compensation (P1); else "".

    ``before`` is what the order's tickets gave back already (CNY).
    """
    if compensation > 0:
        return "P1"
    return "A9" if before + total > REFUND_LIMIT else ""


def _step_of_line(money: LineMoney, ask: Ask, amount: Decimal) -> Step:
    if money.line in ask.amounts:
        return Step("A9", _("part of what was paid for it"), amount)
    if ask.goods:
        return Step("A9", _("as it was charged, discount included"), amount)
    return Step("A8", _("the new style costs less than what came back"), amount)


def _of_line(kind: str, money: LineMoney, ask: Ask, left: Decimal) -> Decimal:
    most = max(min(money.charged, money.left, left), ZERO)
    asked = ask.amounts.get(money.line)
    if asked is None and not ask.goods:
        return min(money.cheaper, most)
    if asked is None:
        return most if kind in WHOLE else ZERO
    _require_amount(asked, zero=True)
    if asked > most:
        raise DomainError(
            "A9",
            _("At most %(most)s are left of what was paid for these pieces, %(asked)s were asked for.")
            % {"most": yuan(most), "asked": yuan(asked)},
            field="amounts",
        )
    return asked


def _postage(
    kind: str, problem: str, order: OrderMoney, ask: Ask, left: Decimal, steps: list[Step]
) -> Decimal:
    most = max(min(order.post_fee_left, left), ZERO)
    at_fault = shop_is_at_fault(problem)
    if not order.shipped:
        due, why = most, _("nothing was shipped: the postage goes back too")
    elif at_fault and (order.takes_all or kind == TicketKind.POSTAGE_REFUND):
        due, why = most, _("the shop is at fault, and nothing of the order stays: the postage goes back too")
    elif kind == TicketKind.POSTAGE_REFUND:
        # It was accepted: the shop owes it.
        due, why = most, _("the shop owes the postage")
    elif at_fault:
        due, why = ZERO, _("other goods of the order stay: they travelled for it")
    else:
        due, why = ZERO, _("the shop is not at fault: the postage stays")
    amount = due if ask.goods else ZERO
    if ask.post_fee is not None:
        _require_amount(ask.post_fee, zero=True)
        if ask.post_fee > due:
            raise DomainError(
                "A9",
                _("Of the postage %(due)s may go back: %(why)s.") % {"due": yuan(due), "why": why},
                field="post_fee",
            )
        amount = ask.post_fee
    if amount or (ask.goods and kind in WHOLE):
        steps.append(Step("A9", why, amount))
    return amount


def _beside(kind: str, problem: str, ask: Ask, steps: list[Step]) -> Decimal:
    if ask.return_postage:
        _require_amount(ask.return_postage)
        if not shop_is_at_fault(problem):
            raise DomainError(
                "A3",
                _("The buyer pays the return postage: the shop is not at fault."),
                field="return_postage",
            )
        steps.append(Step("A3", _("the return postage, since the shop is at fault"), ask.return_postage))
    if ask.invoice:
        _require_amount(ask.invoice)
        if kind != TicketKind.REPAIR:
            raise DomainError("A6", _("An invoice is paid for a repair by the buyer."), field="invoice")
        steps.append(Step("A6", _("the invoice of the repair"), ask.invoice))
    if ask.compensation:
        _require_amount(ask.compensation)
        steps.append(Step("P1", _("compensation"), ask.compensation))
    return ask.return_postage + ask.invoice + ask.compensation


def _require_amount(amount: Decimal, *, zero: bool = False) -> None:
    if amount < 0 or (not amount and not zero) or amount != quantize(amount):
        raise DomainError("A9", _("An amount is more than nothing, in yuan and whole cents."))
