"""A3, A4: what a buyer may ask for after a sale: a function per rule; ``verdict`` puts them together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import WITHOUT_GOODS, Problem, TicketKind
from afterservice.rules.policy_table import (
    COLUMNS,
    PROTECTION,
    TABLE,
    Cell,
    Facts,
    Row,
    is_like_price,
    window_end,
)
from afterservice.rules.verdicts import Outcome, Payer, Verdict, sentence
from orders.rules.products import ProductKind

_EXCEPTION = sentence(_("A supervisor's exception, asked for with a reason (P1)."))
_STYLE = sentence(_("A supervisor's approval, and the buyer told that it is an exception (下不为例, A8)."))


def verdict(facts: Facts) -> Verdict:
    """What the rules say: the first that has something to say. Never fails; every request gets an answer."""
    for rule in RULES:
        if (said := rule(facts)) is not None:
            return said
    return _table_says(facts)


def without_goods(facts: Facts) -> Verdict | None:
    """A1: cases about no goods are always taken on.

    **Our reading:** A3 speaks of goods. A bad review, a dispute or a compensation is work that cannot be turned
    away at the door; the money that it may cost is asked for when it is known (A9, P1).
    """
    if facts.kind not in WITHOUT_GOODS:
        return None
    return Verdict(
        Outcome.ALLOWED,
        "A1",
        sentence(_("A case without goods is taken on; money that it costs is asked for by itself (P1).")),
    )


def before_shipping(facts: Facts) -> Verdict | None:
    """F4, O9: what is not shipped is refunded or changed on the order, not after the sale."""
    if facts.shipped or facts.kind == TicketKind.PRICE_PROTECTION:
        return None
    if facts.kind in (TicketKind.EXCHANGE_SKU, TicketKind.EXCHANGE_STYLE):
        return Verdict(
            Outcome.NOT_NOW,
            "O9",
            sentence(
                _(
                    "It is not shipped yet: change colour or size on the order, or refund it before shipping (F4)."
                )
            ),
        )
    if facts.kind == TicketKind.POSTAGE_REFUND and facts.problem == Problem.DELAYED:
        return None
    return Verdict(
        Outcome.NOT_NOW,
        "F4",
        sentence(_("It is not shipped yet: refund it before shipping, on the order.")),
    )


def fault(facts: Facts) -> Verdict | None:
    """A3: quality, wrong item, not as described, lost parcel: always, with evidence; the shop pays the way."""
    if not facts.fault or facts.kind == TicketKind.PRICE_PROTECTION:
        return None
    postage = Payer.SHOP if facts.kind not in _STAYS else Payer.NOBODY
    if not facts.evidence:
        return Verdict(
            Outcome.NEEDS_EVIDENCE,
            "A3",
            sentence(
                _("“%(problem)s” is always accepted, with evidence: add a photo or video first."),
                problem=Problem(facts.problem).label,
            ),
            _EXCEPTION,
            postage,
        )
    if _short(facts):
        # **Our reading:** "always" is the buyer's right to be helped; an exchange that cannot be sent helps nobody.
        return Verdict(
            Outcome.OUTSIDE,
            "A7",
            sentence(
                _(
                    "%(free)s free, %(num)s wanted: choose another target, or accept it as a return or a refund, "
                    "which A3 always allows."
                ),
                free=facts.stock_free,
                num=facts.num,
            ),
            sentence(_("A supervisor who lets the exchange wait for new stock (P1).")),
            postage,
        )
    return Verdict(
        Outcome.ALLOWED,
        "A3",
        sentence(
            _("“%(problem)s” is always accepted, and evidence is there."),
            problem=Problem(facts.problem).label,
        ),
        postage=postage,
    )


def price_protection(facts: Facts) -> Verdict | None:
    """A1: the price fell after the buyer paid. See ``PROTECTION`` for how it is read."""
    if facts.kind != TicketKind.PRICE_PROTECTION:
        return None
    if (said := excluded_product(facts)) is not None:
        return said
    end = None
    if facts.shipped:
        if (said := receipt_time(facts)) is not None:
            return said
        end = _end(facts, PROTECTION)
    for bound in (past_window, too_often):
        if (said := bound(facts, PROTECTION)) is not None:
            return said
    if not facts.evidence:
        return Verdict(
            Outcome.NEEDS_EVIDENCE,
            "A3",
            sentence(_("Price protection needs proof of the lower price: add a picture of it first.")),
            _EXCEPTION,
            window_end=end,
        )
    if end is None:
        said_so = sentence(_("Price protection holds until 7 days after receipt; it is not shipped yet."))
    else:
        said_so = sentence(_("Price protection holds for 7 days from receipt, until %(end)s."), end=end)
    return Verdict(Outcome.ALLOWED, "A3", said_so, window_end=end)


def no_column(facts: Facts) -> Verdict | None:
    """A3 has no column for it, and nothing is wrong with the goods: a supervisor's exception.

    **Our reading:** keeping goods and money (refund only), repairing what is not broken and sending what is not
    missing are favours. Postage is refunded where the shop is at fault or owes it (A9): for a delay a supervisor says
    whether it is; what O13 owes is owed by itself.
    """
    if facts.kind in COLUMNS:
        return None
    if facts.kind == TicketKind.POSTAGE_REFUND and facts.problem == Problem.DELAYED:
        return Verdict(
            Outcome.SUPERVISOR,
            "A9",
            sentence(
                _("Postage is refunded where the shop is at fault or owes it: for a delay a supervisor says.")
            ),
            sentence(_("A supervisor's approval (P1).")),
        )
    return Verdict(
        Outcome.OUTSIDE,
        "A9" if facts.kind == TicketKind.POSTAGE_REFUND else "A3",
        sentence(
            _("A %(kind)s is for what is wrong, missing or lost; “%(problem)s” is none of it."),
            kind=TicketKind(facts.kind).label,
            problem=Problem(facts.problem).label,
        ),
        _EXCEPTION,
        Payer.BUYER if facts.kind == TicketKind.REPAIR else Payer.NOBODY,
    )


def excluded_product(facts: Facts) -> Verdict | None:
    """A3: special prices, postage links and virtual goods are not taken back."""
    if facts.product_kind == ProductKind.POSTAGE_LINK:
        what = _("a postage link")
    elif facts.virtual:
        what = _("virtual goods")
    elif facts.special_price:
        what = _("a special price")
    else:
        return None
    return Verdict(
        Outcome.OUTSIDE,
        "A3",
        sentence(_("It is %(what)s: no return, no exchange, no price protection."), what=what),
        _EXCEPTION,
        _payer(facts),
    )


def never_in_table(facts: Facts) -> Verdict | None:
    """A3: the table says no, whenever it is asked."""
    row = _row(facts)
    if COLUMNS[facts.kind](row) != Cell.NO:
        return None
    return Verdict(
        Outcome.OUTSIDE,
        "A3",
        sentence(
            _("%(product)s: no %(kind)s without a fault."),
            product=ProductKind(facts.product_kind).label,
            kind=TicketKind(facts.kind).label,
        ),
        _EXCEPTION,
        Payer.BUYER,
        _end(facts, row) if facts.received else None,
    )


def receipt_time(facts: Facts) -> Verdict | None:
    """A4: the window runs from receipt, never from shipping; where nobody knows it, it is asked for."""
    if facts.received is not None:
        return None
    return Verdict(
        Outcome.NEEDS_RECEIPT,
        "A4",
        sentence(_("Nobody knows when the buyer received it: enter the time and where it is from.")),
        postage=_payer(facts),
    )


def past_window(facts: Facts, row: Row) -> Verdict | None:
    """A3: asked for after the window, whose last second is in it."""
    if facts.received is None:
        return None
    end = _end(facts, row)
    if facts.asked_at <= end:
        return None
    return Verdict(
        Outcome.OUTSIDE,
        "A3",
        sentence(_("%(span)s ended %(end)s."), span=row.span.label, end=end),
        _EXCEPTION,
        _payer(facts),
        end,
    )


def too_often(facts: Facts, row: Row) -> Verdict | None:
    """A3: accepted as often as the table lets it be."""
    if row.times is None or len(facts.earlier) < row.times:
        return None
    return Verdict(
        Outcome.OUTSIDE,
        "A3",
        sentence(
            _("Once is all: a request for this line was accepted %(at)s."),
            at=max(facts.earlier),
        ),
        _EXCEPTION,
        _payer(facts),
        _end(facts, row) if facts.received else None,
    )


def out_of_stock(facts: Facts, row: Row) -> Verdict | None:
    """A3, A7: an exchange of colour or size, if in stock."""
    if not _short(facts):
        return None
    return Verdict(
        Outcome.OUTSIDE,
        "A3",
        sentence(_("Only if in stock: %(free)s free, %(num)s wanted."), free=facts.stock_free, num=facts.num),
        sentence(_("A supervisor who lets the exchange wait for new stock (P1).")),
        Payer.BUYER,
        _end(facts, row),
    )


def unlike_price(facts: Facts, row: Row) -> Verdict | None:
    """A8: another style is of like price, within 20 %."""
    if facts.kind != TicketKind.EXCHANGE_STYLE or facts.price is None or facts.target_price is None:
        return None
    if is_like_price(facts.price, facts.target_price):
        return None
    return Verdict(
        Outcome.OUTSIDE,
        "A8",
        sentence(
            _("%(other)s against %(price)s is more than 20 %% apart."),
            other=facts.target_price,
            price=facts.price,
        ),
        _EXCEPTION,
        Payer.BUYER,
        _end(facts, row),
    )


def in_window(rule: Callable[[Facts, Row], Verdict | None]) -> Callable[[Facts], Verdict | None]:
    """A rule of the table's row of the product."""
    return lambda facts: rule(facts, _row(facts))


