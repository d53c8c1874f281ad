"""Changes to paid orders: notices to the warehouse, refunds before shipping, differences that buyers paid."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.flags import Note
from orders.models.orders import Order, OrderLine
from orders.states import ParcelStage
from shopdesk.base.fields import MoneyField


class ChangeNotice(models.Model):
    """What the warehouse must acknowledge before the order is printed, packed or shipped (O9, O10, F4)."""

    class Kind(models.TextChoices):
        """What was changed."""

        SKU = "sku", _("colour or size")
        ADDRESS = "address", _("address")
        REFUND = "refund", _("refund")
        JOINED = "joined", _("joined orders")
        SENT = "sent", _("sent on Taobao")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notices", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    # In the shop's own words; an address is personal and stands in the note instead.
    before = models.CharField(max_length=255, blank=True, default="")
    after = models.CharField(max_length=255, blank=True, default="")
    note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # How far the order's parcel was: decides what the warehouse has to do (F2, F4).
    stage = models.CharField(max_length=8, choices=ParcelStage, blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change notice")
        verbose_name_plural = _("change notices")
        indexes = [
            models.Index(fields=["order", "-made_at"], name="notice_by_order"),
            models.Index(
                fields=["made_at", "id"], name="notice_open", condition=Q(acknowledged_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="notice_acknowledged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"


class Refund(models.Model):
    """Money given back for goods that were not shipped, or came back (O6, F4)."""

    class Status(models.TextChoices):
        """How far it is."""

        # F4: slip and label, or the parcel, are pulled first.
        WAITING = "waiting", _("waits for the warehouse")
        DUE = "due", _("to be paid out")
        DONE = "done", _("refunded")
        WITHDRAWN = "withdrawn", _("taken back")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    status = models.CharField(max_length=12, choices=Status)
    goods_fee = MoneyField(_("for goods"), default=0)
    post_fee = MoneyField(_("for postage"), default=0)
    # A9: for goods that were shipped; otherwise they travel no more (F4).
    after_sale = models.BooleanField(default=False, db_default=False)
    reason = models.CharField(_("reason"), max_length=200)
    notice = models.ForeignKey(
        ChangeNotice, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [
            models.Index(fields=["order", "-asked_at"], name="refund_by_order"),
            models.Index(fields=["done_at", "id"], name="refund_done", condition=Q(done_at__isnull=False)),
            models.Index(
                fields=["asked_at", "id"], name="refund_open", condition=Q(status__in=["waiting", "due"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(goods_fee__gte=0, post_fee__gte=0), name="refund_not_negative"
            ),
            models.CheckConstraint(condition=Q(goods_fee__gt=0) | Q(post_fee__gt=0), name="refund_is_money"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.total}"

    @property
    def total(self) -> Decimal:
        """All that is given back (CNY)."""
        return self.goods_fee + self.post_fee


class RefundLine(models.Model):
    """What of a refund is for which line (CNY)."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("refunded line")
        verbose_name_plural = _("refunded lines")
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refundline_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="refundline_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.refund_id}: {self.amount}"


class LinkSettlement(models.Model):
    """A paid postage link that settled a difference on another order of its buyer (O9, O10, O12): once."""

    paid_by = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="settles")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="settlements")
    amount = MoneyField(_("amount"))
    rule = models.CharField(max_length=8)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("settled difference")
        verbose_name_plural = _("settled differences")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="linksettlement_is_money"),
            models.CheckConstraint(condition=~Q(paid_by=F("order")), name="linksettlement_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.paid_by_id} → {self.order_id}"
