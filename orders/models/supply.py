"""Where goods come from: stock movements, goods that are out, and buying runs in Korea (F5, O16)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.goods import Sku
from orders.models.orders import OrderLine


class StockMovement(models.Model):
    """Pieces that came onto the shelf or left it, and the stock after that (F5)."""

    class Kind(models.TextChoices):
        """Why the stock changed."""

        RECEIVED = "received", _("received")
        COUNTED = "counted", _("counted")
        SHIPPED = "shipped", _("shipped")
        RETURNED = "returned", _("returned")

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="movements", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    num = models.IntegerField(_("pieces"))
    stock = models.PositiveIntegerField(_("stock after it"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [models.Index(fields=["sku", "-at", "-id"], name="stockmovement_by_sku")]
        constraints = [models.CheckConstraint(condition=~Q(num=0), name="stockmovement_moves")]

    def __str__(self) -> str:
        return f"{self.sku_id} {self.num:+}"


class Shortage(models.Model):
    """A SKU that is out of stock (缺货登记, F5): since when, by whom, until when; its orders wait."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="shortages", db_index=False)
    remark = models.CharField(_("remark"), max_length=200, blank=True, default="")
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reported_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("shortage")
        verbose_name_plural = _("shortages")
        indexes = [models.Index(fields=["-reported_at", "-id"], name="shortage_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["sku"], condition=Q(ended_at__isnull=True), name="shortage_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}"


class BuyingRun(models.Model):
    """One round of buying in Korea (O16). It is over when every line has its outcome."""

    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("buying run")
        verbose_name_plural = _("buying runs")
        indexes = [models.Index(fields=["-opened_at", "-id"], name="buyingrun_newest")]

    def __str__(self) -> str:
        return f"{self.pk}"


class BuyingRunLine(models.Model):
    """An order line that a run is to buy, and what came of it. A line is in one undecided run at most."""

    class Outcome(models.TextChoices):
        """What came of it in Korea."""

        BOUGHT = "bought", _("bought")
        UNAVAILABLE = "unavailable", _("unavailable")
        # It was changed or refunded before it was bought.
        DROPPED = "dropped", _("dropped")

    run = models.ForeignKey(BuyingRun, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="buying_runs")
    # What was to be bought, as the sheet says; the line may change later.
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", db_index=False)
    num = models.PositiveIntegerField(_("quantity"))
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("line of a buying run")
        verbose_name_plural = _("lines of a buying run")
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="buyingrunline_once"),
            models.UniqueConstraint(
                fields=["line"], condition=Q(outcome=""), name="buyingrunline_one_undecided"
            ),
            models.CheckConstraint(condition=Q(num__gt=0), name="buyingrunline_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.line_id}"
