"""Shifts and the roster (T2): who works when, and who asks whom to swap."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.shifts import Shift, ShiftCode


class ShiftHours(models.Model):
    """The hours of a shift from a day on. Rows are never changed: past shifts keep the hours that they had."""

    code = models.CharField(_("shift"), max_length=8, choices=ShiftCode)
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))
    valid_from = models.DateField(_("valid from"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("hours of a shift")
        verbose_name_plural = _("hours of shifts")
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="shifthours_once"),
            models.CheckConstraint(condition=Q(code__in=ShiftCode.values), name="shifthours_code_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.starts:%H:%M}–{self.ends:%H:%M}"

    def shift(self) -> Shift:
        """As the rules take it."""
        return Shift(self.code, self.starts, self.ends, self.valid_from)


class RosterEntry(models.Model):
    """Somebody works a shift on a day; nobody twice the same one."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="roster", db_index=False
    )
    day = models.DateField(_("day"))
    shift = models.CharField(_("shift"), max_length=8, choices=ShiftCode)

    class Meta:
        verbose_name = _("roster entry")
        verbose_name_plural = _("roster")
        indexes = [models.Index(fields=["staff", "day"], name="roster_by_staff")]
        constraints = [
            models.UniqueConstraint(fields=["day", "shift", "staff"], name="roster_nobody_twice"),
            models.CheckConstraint(condition=Q(shift__in=ShiftCode.values), name="roster_shift_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.shift}"


class ShiftSwap(models.Model):
    """Somebody asks a colleague to take a shift, perhaps for one of theirs in return."""

    class Status(models.TextChoices):
        """What became of it."""

        ASKED = "asked", _("asked")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("taken back")
        LAPSED = "lapsed", _("lapsed")

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    colleague = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    shift = models.CharField(max_length=8, choices=ShiftCode)
    return_day = models.DateField(null=True)
    return_shift = models.CharField(max_length=8, choices=ShiftCode, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("swap of shifts")
        verbose_name_plural = _("swaps of shifts")
        indexes = [
            models.Index(fields=["day", "id"], name="swap_by_day"),
            models.Index(fields=["colleague", "day"], name="swap_open_to", condition=Q(status="asked")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "day", "shift"], condition=Q(status="asked"), name="swap_asked_once"
            ),
            models.CheckConstraint(condition=~Q(asked_by=F("colleague")), name="swap_between_two"),
            models.CheckConstraint(
                condition=Q(return_day__isnull=True, return_shift="")
                | (Q(return_day__isnull=False) & ~Q(return_shift="")),
                name="swap_return_is_a_shift",
            ),
            models.CheckConstraint(
                condition=Q(status="asked", ended_at__isnull=True)
                | (~Q(status="asked") & Q(ended_at__isnull=False)),
                name="swap_ended_when_not_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.shift} → {self.colleague_id}"
