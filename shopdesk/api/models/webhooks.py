"""What other programs are told, and who tells us: webhooks, their outbox, and the senders of payments."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Webhook(models.Model):
    """An address that is told of events.

    The secret is kept as it is, since every delivery is signed with it; no page, log or audit entry shows it again.
    """

    name = models.CharField(_("name"), max_length=60)
    url = models.CharField(_("address"), max_length=500)
    secret = models.CharField(max_length=80)
    events = ArrayField(models.CharField(max_length=48))
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Who delivers to it at present, and until when: a claim whose worker was killed runs out.
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class OutboxEvent(models.Model):
    """Something that happened and that a webhook asked for, written in the transaction of the change.

    A trigger of the audit table writes it (migration 0002), so no service can forget to. ``id`` is what receivers
    tell repeated deliveries by.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=48)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.CharField(max_length=64, db_collation="C")
    at = models.DateTimeField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.name} {self.subject_id}"


class Delivery(models.Model):
    """One event on its way to one webhook."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")

    class Problem(models.TextChoices):
        """Why the last attempt failed."""

        ANSWER = "answer", _("The receiver answered an error")
        REDIRECT = "redirect", _("The receiver redirects, which is not followed")
        TIMEOUT = "timeout", _("The receiver took too long")
        CONNECTION = "connection", _("No connection")
        TLS = "tls", _("No secure connection: check the certificate")
        UNRESOLVED = "unresolved", _("Nobody knows this host name")
        FORBIDDEN = "forbidden", _("The address lies in a private network")

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # From when the 24 hours count, and when the next attempt is due.
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    response_code = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=12, choices=Problem, blank=True, default="")
    took_ms = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["webhook", "due_at", "id"], name="delivery_due", condition=Q(state="waiting")
            ),
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="delivery_by_state"),
        ]
        constraints = [models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.state}"


class Sender(models.Model):
    """A program that may tell us of payments by webhook: each signs with a secret of its own."""

    name = models.CharField(_("name"), max_length=60)
    secret = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # To within five minutes, as for tokens.
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("sender of payments")
        verbose_name_plural = _("senders of payments")

    def __str__(self) -> str:
        return self.name
