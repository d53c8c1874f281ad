"""What is asked for when a ticket is opened, and what can be asked for at all (A1)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import EXCHANGES, WITHOUT_GOODS, Problem, TicketKind
from shopdesk.base.errors import DomainError

LONGEST_TEXT = 2000
# Kinds that may name no goods: they are about the order as a whole.
GOODS_OPTIONAL = WITHOUT_GOODS | {TicketKind.POSTAGE_REFUND}


@dataclass(frozen=True)
class Request:
    """What a buyer asks for: ``goods`` are (position of the line, pieces, SKU wanted instead or nothing)."""

    kind: str
    problem: str
    goods: tuple[tuple[int, int, int | None], ...]


@dataclass(frozen=True)
class NewTicket:
    """A ticket to be opened on an order, with the buyer's own words and how they came.

    ``received_time`` is when the buyer got the goods, where the order does not know it, and who says so (A4).
    ``platform_no`` is Taobao's number of the request, where it is from there (D2).
    """

    tid: str
    kind: str
    problem: str
    goods: tuple[tuple[int, int, int | None], ...]
    text: str
    channel: str
    received_time: datetime | None = None
    received_source: str = ""
    platform_no: str = ""
    platform_status: str = ""


def check_words(text: str) -> str:
    """What was said, without blanks round it. Raises ``DomainError`` (A12) for nothing, or what cannot be kept."""
    text = text.strip()
    if not text:
        raise DomainError("A12", _("Write down what was said."), field="text")
    if len(text) > LONGEST_TEXT:
        raise DomainError("A12", _("A message holds 2000 characters. Split it in two."), field="text")
    if "\x00" in text:
        raise DomainError("A12", _("The text holds a character that cannot be stored."), field="text")
    return text


def check_shape(request: Request | NewTicket) -> None:
    """Refuse what is no request at all (A1), whatever the order says."""
    if request.kind not in TicketKind.values:
        raise DomainError("A1", _("Choose what the buyer asks for."), field="kind")
    if request.problem not in Problem.values:
        raise DomainError("A1", _("Choose what is wrong."), field="problem")
    if not request.goods and request.kind not in GOODS_OPTIONAL:
        raise DomainError("A1", _("Choose the goods that it is about."), field="goods")
    positions = [position for position, *_rest in request.goods]
    if len(set(positions)) < len(positions):
        raise DomainError("A1", _("Each line once: put the pieces together."), field="goods")
    for _position, num, target in request.goods:
        if num < 1:
            raise DomainError("A1", _("At least one piece."), field="goods")
        if target is None and request.kind == TicketKind.EXCHANGE_SKU:
            raise DomainError("A7", _("Choose the colour and size that the buyer wants."), field="goods")
        if target is not None and request.kind not in EXCHANGES:
            raise DomainError("A1", _("Only an exchange names other goods."), field="goods")
