"""Carriers' bills and their lines, checked against our parcels (F8)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.parcels import Parcel
from orders.rules.carrier_bills import Resolution, Verdict
from shipping.carriers import CARRIERS
from shopdesk.base.fields import MoneyField


class CarrierBill(models.Model):
    """What one carrier bills for one month: one or more files, each line once."""

    carrier = models.CharField(_("carrier"), max_length=24)
    # Its first day.
    month = models.DateField(_("month"))
    file_name = models.CharField(max_length=255)
    header = models.JSONField(default=list)
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("carrier's bill")
        verbose_name_plural = _("carriers' bills")
        constraints = [
            models.UniqueConstraint(fields=["month", "carrier"], name="carrierbill_once"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.month:%Y-%m}"

    @property
    def carrier_name(self) -> str:
        """What people call the carrier."""
        found = CARRIERS.get(self.carrier)
        return found.name if found else self.carrier


class CarrierBillLine(models.Model):
    """One line of a bill, a row that could not be read, or a parcel that should stand on the bill and does not.

    ``key`` is what the row says, so that the same row is taken in once however often its file is read.
    """

    bill = models.ForeignKey(CarrierBill, on_delete=models.CASCADE, related_name="lines", db_index=False)
    key = models.CharField(max_length=40, db_collation="C")
    # In the file, the header being 1; nothing for what is on no file.
    row = models.PositiveIntegerField(null=True)
    invoice_no = models.CharField(
        _("tracking number"), max_length=64, blank=True, default="", db_collation="C"
    )
    weight_kg = models.DecimalField(_("weight (kg)"), max_digits=7, decimal_places=3, null=True)
    fee = MoneyField(_("billed"), default=0)
    destination = models.CharField(_("destination"), max_length=64, blank=True, default="")
    billed_on = models.DateField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    expected_fee = MoneyField(_("by the tariff"), null=True)
    stake = MoneyField(_("at stake"), default=0)
    resolution = models.CharField(max_length=8, choices=Resolution, blank=True, default="")
    word = models.CharField(max_length=200, blank=True, default="")
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    resolved_at = models.DateTimeField(null=True)
    # Of a rejected row: why, in which column, and its cells, to be mended.
    column = models.CharField(max_length=120, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    cells = models.JSONField(default=list)

    class Meta:
        verbose_name = _("line of a carrier's bill")
        verbose_name_plural = _("lines of a carrier's bill")
        indexes = [
            models.Index(fields=["bill", "verdict", "-stake", "-id"], name="billline_by_verdict"),
            models.Index(
                fields=["bill", "verdict", "resolution"],
                include=["stake", "fee"],
                name="billline_totals",
            ),
            models.Index(fields=["invoice_no"], name="billline_by_tracking", condition=~Q(invoice_no="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bill", "key"], name="billline_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="billline_verdict_known"),
            models.CheckConstraint(condition=Q(fee__gte=0, stake__gte=0), name="billline_not_negative"),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at__isnull=True)
                | (Q(resolution__in=Resolution.values, resolved_at__isnull=False) & ~Q(word="")),
                name="billline_resolved_with_a_word",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}: {self.invoice_no}"
