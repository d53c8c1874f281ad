"""What an order was priced on, postage credited between orders, and money owed back (S7, S10, S11)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from shopdesk.base.fields import MoneyField


class OrderTerms(models.Model):
    """The quote that an order's price was taken from, with every step in the versions of that day (S11).

    Kept whole, so that a later change can keep the terms, and an old price still explains itself.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="terms", db_index=False)
    quote = models.JSONField()
    tariff_version = models.CharField(max_length=16, blank=True)
    tier_version = models.CharField(max_length=16, blank=True)
    priced_at = models.DateTimeField()
    priced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        indexes = [models.Index(fields=["order", "-priced_at", "-id"], name="orderterms_by_order")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.priced_at:%Y-%m-%d}"


class PostageCredit(models.Model):
    """Postage paid on one order that was taken off another (S7): once, however often it is priced."""

    paid_on = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="postage_given_back")
    given_to = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="postage_credits")
    amount = MoneyField(_("amount"))
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("postage credit")
        verbose_name_plural = _("postage credits")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="postagecredit_is_money"),
            models.CheckConstraint(condition=~Q(paid_on=F("given_to")), name="postagecredit_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.paid_on_id} → {self.given_to_id}"


class RefundTask(models.Model):
    """Money owed back to a buyer: how much, why, and who paid it out (S7, S10). Each debt arises once."""

    class Reason(models.TextChoices):
        """Why it is owed."""

        JOINED_POSTAGE = "joined_postage", _("postage left over after joining orders")
        LATE_POSTAGE = "late_postage", _("postage of an order that was not shipped in 15 days")
        LOWER_POSTAGE = "lower_postage", _("postage is less to the new address")
        LOWER_PRICE = "lower_price", _("the other colour or size costs less")
        AFTER_SALE = "after_sale", _("owed after the sale")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refund_tasks", db_index=False)
    reason = models.CharField(max_length=16, choices=Reason)
    rule = models.CharField(max_length=8)
    amount = MoneyField(_("amount"))
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("refund owed")
        verbose_name_plural = _("refunds owed")
        indexes = [
            models.Index(
                fields=["-opened_at", "-id"], name="refundtask_open", condition=Q(done_at__isnull=True)
            ),
            models.Index(
                fields=["done_at", "id"], name="refundtask_done", condition=Q(done_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "reason"], name="refundtask_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refundtask_is_money"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.amount}"
