"""Deadlines of tickets, and the terms that they run by (A6)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from afterservice.models.tickets import Ticket
from afterservice.rules.clocks import AtZero, Awaits, ClockKind, Terms


class ClockPolicy(models.Model):
    """The terms of one kind of clock from a moment on. Rows are never changed: running clocks keep theirs."""

    kind = models.CharField(_("clock"), max_length=12, choices=ClockKind)
    hours = models.PositiveIntegerField(_("hours"))
    warning_hours = models.PositiveIntegerField(_("warns so many hours ahead"))
    at_zero = models.CharField(_("at zero"), max_length=12, choices=AtZero)
    valid_from = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("terms of a clock")
        verbose_name_plural = _("terms of clocks")
        constraints = [
            models.UniqueConstraint(fields=["kind", "valid_from"], name="clockpolicy_once"),
            models.CheckConstraint(condition=Q(kind__in=ClockKind.values), name="clockpolicy_kind_known"),
            models.CheckConstraint(
                condition=Q(hours=0) | Q(warning_hours__lt=F("hours")), name="clockpolicy_warns_before"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hours}"

    def terms(self, awaits: Awaits) -> Terms:
        """These terms as the rules take them; whom a clock waits for is never laid down."""
        return Terms(self.hours, self.warning_hours, awaits, AtZero(self.at_zero))


class Clock(models.Model):
    """One deadline of a ticket. It warns once (Taobao's twice) and expires once; a stopped one stays on record.

    While it is paused its due time stands still; resuming moves it on by the length of the pause.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=12, choices=ClockKind)
    awaits = models.CharField(max_length=8, choices=Awaits)
    at_zero = models.CharField(max_length=12, choices=AtZero)
    policy = models.ForeignKey(
        ClockPolicy, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    last_warn_at = models.DateTimeField(null=True)
    last_warned_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    # It was met, or nothing is awaited any more.
    stopped_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    pause_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes = [
            models.Index(fields=["ticket", "started_at"], name="clock_by_ticket"),
            models.Index(
                fields=["due_at", "id"],
                name="clock_due",
                condition=Q(stopped_at__isnull=True, expired_at__isnull=True, paused_at__isnull=True),
            ),
            models.Index(
                fields=["warn_at", "id"],
                name="clock_to_warn",
                condition=Q(
                    stopped_at__isnull=True,
                    expired_at__isnull=True,
                    paused_at__isnull=True,
                    warned_at__isnull=True,
                    warn_at__isnull=False,
                ),
            ),
            models.Index(
                fields=["last_warn_at", "id"],
                name="clock_to_warn_again",
                condition=Q(
                    stopped_at__isnull=True,
                    expired_at__isnull=True,
                    paused_at__isnull=True,
                    last_warned_at__isnull=True,
                    last_warn_at__isnull=False,
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                condition=Q(stopped_at__isnull=True, expired_at__isnull=True),
                name="clock_one_running",
            ),
            models.CheckConstraint(condition=Q(kind__in=ClockKind.values), name="clock_kind_known"),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                name="clock_paused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"T{self.ticket_id} {self.kind}"
