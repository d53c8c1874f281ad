"""Tickets: what a buyer asks for after a sale, the goods it is about, and all that was said (A1, A5)."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from afterservice.rules.clocks import Awaits
from afterservice.rules.kinds import EXCHANGES, Category, Priority, Problem, TicketKind, ticket_number
from afterservice.rules.verdicts import Outcome
from afterservice.states import OPEN_CASES, Case, Decision, Goods, Money
from members.models import Buyer
from orders.models import Hold, LinkSettlement, Order, OrderLine, Parcel, Refund, Sku
from shopdesk.base.fields import MoneyField

# Where no clock runs, lists sort a ticket after all others.
NO_CLOCK = datetime(9999, 1, 1, tzinfo=UTC)
_OPEN = Q(case__in=OPEN_CASES)
# What no clock runs for, but is not done, is ours to move on: nothing waits unseen.
DUE_BY_US = _OPEN & Q(awaits__in=[Awaits.US.value, ""])
DUE_BY_BUYER = _OPEN & Q(awaits=Awaits.BUYER.value)
WITH_SUPERVISOR = _OPEN & (
    Q(escalated_at__isnull=False)
    | Q(decision=Decision.ASKED.value)
    | Q(money=Money.ASKED.value)
    | Q(goods=Goods.FAILED.value)
)
ON_PLATFORM = _OPEN & (Q(case=Case.PLATFORM.value) | ~Q(platform_no=""))
OF_HIGH_PRIORITY = _OPEN & Q(priority=Priority.HIGH.value)


def _due_index(name: str, condition: Q, *first: str) -> models.Index:
    return models.Index(
        *first,
        Coalesce("next_due_at", Value(NO_CLOCK, output_field=DateTimeField())),
        "id",
        name=name,
        condition=condition,
    )


class Ticket(models.Model):
    """One request of a buyer about one order. The case, its decision, its goods and its money move separately (A5).

    ``version`` grows with every change that staff could have a view on; edits compare it (T5).
    """

    class ReceiptSource(models.TextChoices):
        """Where the receipt time is from, when the carrier did not tell it (A4)."""

        CARRIER = "carrier", _("the carrier's signing")
        BUYER = "buyer", _("the buyer's confirmation")
        CHAT = "chat", _("the buyer said so")
        OTHER = "other", _("another source")

    class Close(models.TextChoices):
        """Why it was closed."""

        FOLLOWED_UP = "followed_up", _("followed up")
        NO_ANSWER = "no_answer", _("no answer to the follow-up")
        NOT_SENT_BACK = "not_sent_back", _("the goods were not sent back in time")
        REFUSED = "refused", _("refused, and the buyer left it at that")

    class Settlement(models.TextChoices):
        """How it was settled (A5)."""

        REFUNDED = "refunded", _("refunded")
        EXCHANGED = "exchanged", _("exchange sent")
        REPAIRED = "repaired", _("repaired")
        RESENT = "resent", _("resent")
        SENT_BACK = "sent_back", _("goods sent back")
        DONE = "done", _("done without goods or money")

    class RepairPlace(models.TextChoices):
        """Who repairs where (A6)."""

        SHOP = "shop", _("sent to the shop")
        ON_SITE = "on_site", _("on site")
        BUYER = "buyer", _("by the buyer, the shop pays the invoice")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        Buyer, on_delete=models.PROTECT, null=True, related_name="+", db_column="buyer_nick", db_index=False
    )
    kind = models.CharField(_("request"), max_length=16, choices=TicketKind)
    problem = models.CharField(_("problem"), max_length=16, choices=Problem)
    category = models.CharField(_("category"), max_length=16, choices=Category)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority)
    version = models.PositiveIntegerField(default=1)

    case = models.CharField(_("case"), max_length=10, choices=Case, default=Case.OPENED)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, default=Decision.PENDING)
    goods = models.CharField(_("goods"), max_length=10, choices=Goods, default=Goods.NONE)
    money = models.CharField(_("money"), max_length=6, choices=Money, default=Money.NONE)

    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    # A clock ran out that a supervisor looks after (A6).
    escalated_at = models.DateTimeField(null=True)

    # A4: as far as the order itself does not know it.
    received_time = models.DateTimeField(_("received by the buyer"), null=True)
    received_source = models.CharField(max_length=8, choices=ReceiptSource, blank=True, default="")

    # A3: what the rules said when it was decided, and who decided. ``agreed_by`` is the agent who asked for it (A8).
    verdict = models.CharField(max_length=20, choices=Outcome, blank=True, default="")
    verdict_rule = models.CharField(max_length=8, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    condition = models.ForeignKey(
        "afterservice.AcceptCondition", on_delete=models.PROTECT, null=True, related_name="tickets"
    )
    # A14: a decision by a condition was undone; no condition decides this ticket again.
    undone_at = models.DateTimeField(null=True)
    refusal = models.CharField(_("why it was refused"), max_length=500, blank=True, default="")

    # A7, A8: the steps before the return address is given.
    resale_asked_at = models.DateTimeField(null=True)
    exception_told_at = models.DateTimeField(null=True)
    # A ticket that is over keeps the order that was tied to it, and another one may have it then.
    tied_order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What the buyer has to pay by postage links (CNY): postage (A7), nothing where nobody said yet how much, and the
    # price difference (A8).
    postage_due = MoneyField(_("postage to pay"), null=True)
    difference_due = MoneyField(_("difference to pay"), default=0)
    address_given_at = models.DateTimeField(null=True)

    return_carrier = models.CharField(_("carrier"), max_length=24, blank=True, default="")
    return_invoice_no = models.CharField(
        _("return tracking number"), max_length=64, blank=True, default="", db_collation="C"
    )
    sent_at = models.DateTimeField(null=True)
    # Signed for at the shop, by the carrier's news; received when the warehouse scanned it.
    return_signed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    inspected_at = models.DateTimeField(null=True)
    inspected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    inspection = models.CharField(_("what the inspection found"), max_length=500, blank=True, default="")
    repair_place = models.CharField(max_length=8, choices=RepairPlace, blank=True, default="")
    # A6, on site: the time that was agreed, and the first visit.
    visit_at = models.DateTimeField(_("visit agreed for"), null=True)
    visited_at = models.DateTimeField(null=True)

    # The exchange, what is resent, or what is sent back.
    parcel = models.OneToOneField(Parcel, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What the shop owes beside the refund (CNY): the buyer's return postage, compensation, an invoice.
    owed = MoneyField(_("owed beside the refund"), default=0)
    settlement = models.CharField(max_length=10, choices=Settlement, blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True, default="")
    followed_up_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=14, choices=Close, blank=True, default="")

    # D2: the platform's number of this request, and its state there, as its list says it.
    platform_no = models.CharField(
        _("number on Taobao"), max_length=32, blank=True, default="", db_collation="C"
    )
    platform_status = models.CharField(max_length=64, blank=True, default="")
    # What Taobao is asked to give back, or gave back (CNY), and whether its staff are in it, in its own words.
    platform_fee = MoneyField(_("amount on Taobao"), null=True)
    platform_help = models.CharField(max_length=64, blank=True, default="")

    # What of its running clocks is due next, and from whom: lists are sorted by it. Written with every clock.
    next_due_at = models.DateTimeField(null=True)
    awaits = models.CharField(max_length=8, choices=Awaits, blank=True, default="")

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            models.Index(fields=["order", "-opened_at"], name="ticket_by_order"),
            models.Index(fields=["buyer", "-opened_at"], name="ticket_by_buyer"),
            models.Index(fields=["-opened_at", "-id"], name="ticket_newest"),
            _due_index("ticket_due_by_us", DUE_BY_US),
            _due_index("ticket_due_by_buyer", DUE_BY_BUYER),
            _due_index("ticket_due_supervisor", WITH_SUPERVISOR),
            _due_index("ticket_due_platform", ON_PLATFORM),
            _due_index("ticket_due_high", OF_HIGH_PRIORITY),
            _due_index("ticket_due_owner", _OPEN, "owner"),
            models.Index(fields=["case", "-opened_at", "-id"], name="ticket_by_case"),
            models.Index(fields=["kind", "-opened_at", "-id"], name="ticket_by_kind"),
            models.Index(fields=["problem", "-opened_at", "-id"], name="ticket_by_problem"),
            models.Index(
                fields=["owner", "-opened_at", "-id"],
                name="ticket_by_owner",
                condition=Q(owner__isnull=False),
            ),
            # A11: the registers.
            models.Index(
                fields=["-opened_at", "-id"], name="ticket_exchanges", condition=Q(kind__in=sorted(EXCHANGES))
            ),
            models.Index(
                fields=["-received_at", "-id"], name="ticket_returned", condition=Q(received_at__isnull=False)
            ),
            models.Index(
                fields=["-opened_at", "-id"], name="ticket_problems", condition=~Q(category=Category.CHOICE)
            ),
            models.Index(
                fields=["goods", "received_at", "id"],
                name="ticket_goods_here",
                condition=Q(goods__in=[Goods.RECEIVED, Goods.FAILED]),
            ),
            models.Index(
                fields=["address_given_at", "id"],
                name="ticket_goods_awaited",
                condition=Q(goods__in=[Goods.AWAITED, Goods.SENT]),
            ),
            models.Index(
                fields=["return_invoice_no"], name="ticket_by_return", condition=~Q(return_invoice_no="")
            ),
            # What the job of clocks looks for every five minutes: goods, parcels and money that are under way.
            models.Index(
                fields=["return_invoice_no"],
                name="ticket_return_awaited",
                condition=Q(case__in=OPEN_CASES, return_signed_at__isnull=True) & ~Q(return_invoice_no=""),
            ),
            models.Index(
                fields=["parcel"],
                name="ticket_parcel_awaited",
                condition=Q(case=Case.DECIDED, parcel__isnull=False),
            ),
            models.Index(fields=["id"], name="ticket_money_awaited", condition=Q(money=Money.DUE)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["platform_no"], condition=~Q(platform_no=""), name="ticket_platform_no_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=TicketKind.values), name="ticket_kind_known"),
            models.CheckConstraint(condition=Q(case__in=Case.values), name="ticket_case_known"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="ticket_decision_known"),
            models.CheckConstraint(condition=Q(goods__in=Goods.values), name="ticket_goods_known"),
            models.CheckConstraint(condition=Q(money__in=Money.values), name="ticket_money_known"),
            models.CheckConstraint(
                condition=~Q(decision=Decision.REFUSED) | ~Q(refusal=""), name="ticket_refused_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 5)),
                name="ticket_satisfaction_one_to_five",
            ),
            models.CheckConstraint(
                condition=Q(money__in=[Money.NONE, Money.ASKED])
                | Q(refund__isnull=False)
                | Q(owed__gt=0)
                | Q(platform_fee__gt=0),
                name="ticket_money_has_a_refund",
            ),
            models.CheckConstraint(
                condition=~Q(case=Case.CLOSED) | (Q(closed_at__isnull=False) & ~Q(close_reason="")),
                name="ticket_closed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(postage_due__gte=0, difference_due__gte=0, owed__gte=0),
                name="ticket_money_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it."""
        return ticket_number(self.pk)


