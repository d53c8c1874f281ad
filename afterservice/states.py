"""A5: the states of a ticket as data. The case, its decision, its goods and its money move separately."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.states import TransitionTable


class Case(models.TextChoices):
    """How far the case is."""

    OPENED = "opened", _("opened")
    ANSWERED = "answered", _("answered")
    DECIDED = "decided", _("decided")
    # The buyer called the platform in after a refusal, or the platform stepped in itself.
    PLATFORM = "platform", _("platform steps in")
    SETTLED = "settled", _("settled")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("withdrawn")


OPEN_CASES = (Case.OPENED, Case.ANSWERED, Case.DECIDED, Case.PLATFORM, Case.SETTLED)
OVER_CASES = (Case.CLOSED, Case.CANCELLED)
# Nothing is settled yet: the request may still be changed, withdrawn or taken to the platform.
UNSETTLED_CASES = (Case.OPENED, Case.ANSWERED, Case.DECIDED, Case.PLATFORM)


class Decision(models.TextChoices):
    """What was decided."""

    PENDING = "pending", _("not decided")
    ASKED = "asked", _("with a supervisor")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class Goods(models.TextChoices):
    """Where the buyer's goods are."""

    NONE = "none", _("with the buyer")
    AWAITED = "awaited", _("waiting for goods")
    SENT = "sent", _("on their way back")
    RECEIVED = "received", _("received")
    PASSED = "passed", _("passed inspection")
    FAILED = "failed", _("failed inspection")
    # A10: what a supervisor decided about goods that failed.
    TAKEN = "taken", _("taken back all the same")
    SENT_BACK = "sent_back", _("to be sent back")


# Goods that are the shop's to settle for.
GOODS_IN = (Goods.PASSED, Goods.TAKEN)


class Money(models.TextChoices):
    """What becomes of the money."""

    NONE = "none", _("nothing is due")
    ASKED = "asked", _("with a supervisor")
    DUE = "due", _("to be refunded")
    PAID = "paid", _("refunded")


CASE_MOVES = TransitionTable(
    rule="A5",
    state_name=lambda code: Case(code).label,
    moves={
        "answer": {Case.OPENED: Case.ANSWERED},
        # A decision answers, too.
        "decide": {Case.OPENED: Case.DECIDED, Case.ANSWERED: Case.DECIDED, Case.PLATFORM: Case.DECIDED},
        # The buyer amends a refused request.
        "amend": {Case.DECIDED: Case.ANSWERED, Case.PLATFORM: Case.ANSWERED},
        # A14: a decision by a condition is undone.
        "undo": {Case.DECIDED: Case.ANSWERED},
        "step_in": {Case.OPENED: Case.PLATFORM, Case.ANSWERED: Case.PLATFORM, Case.DECIDED: Case.PLATFORM},
        "rule": {Case.PLATFORM: Case.DECIDED},
        "settle": {Case.DECIDED: Case.SETTLED},
        "close": {Case.DECIDED: Case.CLOSED, Case.SETTLED: Case.CLOSED},
        "cancel": {
            Case.OPENED: Case.CANCELLED,
            Case.ANSWERED: Case.CANCELLED,
            Case.DECIDED: Case.CANCELLED,
            Case.PLATFORM: Case.CANCELLED,
        },
        # A6: goods that were not sent back in ten days close the ticket; the buyer may open it again.
        "reopen": {Case.CLOSED: Case.OPENED},
    },
)

DECISION_MOVES = TransitionTable(
    rule="A5",
    state_name=lambda code: Decision(code).label,
    moves={
        # An exception may be asked for after a refusal, too.
        "ask": {Decision.PENDING: Decision.ASKED, Decision.REFUSED: Decision.ASKED},
        "take_back": {Decision.ASKED: Decision.PENDING},
        # The exception was not given, and the refusal that stood before it stands again.
        "stay_refused": {Decision.ASKED: Decision.REFUSED},
        "accept": {Decision.PENDING: Decision.ACCEPTED, Decision.ASKED: Decision.ACCEPTED},
        "refuse": {Decision.PENDING: Decision.REFUSED, Decision.ASKED: Decision.REFUSED},
        "amend": {Decision.REFUSED: Decision.PENDING},
        "undo": {Decision.ACCEPTED: Decision.PENDING},
        # Taobao ruled. What was accepted before stands, whatever it says.
        "rule_for_buyer": {
            Decision.PENDING: Decision.ACCEPTED,
            Decision.ASKED: Decision.ACCEPTED,
            Decision.REFUSED: Decision.ACCEPTED,
            Decision.ACCEPTED: Decision.ACCEPTED,
        },
        "rule_for_shop": {
            Decision.PENDING: Decision.REFUSED,
            Decision.ASKED: Decision.REFUSED,
            Decision.REFUSED: Decision.REFUSED,
            Decision.ACCEPTED: Decision.ACCEPTED,
        },
        "reopen": {Decision.ACCEPTED: Decision.PENDING, Decision.REFUSED: Decision.PENDING},
    },
)

GOODS_MOVES = TransitionTable(
    rule="A5",
    state_name=lambda code: Goods(code).label,
    moves={
        "give_address": {Goods.NONE: Goods.AWAITED},
        "send": {Goods.AWAITED: Goods.SENT},
        # Goods may stand at the door before anybody told their number.
        "receive": {Goods.AWAITED: Goods.RECEIVED, Goods.SENT: Goods.RECEIVED},
        "pass": {Goods.RECEIVED: Goods.PASSED},
        "fail": {Goods.RECEIVED: Goods.FAILED},
        "take": {Goods.FAILED: Goods.TAKEN},
        "send_back": {Goods.FAILED: Goods.SENT_BACK},
        "reopen": {Goods.AWAITED: Goods.NONE},
    },
)

MONEY_MOVES = TransitionTable(
    rule="A9",
    state_name=lambda code: Money(code).label,
    moves={
        "ask": {Money.NONE: Money.ASKED},
        "refuse": {Money.ASKED: Money.NONE},
        "owe": {Money.NONE: Money.DUE, Money.ASKED: Money.DUE},
        "pay": {Money.DUE: Money.PAID},
    },
)
