"""T3: what is true of an order or ticket, as far as a canned reply may speak of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise


@dataclass(frozen=True)
class TicketFacts:
    """What is true of a ticket. Amounts in CNY; nothing where there is none."""

    number: str
    kind: str
    decision: str
    # Of the request and of what is sent to the buyer.
    wanted: str = ""
    refusal: str = ""
    return_address: str = ""
    send_back_by: datetime | None = None
    return_tracking: str = ""
    received: bool = False
    # Of the parcel that follows after the sale: carrier and number, once it is shipped.
    sent_tracking: str = ""
    postage_due: Decimal | None = None
    difference_due: Decimal | None = None
    refund: Decimal | None = None
    refund_due: bool = False
    refunded: bool = False


@dataclass(frozen=True)
class ReplyFacts:
    """What is true of an order at ``now``, and of the ticket where one is answered. Amounts in CNY."""

    now: datetime
    tid: str
    status: str
    nick: str = ""
    goods: str = ""
    address: str = ""
    payment: Decimal | None = None
    post_fee: Decimal | None = None
    partly_shipped: bool = False
    # O4: when it is closed unpaid; nothing where it is not about to be.
    closes_at: datetime | None = None
    # O13: by when the next parcel is to be shipped.
    ship_by: datetime | None = None
    carrier: str = ""
    tracking: str = ""
    signed: bool = False
    # All that is still to be shipped is on the shelf for this order, arrived or made (O16).
    ready: bool = False
    # S11: its price was worked out here by the rules, or given by a supervisor.
    priced: bool = False
    refunded: Decimal | None = None
    refund_due: Decimal | None = None
    # O14: why no reminder may go out now; nothing where one may.
    no_reminder: str | Promise = ""
    ticket: TicketFacts | None = None
