"""Parcels, what is in them, their printed slips, and the carrier's news of them (F1–F7)."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Buyer
from orders.models.goods import Hold
from orders.models.orders import Order, OrderLine
from orders.states import ParcelStage


class PrintBatch(models.Model):
    """Slips that were printed together (F1): by the clock, or on demand by somebody."""

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("print batch")
        verbose_name_plural = _("print batches")
        indexes = [models.Index(fields=["-created_at", "-id"], name="printbatch_newest")]

    def __str__(self) -> str:
        return f"{self.pk}"


class Parcel(models.Model):
    """Goods of one buyer that travel together to the address of ``order`` (F1).

    A paid order has one planned parcel, or two (S8); orders joined by S7 share that of the lowest number. What
    travels after the sale has a parcel of its own, with ``ExtraGoods`` in the place of lines.
    """

    class Part(models.TextChoices):
        """Which goods of the order it takes (S8)."""

        WHOLE = "whole", _("everything")
        SHELF = "shelf", _("shelf goods")
        REST = "rest", _("the rest")

    class Purpose(models.TextChoices):
        """What it is for: an order as it was bought, or what follows after the sale (F1)."""

        ORDER = "order", _("order")
        EXCHANGE = "exchange", _("exchange")
        RESEND = "resend", _("resend")
        SENT_BACK = "sent_back", _("goods sent back")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="parcels", db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.ORDER, db_default="order")
    buyer = models.ForeignKey(
        Buyer, on_delete=models.PROTECT, null=True, related_name="+", db_column="buyer_nick", db_index=False
    )
    part = models.CharField(max_length=8, choices=Part, default=Part.WHOLE)
    stage = models.CharField(_("stage"), max_length=8, choices=ParcelStage, default=ParcelStage.PLANNED)
    # Grows with every change that the warehouse could have a view on; actions compare it (T5).
    version = models.PositiveIntegerField(default=1)
    # Of the slip printed last; 0 before the first.
    slip_version = models.PositiveIntegerField(default=0)
    batch = models.ForeignKey(PrintBatch, on_delete=models.PROTECT, null=True, related_name="parcels")
    # Kuaidi100's code: as planned, and as it went.
    carrier = models.CharField(_("carrier"), max_length=24, blank=True, default="")
    invoice_no = models.CharField(
        _("tracking number"), max_length=64, blank=True, default="", db_collation="C"
    )
    weight_kg = models.DecimalField(_("weight (kg)"), max_digits=7, decimal_places=3, null=True, blank=True)
    planned_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True)
    packed_at = models.DateTimeField(null=True)
    packed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    shipped_at = models.DateTimeField(null=True)
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    # O13: the promise that governs it; each time that something is told of it happens once.
    ship_by = models.DateTimeField(_("to be shipped by"), null=True)
    late_flagged_at = models.DateTimeField(null=True)
    # O15: no batch took it though it was ready; and printed today but not sent by the evening.
    missed_flagged_at = models.DateTimeField(null=True)
    returned_to_desk_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    # F7: Kuaidi100's state (0 to 14) by the newest news, when it should be signed for, when it was.
    tracking_state = models.PositiveSmallIntegerField(null=True)
    tracking_at = models.DateTimeField(null=True)
    deliver_by = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    trouble_at = models.DateTimeField(null=True)
    followed_up_at = models.DateTimeField(null=True)
    followed_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        indexes = [
            models.Index(fields=["order", "id"], name="parcel_by_order"),
            models.Index(
                fields=["stage", "ship_by", "id"],
                name="parcel_open",
                condition=Q(stage__in=["planned", "printed", "packed"]),
            ),
            models.Index(fields=["-shipped_at", "-id"], name="parcel_shipped", condition=Q(stage="shipped")),
            models.Index(
                fields=["deliver_by", "id"],
                name="parcel_on_the_way",
                condition=Q(stage="shipped", signed_at__isnull=True),
            ),
            models.Index(
                fields=["-trouble_at", "-id"],
                name="parcel_in_trouble",
                condition=Q(trouble_at__isnull=False, signed_at__isnull=True),
            ),
            models.Index(
                fields=["-returned_to_desk_at", "-id"],
                name="parcel_to_tell",
                condition=Q(returned_to_desk_at__isnull=False, told_at__isnull=True),
            ),
            models.Index(
                fields=["order"],
                name="parcel_missed",
                condition=Q(stage="planned", batch__isnull=True, missed_flagged_at__isnull=False),
            ),
            models.Index(fields=["invoice_no"], name="parcel_by_tracking", condition=~Q(invoice_no="")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=ParcelStage.values), name="parcel_stage_known"),
            models.CheckConstraint(
                condition=~Q(stage="shipped")
                | (Q(shipped_at__isnull=False) & ~Q(carrier="") & ~Q(invoice_no="")),
                name="parcel_shipped_with_number",
            ),
            models.CheckConstraint(
                # What the platform sent never went through our hands.
                condition=Q(stage__in=["planned", "voided"])
                | Q(slip_version__gt=0)
                | Q(stage="shipped", packed_at__isnull=True),
                name="parcel_printed_has_slip",
            ),
            # F6: one tracking number is not used for two buyers.
            ExclusionConstraint(
                name="parcel_number_of_one_buyer",
                expressions=[("invoice_no", "="), ("buyer", "<>")],
                condition=~Q(invoice_no=""),
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.pk}"


class ParcelLine(models.Model):
    """An order line in a parcel. A line travels in one live parcel; a voided one keeps what it had."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="lines")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="parcel_lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="parcel_lines", db_index=False)
    live = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name = _("line of a parcel")
        verbose_name_plural = _("lines of a parcel")
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(live=True), name="parcelline_one_live"),
            models.UniqueConstraint(fields=["parcel", "line"], name="parcelline_once"),
        ]

    def __str__(self) -> str:
        return f"P{self.parcel_id}: {self.line_id}"


