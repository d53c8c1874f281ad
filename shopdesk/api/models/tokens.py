"""Tokens of integrations."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.api.access import Scope
from shopdesk.base.models import Staff


class ApiToken(models.Model):
    """What one program proves itself with. It acts as ``account``, within its scopes.

    Only the SHA-256 of the token is kept: who reads the table can use none.
    """

    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    # The first characters, by which people know it again.
    prefix = models.CharField(max_length=12)
    account = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="api_tokens")
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope))
    calls_a_minute = models.PositiveIntegerField(_("calls a minute"), default=600)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    expires_at = models.DateTimeField(_("expires"), null=True)
    # To within five minutes: a busy program is not to cost a write with every call.
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        indexes = [models.Index(fields=["-created_at", "-id"], name="apitoken_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values), name="apitoken_scopes_known"
            ),
            models.CheckConstraint(condition=Q(calls_a_minute__gt=0), name="apitoken_may_call"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_valid(self, now: datetime) -> bool:
        """Whether calls with it are answered."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
