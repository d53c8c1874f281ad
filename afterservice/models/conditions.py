"""Conditions under which a request is accepted at once (A14)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import TicketKind
from orders.rules.products import ProductKind
from shopdesk.base.fields import MoneyField


class AcceptCondition(models.Model):
    """What a manager laid down (A14). An empty field asks for nothing; a condition only ever accepts what A3 allows.

    It decides nothing before it was tried on last month's tickets and switched on.
    """

    class Stage(models.TextChoices):
        """How far the order is."""

        ON_THE_WAY = "on_the_way", _("shipped, not received")
        RECEIVED = "received", _("received")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("request"), max_length=16, choices=TicketKind)
    product_kind = models.CharField(
        _("product kind"), max_length=16, choices=ProductKind, blank=True, default=""
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, blank=True, default="")
    amount_up_to = MoneyField(_("amount up to"), null=True, blank=True)
    tier_from = MoneyField(_("buyer's spend from"), null=True, blank=True)
    needs_evidence = models.BooleanField(_("with evidence"), default=False)
    active = models.BooleanField(_("switched on"), default=False)
    version = models.PositiveIntegerField(default=1)
    # The trial covers the condition as it is: a change of it wants a new one.
    tried_at = models.DateTimeField(null=True)
    tried_version = models.PositiveIntegerField(null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        constraints = [
            models.CheckConstraint(
                condition=Q(active=False) | Q(tried_version__isnull=False, tried_version=models.F("version")),
                name="condition_tried_first",
            ),
        ]

    def __str__(self) -> str:
        return self.name
