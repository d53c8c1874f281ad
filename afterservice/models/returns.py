"""Where goods are sent back to, and goods that came back without anybody knowing of them (A7, A11)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from afterservice.models.tickets import Ticket


class ReturnAddress(models.Model):
    """The address that buyers send goods back to, from a moment on; the newest counts. Rows are never changed."""

    text = models.CharField(_("return address"), max_length=300)
    valid_from = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("return address")
        verbose_name_plural = _("return addresses")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="returnaddress_says_where"),
            models.UniqueConstraint(fields=["valid_from"], name="returnaddress_once"),
        ]

    def __str__(self) -> str:
        return self.text


class UnmatchedReturn(models.Model):
    """Goods at the door that no ticket told of (A11): put on the list, until somebody finds their ticket."""

    invoice_no = models.CharField(_("return tracking number"), max_length=64, db_collation="C")
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    found_at = models.DateTimeField(_("found"))
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    matched_at = models.DateTimeField(null=True)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("returned goods without a ticket")
        verbose_name_plural = _("returned goods without a ticket")
        indexes = [
            models.Index(
                fields=["-found_at", "-id"], name="unmatched_open", condition=Q(ticket__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice_no"], condition=Q(ticket__isnull=True), name="unmatched_once"
            ),
            models.CheckConstraint(condition=~Q(invoice_no=""), name="unmatched_has_a_number"),
            models.CheckConstraint(
                condition=Q(ticket__isnull=True, matched_at__isnull=True)
                | Q(ticket__isnull=False, matched_at__isnull=False),
                name="unmatched_until_matched",
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_no