class ExtraGoods(models.Model):
    """Goods that travel after the sale, in a parcel of their own: exchanged, resent or sent back (F1).

    ``line`` is what the buyer ordered. What is held for it goes; without a hold the line's own goods, which came
    back, go to the buyer again.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="extra_goods")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="extra_goods")
    num = models.PositiveIntegerField(_("quantity"))
    # A voided parcel keeps what it had; its hold may go into another.
    live = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name = _("extra goods")
        verbose_name_plural = _("extra goods")
        constraints = [
            models.UniqueConstraint(fields=["parcel", "line"], name="extragoods_once"),
            models.UniqueConstraint(fields=["hold"], condition=Q(live=True), name="extragoods_hold_once"),
            models.CheckConstraint(condition=Q(num__gt=0), name="extragoods_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"P{self.parcel_id}: {self.line_id}"


class Slip(models.Model):
    """A slip as it was printed: paper that lies in the warehouse. A void one stops whoever scans it (F3)."""

    class Void(models.TextChoices):
        """Why a slip counts no more."""

        CHANGED = "changed", _("the order was changed")
        REFUNDED = "refunded", _("the order is being refunded")
        PULLED = "pulled", _("the parcel was pulled")
        REPRINTED = "reprinted", _("a newer slip was printed")

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="slips", db_index=False)
    version = models.PositiveIntegerField()
    batch = models.ForeignKey(PrintBatch, on_delete=models.PROTECT, related_name="slips")
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=12, choices=Void, blank=True, default="")
    notice = models.ForeignKey(
        "orders.ChangeNotice", on_delete=models.PROTECT, null=True, related_name="slips", db_index=False
    )
    # F2: the warehouse has the paper of a void slip in its hands.
    found_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("slip")
        verbose_name_plural = _("slips")
        constraints = [
            models.UniqueConstraint(fields=["parcel", "version"], name="slip_version_once"),
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(voided_at__isnull=True), name="slip_one_valid"
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="slip_void_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.barcode

    @property
    def barcode(self) -> str:
        """What the slip's Code 128 holds: parcel number and slip version (F1)."""
        return f"P{self.parcel_id}-{self.version}"


class TrackingNews(models.Model):
    """One piece of news of a carrier about a tracking number (F7); the same news counts once."""

    class Source(models.TextChoices):
        """How it came."""

        PUSH = "push", _("pushed by Kuaidi100")
        FILE = "file", _("from a file")
        HAND = "hand", _("entered by hand")

    carrier = models.CharField(max_length=24)
    invoice_no = models.CharField(max_length=64, db_collation="C")
    state = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()
    source = models.CharField(max_length=8, choices=Source)
    heard_at = models.DateTimeField()
    heard_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("tracking news")
        verbose_name_plural = _("tracking news")
        constraints = [
            models.UniqueConstraint(fields=["invoice_no", "at", "state", "text"], name="trackingnews_once"),
            models.CheckConstraint(condition=Q(state__lte=14), name="trackingnews_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_no} {self.state}"
