"""A5–A8: what comes next with the goods of a ticket, as a decision on plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import EXCHANGES, GOODS_COME_BACK, TicketKind
from afterservice.rules.policy_table import is_like_price
from afterservice.states import GOODS_IN, Goods
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO, yuan

# A7, as it stands on the order; Chinese as every note.
EXCHANGE_NOTE = "{goods}退回换{target}，退回的商品暂时还没有收到"


class StepCode(models.TextChoices):
    """The steps of A5, A7 and A8, in their order."""

    RECEIPT = "receipt", _("Receipt time checked")
    RESALE = "resale", _("Asked whether it is fit for resale")
    EXCEPTION = "exception", _("Said that it is an exception (下不为例)")
    TIED = "tied", _("Unpaid order for the new style tied")
    TARGET = "target", _("Chosen, and in stock")
    HOLD = "hold", _("Hold taken")
    SIGNED = "signed", _("Hold signed by the warehouse")
    DIFFERENCE = "difference", _("Difference paid by postage link")
    NOTE = "note", _("Note on the order")
    ADDRESS = "address", _("Return address given")
    POSTAGE = "postage", _("Postage paid by postage link")
    NUMBER = "number", _("Return tracking number noted")
    RECEIVED = "received", _("Goods received")
    INSPECTED = "inspected", _("Goods inspected")
    PARCEL = "parcel", _("Parcel planned")
    SENT = "sent", _("Parcel sent")


class StepState(models.TextChoices):
    """How a step stands."""

    DONE = "done", _("done")
    NEXT = "next", _("next")
    OPEN = "open", _("later")


@dataclass(frozen=True)
class Step:
    """One step: how it stands and, where it is not done, what it waits for."""

    code: StepCode
    rule: str
    state: StepState
    waits_for: str | Promise = ""

    @property
    def done(self) -> bool:
        """Whether it is behind us."""
        return self.state == StepState.DONE


@dataclass(frozen=True)
class ExchangeFacts:
    """A ticket as the steps see it (money in CNY)."""

    kind: str
    accepted: bool = True
    goods: str = Goods.NONE
    receipt_known: bool = False
    resale_asked: bool = False
    exception_told: bool = False
    tied: bool = False
    has_targets: bool = False
    targets_in_stock: bool = False
    held: bool = False
    hold_signed: bool = False
    postage_due: Decimal | None = None
    postage_paid: Decimal = ZERO
    difference_due: Decimal = ZERO
    difference_paid: Decimal = ZERO
    address_given: bool = False
    number_noted: bool = False
    parcel_planned: bool = False
    parcel_sent: bool = False


def steps_of(facts: ExchangeFacts) -> list[Step]:
    """The steps of a ticket's goods: done, the next one, and those that come later; each says what it waits for.

    Kinds whose goods do not come back have no steps, but for the parcel of a resend (A5).
    """
    steps: list[Step] = []
    next_found = False
    for code, rule, done, waits_for in _steps(facts):
        if done:
            steps.append(Step(code, rule, StepState.DONE))
            continue
        state = StepState.OPEN if next_found else StepState.NEXT
        next_found = True
        steps.append(Step(code, rule, state, waits_for))
    return steps


def next_step(facts: ExchangeFacts) -> Step | None:
    """The step that comes next; ``None`` when all are done."""
    return next((step for step in steps_of(facts) if step.state == StepState.NEXT), None)


def require_before(facts: ExchangeFacts, code: StepCode) -> None:
    """Raise ``DomainError`` (A7, A8) where a step that comes before ``code`` is not done, naming it."""
    for step in steps_of(facts):
        if step.code == code:
            return
        # Postage may come late: the exchange waits for it, the goods on their way do not.
        if not step.done and step.code != StepCode.POSTAGE:
            raise DomainError(
                step.rule,
                _("First: %(step)s. %(waits)s") % {"step": step.code.label, "waits": step.waits_for},
            )


def address_shown(facts: ExchangeFacts) -> bool:
    """Whether staff may see the return address of this ticket (A8: not before the difference is paid)."""
    if not facts.accepted or facts.kind not in GOODS_COME_BACK:
        return False
    return facts.kind != TicketKind.EXCHANGE_STYLE or (
        facts.tied and facts.difference_paid >= facts.difference_due
    )


def require_like_price(paid: Decimal, wanted: Decimal) -> None:
    """Raise ``DomainError`` (A8) unless the new style's price (CNY) is within 20 % of what was paid, inclusive."""
    if not is_like_price(paid, wanted):
        raise DomainError(
            "A8",
            _("The new style costs %(wanted)s, the goods that come back %(paid)s: more than 20 %% apart.")
            % {"wanted": yuan(wanted), "paid": yuan(paid)},
        )