class TicketLine(models.Model):
    """Goods of the order that a ticket is about, and what is wanted instead (A7, A8)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    num = models.PositiveIntegerField(_("quantity"))
    target = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("line of a ticket")
        verbose_name_plural = _("lines of a ticket")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "line"], name="ticketline_once"),
            models.CheckConstraint(condition=Q(num__gt=0), name="ticketline_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"T{self.ticket_id}: {self.line_id}"


class TicketMessage(models.Model):
    """Something that was said: to the buyer, by the buyer, or among staff (A12). Never edited or removed."""

    class Side(models.TextChoices):
        """Who speaks to whom."""

        TO_BUYER = "to_buyer", _("to the buyer")
        FROM_BUYER = "from_buyer", _("from the buyer")
        STAFF = "staff", _("among us")
        PLATFORM = "platform", _("from Taobao")

    class Channel(models.TextChoices):
        """How it was said."""

        WANGWANG = "wangwang", _("Wangwang chat")
        PHONE = "phone", _("phone")
        TAOBAO = "taobao", _("Taobao's request page")
        OTHER = "other", _("other")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    channel = models.CharField(max_length=8, choices=Channel, blank=True, default="")
    text = models.TextField(_("text"))
    at = models.DateTimeField()
    # Nobody, where the desk itself or a file wrote it.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["ticket", "at", "id"], name="ticketmessage_by_ticket")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="ticketmessage_says_something")]

    def __str__(self) -> str:
        return f"T{self.ticket_id} {self.side}"


class TicketPayment(models.Model):
    """A paid postage link that pays what the ticket's buyer owes (A7, A8): each once."""

    class Purpose(models.TextChoices):
        """What it pays."""

        POSTAGE = "postage", _("postage")
        DIFFERENCE = "difference", _("difference")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="payments")
    settlement = models.OneToOneField(LinkSettlement, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)

    class Meta:
        verbose_name = _("payment of a ticket")
        verbose_name_plural = _("payments of tickets")

    def __str__(self) -> str:
        return f"T{self.ticket_id} {self.purpose}"
