"""Reminders of unpaid orders, why orders closed unpaid, and what was asked by those who did not buy (O14)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.rules.chasing import Channel, Outcome, WhyNot


class Reminder(models.Model):
    """The buyer of an unpaid order was reminded: when, by whom, through which channel, with what outcome (O14)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    # Which of the two templates fitted: whether the buyer had asked before ordering.
    asked_before = models.BooleanField(default=False)
    # Empty until it is known.
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True, default="")
    remark = models.CharField(_("remark"), max_length=200, blank=True, default="")
    outcome_at = models.DateTimeField(null=True)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = [
            models.Index(fields=["order", "-at", "-id"], name="reminder_by_order"),
            models.Index(fields=["-at", "order"], name="reminder_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at__isnull=True, outcome_by__isnull=True)
                | (~Q(outcome="") & Q(outcome_at__isnull=False, outcome_by__isnull=False)),
                name="reminder_outcome_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.get_channel_display()}"


class UnpaidReason(models.Model):
    """Why an order closed unpaid, as somebody found out (O14): a choice, and their words."""

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, primary_key=True, related_name="unpaid_reason"
    )
    reason = models.CharField(_("reason"), max_length=12, choices=WhyNot)
    words = models.CharField(_("in words"), max_length=200, blank=True, default="")
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    found_at = models.DateTimeField()
    # Repeated from the order so that the newest orders of a reason come straight from an index.
    order_created = models.DateTimeField()

    class Meta:
        verbose_name = _("reason for not paying")
        verbose_name_plural = _("reasons for not paying")
        indexes = [
            models.Index(fields=["reason", "-order_created", "-order"], name="unpaidreason_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.get_reason_display()}"


class Enquiry(models.Model):
    """Somebody asked and did not buy (O14): who, when, what, and why not.

    Never edited: a correction is a new row that names the one it corrects, which then leaves the register.
    """

    # A nick, not a buyer: who only asked may never have ordered.
    nick = models.CharField(_("nick"), max_length=64, db_collation="C")
    asked_at = models.DateTimeField(_("asked at"))
    question = models.CharField(_("question"), max_length=500)
    why_not = models.CharField(_("why not bought"), max_length=12, choices=WhyNot, blank=True, default="")
    words = models.CharField(_("in words"), max_length=200, blank=True, default="")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    written_at = models.DateTimeField()
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        indexes = [
            models.Index(
                fields=["-asked_at", "-id"], name="enquiry_newest", condition=Q(corrected_at__isnull=True)
            ),
            models.Index(
                fields=["nick", "-asked_at", "-id"],
                name="enquiry_by_nick",
                condition=Q(corrected_at__isnull=True),
            ),
            models.Index(
                fields=["why_not", "-asked_at", "-id"],
                name="enquiry_by_reason",
                condition=Q(corrected_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(nick="") & ~Q(question=""), name="enquiry_says_who_and_what"),
        ]

    def __str__(self) -> str:
        return f"{self.nick} {self.asked_at:%Y-%m-%d}"
