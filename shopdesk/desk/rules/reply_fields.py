"""T3: the fields that a canned reply may hold, what each means, and its value by the facts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.money import yuan
from shopdesk.desk.rules.reply_facts import ReplyFacts, TicketFacts

CHINESE, ENGLISH = "zh", "en"
LANGUAGES = (CHINESE, ENGLISH)
FIELD = re.compile(r"\{([^{}\n]*)\}")
Value = Callable[[ReplyFacts, str], str]
_TIME_LEFT = re.compile(r"(?:[0-9]+(?:小时| h ))?[0-9]+(?:分钟| min)")


@dataclass(frozen=True)
class ReplyField:
    """One field: its meaning, its value in a language, and what is missing where it has none.

    A field that ``moves`` has another value a minute later: a text that was copied before holds one that looks alike.
    """

    meaning: str | Promise
    value: Value
    missing: str | Promise
    of_ticket: bool = False
    moves: re.Pattern[str] | None = None


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else yuan(amount)


def _moment(at: datetime | None, language: str) -> str:
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    if language == ENGLISH:
        return local.strftime("%Y-%m-%d %H:%M")
    return f"{local.month}月{local.day}日{local:%H:%M}"


def _time_left(facts: ReplyFacts, language: str) -> str:
    if facts.closes_at is None or facts.closes_at <= facts.now:
        return ""
    minutes = int((facts.closes_at - facts.now).total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    if language == ENGLISH:
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{hours}小时{minutes}分钟" if hours else f"{minutes}分钟"


def _refund(facts: ReplyFacts, language: str) -> str:
    if facts.ticket is not None:
        return _amount(facts.ticket.refund)
    return _amount(facts.refunded or facts.refund_due or None)


def _of_ticket(value: Callable[[TicketFacts, str], str]) -> Value:
    return lambda facts, language: "" if facts.ticket is None else value(facts.ticket, language)


_UNSENT = _("No parcel of this order is shipped yet.")
FIELDS: Mapping[str, ReplyField] = {
    "nick": ReplyField(_("the buyer's nick"), lambda facts, _l: facts.nick, _("The order names no buyer.")),
    "tid": ReplyField(_("order number"), lambda facts, _l: facts.tid, _("There is no order number.")),
    "goods": ReplyField(
        _("the goods, with colour, size and quantity"),
        lambda facts, _l: facts.goods,
        _("The order has no goods."),
    ),
    "payment": ReplyField(
        _("total to pay, postage included"),
        lambda facts, _l: _amount(facts.payment),
        _("The order has no total."),
    ),
    "post_fee": ReplyField(
        _("postage"), lambda facts, _l: _amount(facts.post_fee), _("The order has no postage.")
    ),
    "time_left": ReplyField(
        _("time left to pay (O4)"),
        _time_left,
        _("The order does not wait for payment (O4)."),
        moves=_TIME_LEFT,
    ),
    "pay_by": ReplyField(
        _("time by which it is to be paid (O4)"),
        lambda facts, language: _moment(facts.closes_at, language),
        _("The order does not wait for payment (O4)."),
    ),
    "ship_by": ReplyField(
        _("time by which it is to be shipped (O13)"),
        lambda facts, language: _moment(facts.ship_by, language),
        _("No parcel of this order waits to be shipped, so nothing is promised (O13)."),
    ),
    "carrier": ReplyField(_("carrier of what is shipped"), lambda facts, _l: facts.carrier, _UNSENT),
    "tracking": ReplyField(
        _("tracking number of what is shipped"), lambda facts, _l: facts.tracking, _UNSENT
    ),
    "address": ReplyField(
        _("address of the receiver, without phone"),
        lambda facts, _l: facts.address,
        _("The order has no address."),
    ),
    "refund": ReplyField(
        _("amount that is or was refunded"), _refund, _("No refund is decided, so there is no amount (A9).")
    ),
    "ticket": ReplyField(
        _("ticket number"),
        _of_ticket(lambda ticket, _l: ticket.number),
        _("There is no ticket."),
        of_ticket=True,
    ),
    "wanted": ReplyField(
        _("the goods that are wanted instead"),
        _of_ticket(lambda ticket, _l: ticket.wanted),
        _("The ticket does not say which goods are wanted instead (A7)."),
        of_ticket=True,
    ),
    "refusal": ReplyField(
        _("why the request is refused"),
        _of_ticket(lambda ticket, _l: ticket.refusal),
        _("The request is not refused, so there is no reason."),
        of_ticket=True,
    ),
    "return_address": ReplyField(
        _("address to send goods back to, once it is given"),
        _of_ticket(lambda ticket, _l: ticket.return_address),
        _("The return address is not given yet: give it on the ticket first (A7, A8)."),
        of_ticket=True,
    ),
    "send_back_by": ReplyField(
        _("time by which the goods are to be sent back (A6)"),
        _of_ticket(lambda ticket, language: _moment(ticket.send_back_by, language)),
        _("The ticket does not wait for goods (A6)."),
        of_ticket=True,
    ),
    "return_tracking": ReplyField(
        _("tracking number of the goods that come back"),
        _of_ticket(lambda ticket, _l: ticket.return_tracking),
        _("The buyer's return tracking number is not noted yet (A7)."),
        of_ticket=True,
    ),
    "sent_tracking": ReplyField(
        _("carrier and tracking number of what is sent to the buyer after the sale"),
        _of_ticket(lambda ticket, _l: ticket.sent_tracking),
        _("Nothing was shipped for this ticket yet."),
        of_ticket=True,
    ),
    "postage_due": ReplyField(
        _("postage that the buyer pays for the exchange"),
        _of_ticket(lambda ticket, _l: _amount(ticket.postage_due)),
        _("Nobody said yet what postage the buyer pays (A7)."),
        of_ticket=True,
    ),
    "difference_due": ReplyField(
        _("price difference that the buyer pays"),
        _of_ticket(lambda ticket, _l: _amount(ticket.difference_due)),
        _("There is no price difference to pay (A8)."),
        of_ticket=True,
    ),
}


def fields_of(text: str) -> list[str]:
    """The names between braces, each once, in the order in which they stand."""
    return list(dict.fromkeys(FIELD.findall(text)))


def unknown_fields(text: str) -> list[str]:
    """The names that are no field; an empty name for a brace that stands alone."""
    unknown = [name for name in fields_of(text) if name not in FIELDS]
    return [*unknown, ""] if re.search(r"[{}]", FIELD.sub("", text)) else unknown
