"""What buyers ask for after a sale, and what is wrong (A1, A2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TicketKind(models.TextChoices):
    """A1."""

    RETURN = "return", _("return")
    REFUND_ONLY = "refund_only", _("refund only")
    EXCHANGE_SKU = "exchange_sku", _("exchange of size or colour")
    EXCHANGE_STYLE = "exchange_style", _("exchange of style")
    REPAIR = "repair", _("repair")
    RESEND = "resend", _("resend of missing parts")
    POSTAGE_REFUND = "postage_refund", _("postage refund")
    BAD_REVIEW = "bad_review", _("bad review")
    DISPUTE = "dispute", _("platform dispute")
    COMPENSATION = "compensation", _("compensation")
    PRICE_PROTECTION = "price_protection", _("price protection")


EXCHANGES = frozenset({TicketKind.EXCHANGE_SKU, TicketKind.EXCHANGE_STYLE})
# Kinds whose goods come back to the shop; the others skip the goods steps (A5).
GOODS_COME_BACK = frozenset({TicketKind.RETURN, *EXCHANGES, TicketKind.REPAIR})
# Kinds about no goods of the order in particular (A1).
WITHOUT_GOODS = frozenset({TicketKind.BAD_REVIEW, TicketKind.DISPUTE, TicketKind.COMPENSATION})


class Problem(models.TextChoices):
    """What is wrong, in the words of A2; nothing is, where the buyer changed their mind."""

    CHANGED_MIND = "changed_mind", _("does not fit or is not wanted")
    DAMAGED = "damaged", _("damaged")
    FLAWED = "flawed", _("flawed")
    DELAYED = "delayed", _("delayed")
    LOST = "lost", _("lost or parts missing")
    WRONG_ITEM = "wrong_item", _("wrong item sent")
    SIZE = "size", _("size not as described")
    COLOUR = "colour", _("colour not as described")
    MATERIAL = "material", _("material not as described")
    HOW_TO = "how_to", _("use, fitting, care")


class Category(models.TextChoices):
    """A2."""

    QUALITY = "quality", _("quality")
    LOGISTICS = "logistics", _("logistics")
    NOT_AS_DESCRIBED = "not_as_described", _("not as described")
    HOW_TO = "how_to", _("how-to")
    CHOICE = "choice", _("the buyer's choice")


class Priority(models.IntegerChoices):
    """How soon (A2): the lower the number, the sooner."""

    HIGH = 1, _("high")
    MEDIUM = 2, _("medium")
    LOW = 3, _("low")


_CATEGORIES = {
    Problem.CHANGED_MIND: Category.CHOICE,
    Problem.DAMAGED: Category.QUALITY,
    Problem.FLAWED: Category.QUALITY,
    Problem.DELAYED: Category.LOGISTICS,
    Problem.LOST: Category.LOGISTICS,
    Problem.WRONG_ITEM: Category.LOGISTICS,
    Problem.SIZE: Category.NOT_AS_DESCRIBED,
    Problem.COLOUR: Category.NOT_AS_DESCRIBED,
    Problem.MATERIAL: Category.NOT_AS_DESCRIBED,
    Problem.HOW_TO: Category.HOW_TO,
}
_PRIORITIES = {
    Category.QUALITY: Priority.HIGH,
    Category.LOGISTICS: Priority.HIGH,
    Category.NOT_AS_DESCRIBED: Priority.MEDIUM,
    Category.HOW_TO: Priority.LOW,
    # Our reading: A2 names no priority for it, and nothing is wrong with the goods.
    Category.CHOICE: Priority.LOW,
}


def category_of(problem: str) -> Category:
    """The category of a problem (A2)."""
    return _CATEGORIES[Problem(problem)]


def priority_of(problem: str) -> Priority:
    """How soon a problem is to be worked on (A2)."""
    return _PRIORITIES[category_of(problem)]


# Goods of which nobody can say that they are the line's SKU and fit for sale.
_NOT_FOR_SALE = frozenset({Problem.DAMAGED, Problem.FLAWED, Problem.WRONG_ITEM})


def goes_on_shelf(kind: str, problem: str) -> bool:
    """Whether goods that came back and passed the inspection are on the shelf again by that (A5, F5).

    **Our reading:** repaired goods are the buyer's. Damaged and flawed ones pass as what the buyer said they are, not
    as fit for sale, and of a wrong item the desk does not know the SKU: these are put aside, and what is fit for sale
    after all is received by hand.
    """
    return kind != TicketKind.REPAIR and problem not in _NOT_FOR_SALE


def ticket_number(pk: int) -> str:
    """What people call a ticket."""
    return f"T{pk}"