# In this order: the first that has something to say says it.
RULES: tuple[Callable[[Facts], Verdict | None], ...] = (
    without_goods,
    before_shipping,
    fault,
    price_protection,
    no_column,
    excluded_product,
    never_in_table,
    receipt_time,
    in_window(past_window),
    in_window(too_often),
    in_window(out_of_stock),
    in_window(unlike_price),
)


def _table_says(facts: Facts) -> Verdict:
    row = _row(facts)
    end = _end(facts, row)
    said = sentence(
        _("%(product)s: %(kind)s within %(span)s, until %(end)s."),
        product=ProductKind(facts.product_kind).label,
        kind=TicketKind(facts.kind).label,
        span=row.span.label,
        end=end,
    )
    if COLUMNS[facts.kind](row) == Cell.YES:
        return Verdict(Outcome.ALLOWED, "A3", said, postage=Payer.BUYER, window_end=end)
    style = facts.kind == TicketKind.EXCHANGE_STYLE
    return Verdict(
        Outcome.SUPERVISOR,
        "A8" if style else "A3",
        replace(
            said, text=_("%(product)s: %(kind)s within %(span)s, until %(end)s, if a supervisor agrees.")
        ),
        _STYLE if style else sentence(_("A supervisor's approval (P1).")),
        Payer.BUYER,
        end,
    )


# Kinds in which nothing of the order's goods travels.
_STAYS = frozenset({TicketKind.REFUND_ONLY, TicketKind.POSTAGE_REFUND, TicketKind.PRICE_PROTECTION})


def _row(facts: Facts) -> Row:
    return TABLE[ProductKind(facts.product_kind)]


def _end(facts: Facts, row: Row) -> datetime:
    assert facts.received is not None  # noqa: S101 (the rule of A4 stands before every use)
    return window_end(facts.received, row.span)


def _payer(facts: Facts) -> Payer:
    return Payer.NOBODY if facts.kind in _STAYS else Payer.BUYER


def _short(facts: Facts) -> bool:
    """The wanted colour or size has too few free pieces. A style comes by an order of its own (A8)."""
    if facts.kind != TicketKind.EXCHANGE_SKU or facts.stock_free is None:
        return False
    return facts.stock_free < facts.num
