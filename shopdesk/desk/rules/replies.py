"""T3: canned replies: when each is used, its text filled by the facts, and what stops it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import EXCHANGES
from afterservice.states import Decision
from orders.states import CLOSED, Status
from shopdesk.desk.rules.reply_claims import Claim, untrue
from shopdesk.desk.rules.reply_facts import ReplyFacts
from shopdesk.desk.rules.reply_fields import FIELD, FIELDS

# A person, and the shop, keep this many at most: a picker lists them all.
MOST_REPLIES = 200
LONGEST_TITLE, LONGEST_TEXT = 40, 500


class Moment(models.TextChoices):
    """When a reply is used (T3)."""

    GREETING = "greeting", _("greeting")
    PRICE = "price", _("price")
    PAYMENT = "payment", _("payment")
    CHASING = "chasing", _("chasing")
    SHIPPING = "shipping", _("shipping")
    RETURN = "return", _("return")
    EXCHANGE = "exchange", _("exchange")
    REFUSAL = "refusal", _("refusal")
    FAREWELL = "farewell", _("farewell")


@dataclass(frozen=True)
class ReplyRequest:
    """A canned reply as somebody writes it; the English title and text may be empty."""

    moment: str
    title: str
    text: str
    title_en: str = ""
    text_en: str = ""
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stop:
    """Why a reply is stopped: the field or claim, none for a reminder (O14), and the reason in words."""

    what: str
    reason: str | Promise
    is_field: bool


@dataclass(frozen=True)
class Filled:
    """A reply filled by the facts, and what stops it; a field without a value stays in its braces."""

    text: str
    stops: tuple[Stop, ...]


def is_reminder(moment: str, claims: Iterable[str]) -> bool:
    """Whether a reply chases a payment, so that O14 decides when it may go out.

    **Our reading:** each of the moment *chasing* does, whatever it claims, but those that tell of a closed order.
    """
    return moment == Moment.CHASING and Claim.CLOSED not in claims


def fill(
    text: str, claims: Iterable[str], facts: ReplyFacts, language: str, *, reminds: bool = False
) -> Filled:
    """Fill a text, and answer every missing field and untrue claim (T3), and why it may not remind now (O14)."""
    stops: dict[str, Stop] = {}

    def value(match: re.Match[str]) -> str:
        field = FIELDS.get(match[1])
        found = field.value(facts, language) if field else ""
        if not found:
            stops[match[0]] = Stop(match[0], field.missing if field else _("There is no such field."), True)
        return found or match[0]

    filled = FIELD.sub(value, text)
    if reminds and facts.no_reminder:
        # It says when and why; that the order is not unpaid would only say it again.
        stops[""] = Stop("", facts.no_reminder, False)
        claims = [claim for claim in claims if claim != Claim.UNPAID]
    for claim in claims:
        reason = untrue(claim, facts)
        if reason is not None:
            stops[claim] = Stop(claim, reason, False)
    return Filled(filled, tuple(stops.values()))


def says_the_same(text: str, said: str, facts: ReplyFacts, language: str) -> bool:
    """Whether ``said`` is the text filled by the facts as they are now, but for fields whose value moves (T3)."""
    parts = []
    end = 0
    for match in FIELD.finditer(text):
        field = FIELDS.get(match[1])
        if field is None:
            return False
        parts.append(re.escape(text[end : match.start()]))
        parts.append(field.moves.pattern if field.moves else re.escape(field.value(facts, language)))
        end = match.end()
    parts.append(re.escape(text[end:]))
    return re.fullmatch("".join(parts), said) is not None


def fitting_moments(facts: ReplyFacts) -> tuple[Moment, ...]:
    """The moments that fit an order or ticket as it is, the likeliest first."""
    ticket = facts.ticket
    if ticket is not None:
        if ticket.decision == Decision.REFUSED:
            return Moment.REFUSAL, Moment.RETURN, Moment.FAREWELL
        first = Moment.EXCHANGE if ticket.kind in EXCHANGES else Moment.RETURN
        return first, Moment.REFUSAL, Moment.FAREWELL
    status = Status(facts.status)
    if status == Status.WAIT_BUYER_PAY:
        return Moment.CHASING, Moment.PRICE, Moment.PAYMENT, Moment.GREETING
    if status == Status.WAIT_SELLER_SEND_GOODS:
        return Moment.PAYMENT, Moment.SHIPPING, Moment.GREETING
    if status == Status.WAIT_BUYER_CONFIRM_GOODS:
        return Moment.SHIPPING, Moment.FAREWELL, Moment.RETURN, Moment.EXCHANGE
    if status in CLOSED:
        return Moment.CHASING, Moment.FAREWELL, Moment.GREETING
    return Moment.FAREWELL, Moment.RETURN, Moment.EXCHANGE
