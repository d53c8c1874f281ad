"""Payments that buyers made (O5, O11)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from shopdesk.base.fields import MoneyField


class Payment(models.Model):
    """Money that came in for an order, once per payment number.

    ``paid_at`` is when the buyer paid, which is what counts; ``heard_at`` is when the message came (O5).
    """

    class Method(models.TextChoices):
        """How the buyer paid (O11). Cash on delivery is not offered."""

        ALIPAY = "alipay_balance", _("Alipay balance")
        YUEBAO = "yuebao", _("Yu'e Bao")
        HUABEI = "huabei", _("Huabei")
        NET_BANK = "net_bank", _("net bank")
        QUICK_PAY = "quick_pay", _("quick pay")
        BANK_TRANSFER = "bank_transfer", _("bank transfer")
        CREDIT_CARD = "credit_card", _("credit card")
        INTERNATIONAL_CARD = "international_card", _("international card")
        FRIEND_PAYS = "friend_pays", _("friend pays")
        UNKNOWN = "unknown", _("not known")

    class Status(models.TextChoices):
        """What became of the money."""

        APPLIED = "applied", _("applied")
        UNAPPLIED = "unapplied", _("unapplied")
        REFUND_DUE = "refund_due", _("to be refunded")
        REFUNDED = "refunded", _("refunded")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", db_index=False)
    payment_no = models.CharField(_("payment number"), max_length=64, db_collation="C")
    amount = MoneyField(_("amount"))
    method = models.CharField(_("method"), max_length=20, choices=Method, default=Method.UNKNOWN)
    status = models.CharField(max_length=12, choices=Status)
    paid_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            # A buyer may pay several orders with one payment number: once per order.
            models.UniqueConstraint(fields=["order", "payment_no"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_money"),
        ]
        indexes = [
            # Few of all payments, and every home page counts them.
            models.Index(
                fields=["heard_at", "id"], condition=Q(status="refund_due"), name="payment_to_refund"
            ),
        ]

    def __str__(self) -> str:
        return self.payment_no


class WaitingPayment(models.Model):
    """A payment that was told before its order: kept until the order comes, then recorded like any other.

    ``refusal`` says why that was refused when the order came: the number of the rule.
    """

    tid = models.CharField(max_length=32, db_collation="C")
    payment_no = models.CharField(max_length=64, db_collation="C")
    amount = MoneyField()
    method = models.CharField(max_length=20, choices=Payment.Method, default=Payment.Method.UNKNOWN)
    paid_at = models.DateTimeField()
    since = models.DateTimeField()
    refusal = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        verbose_name = _("waiting payment")
        verbose_name_plural = _("waiting payments")
        indexes = [models.Index(fields=["since", "id"], name="waitingpayment_oldest")]
        constraints = [
            models.UniqueConstraint(fields=["tid", "payment_no"], name="waitingpayment_once"),
        ]

    def __str__(self) -> str:
        return self.payment_no
