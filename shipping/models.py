"""Tariffs: what a carrier charges to a province, from when on (S3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.fields import MoneyField


class TariffRow(models.Model):
    """One row of the tariff (S3). Never changed: a new price is a new row with a later ``valid_from``.

    So a quote for a past moment uses that moment's row, and an old quote still explains itself.
    """

    carrier = models.CharField(_("carrier"), max_length=24)
    province = models.CharField(_("province"), max_length=8)
    first_kg = models.DecimalField(_("first weight (kg)"), max_digits=6, decimal_places=3)
    first_fee = MoneyField(_("first-weight fee"))
    step_kg = models.DecimalField(_("further step (kg)"), max_digits=6, decimal_places=3)
    extra_fee = MoneyField(_("fee per step"))
    valid_from = models.DateTimeField(_("valid from"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.UniqueConstraint(fields=["carrier", "province", "valid_from"], name="tariff_once"),
            models.CheckConstraint(
                condition=Q(first_kg__gt=0, step_kg__gt=0, first_fee__gte=0, extra_fee__gte=0),
                name="tariff_makes_sense",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.province}"
