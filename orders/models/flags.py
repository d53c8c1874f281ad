"""Flags and signed notes (N1–N4)."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.rules.notes import NoteForm, signed
from shopdesk.base.search import SearchGrams


class Note(models.Model):
    """Text, author, time (N2). Never edited or removed, which a trigger enforces; a correction is a new note."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # The signature as it was, so that renaming a person does not rewrite what they signed.
    signature = models.CharField(max_length=16)
    at = models.DateTimeField()
    form = models.CharField(max_length=16, choices=NoteForm, default=NoteForm.FREE)
    # N5: a note “kept for you” leaves the view when its goods are shipped; it is never removed.
    cleared_at = models.DateTimeField(null=True)
    # Repeated from the order so that the newest orders with a word in their notes come straight from an index.
    order_created = models.DateTimeField()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [
            models.Index(fields=["order", "-at", "-id"], name="note_by_order"),
            models.Index(fields=["-order_created", "-order"], name="note_by_order_time"),
            GinIndex(SearchGrams("text"), name="note_text_grams"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
        ]

    def __str__(self) -> str:
        return signed(self.text, self.signature, self.at)


class Flag(models.Model):
    """A flag that stands or stood on an order: colour, why, for whom, until when (N1, N3).

    The order repeats the colour of its open flag in ``seller_flag``. A red flag always has its note.
    """

    class Addressee(models.TextChoices):
        """Whom a red flag is for."""

        WAREHOUSE = "warehouse", _("warehouse")
        SUPERVISOR = "supervisor", _("supervisor")
        NEXT_SHIFT = "next_shift", _("next shift")
        AGENT = "agent", _("agents")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="flags", db_index=False)
    seller_flag = models.PositiveSmallIntegerField(choices=Order.SellerFlag)
    label = models.CharField(_("label"), max_length=24, blank=True, default="")
    note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    addressee = models.CharField(max_length=12, choices=Addressee, blank=True, default="")
    until = models.DateTimeField(null=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    set_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    acknowledged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        indexes = [
            models.Index(
                fields=["addressee", "until"], name="flag_open_for", condition=Q(ended_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="flag_one_open"
            ),
            models.CheckConstraint(condition=Q(seller_flag__in=[1, 2, 3, 4, 5]), name="flag_is_a_colour"),
            models.CheckConstraint(
                condition=~Q(seller_flag=1)
                | (Q(note__isnull=False, until__isnull=False) & ~Q(addressee="") & ~Q(label="")),
                name="flag_red_says_why_to_whom_until_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.get_seller_flag_display()}"