def _steps(facts: ExchangeFacts) -> Sequence[tuple[StepCode, str, bool, str | Promise]]:
    if facts.kind == TicketKind.RESEND:
        return _outward(facts)
    if facts.kind not in GOODS_COME_BACK:
        return ()
    came_back = (
        _number(facts),
        (
            StepCode.RECEIVED,
            "A5",
            facts.goods in _HERE,
            _("The warehouse receives it by scanning its number."),
        ),
    )
    if facts.kind == TicketKind.REPAIR:
        return (_address(facts), *came_back, *_outward(facts))
    begin = (
        (StepCode.RECEIPT, "A4", facts.receipt_known, _("Enter when the buyer received it, and from where.")),
        (
            StepCode.RESALE,
            "A7" if facts.kind in EXCHANGES else "A3",
            facts.resale_asked,
            _("Ask the buyer: unworn, fit for resale."),
        ),
    )
    inspected = (
        StepCode.INSPECTED,
        "A5",
        facts.goods in GOODS_IN,
        _("The warehouse inspects it; what fails a supervisor decides."),
    )
    if facts.kind == TicketKind.RETURN:
        return (*begin, _address(facts), *came_back, inspected)
    return (
        *begin,
        *(_style(facts) if facts.kind == TicketKind.EXCHANGE_STYLE else ()),
        (
            StepCode.TARGET,
            "A7",
            facts.held or (facts.has_targets and facts.targets_in_stock),
            _("Choose what is wanted instead; it must be on the shelf."),
        ),
        (StepCode.HOLD, "A7", facts.held, _("Keep it from the shelf.")),
        (
            StepCode.SIGNED,
            "A7",
            facts.held and facts.hold_signed,
            _("The warehouse puts it aside and signs the hold."),
        ),
        *(_difference(facts) if facts.kind == TicketKind.EXCHANGE_STYLE else ()),
        (
            StepCode.NOTE,
            "A7",
            facts.address_given,
            _("It is written with the return address."),
        ),
        _address(facts),
        _postage(facts),
        *came_back,
        inspected,
        *_outward(facts),
    )


_HERE = (Goods.RECEIVED, Goods.PASSED, Goods.FAILED, Goods.TAKEN, Goods.SENT_BACK)


def _style(facts: ExchangeFacts) -> Sequence[tuple[StepCode, str, bool, str | Promise]]:
    return (
        (
            StepCode.EXCEPTION,
            "A8",
            facts.exception_told,
            _("Tell the buyer that it is an exception, this once (下不为例)."),
        ),
        (
            StepCode.TIED,
            "A8",
            facts.tied,
            _("The buyer places an order for the new style and does not pay it."),
        ),
    )


def _difference(facts: ExchangeFacts) -> Sequence[tuple[StepCode, str, bool, str | Promise]]:
    missing = max(facts.difference_due - facts.difference_paid, ZERO)
    paid = facts.tied and not missing
    words = _("The buyer pays %(missing)s by a postage link.") % {"missing": yuan(missing)}
    return ((StepCode.DIFFERENCE, "A8", paid, words),)


def _postage(facts: ExchangeFacts) -> tuple[StepCode, str, bool, str | Promise]:
    if facts.postage_due is None:
        return (StepCode.POSTAGE, "A7", False, _("Say what postage the buyer pays for the exchange."))
    missing = max(facts.postage_due - facts.postage_paid, ZERO)
    words = _("The buyer pays %(missing)s by a postage link.") % {"missing": yuan(missing)}
    return (StepCode.POSTAGE, "A7", not missing, words)


def _address(facts: ExchangeFacts) -> tuple[StepCode, str, bool, str | Promise]:
    return (
        StepCode.ADDRESS,
        "A7",
        facts.address_given,
        _("Give the buyer the address; then the 10 days run."),
    )


def _number(facts: ExchangeFacts) -> tuple[StepCode, str, bool, str | Promise]:
    # Goods may stand at the door before anybody told their number.
    known = facts.number_noted or facts.goods in _HERE
    return (StepCode.NUMBER, "A7", known, _("The buyer sends the goods and tells the number."))


def _outward(facts: ExchangeFacts) -> Sequence[tuple[StepCode, str, bool, str | Promise]]:
    return (
        (StepCode.PARCEL, "F1", facts.parcel_planned, _("Hand it to the warehouse.")),
        (StepCode.SENT, "F1", facts.parcel_sent, _("The warehouse prints, packs and ships it.")),
    )
