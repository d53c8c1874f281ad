"""Making and revoking tokens. Managers only (contract: tokens, webhooks)."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.api.access import Scope
from shopdesk.api.models import ApiToken
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role

PREFIX = "sd_"
SUBJECT = "token"
MOST_CALLS = 100_000
SIGNATURE_LENGTH = 16


@dataclass(frozen=True)
class NewToken:
    """What a token is to be: whom it acts as (a role), what it may be used for, until when."""

    name: str
    role: str
    scopes: Collection[str]
    expires_at: datetime | None = None
    calls_a_minute: int = 600


def digest_of(token: bytes) -> str:
    """The SHA-256 of a token, as it is kept. A token is random and long: no slow hash is needed."""
    return hashlib.sha256(token).hexdigest()


@transaction.atomic
def make_token(wanted: NewToken, *, actor: Staff, now: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token with an account of its own; answers it with the token itself, which is shown this once.

    The account has the role, no password, and stands in the audit as who did it. Raises ``Forbidden`` (T1) by role,
    ``DomainError`` (T1) for no name, role or scope, or an end in the past.
    """
    require_manager(actor)
    now = now or clock.now()
    name = wanted.name.strip()
    _check(wanted, name, now)
    token = PREFIX + secrets.token_urlsafe(32)
    account = Staff(
        username=f"api-{secrets.token_hex(6)}", role=wanted.role, signature=name[:SIGNATURE_LENGTH]
    )
    account.set_unusable_password()
    account.save()
    made = ApiToken.objects.create(
        name=name,
        digest=digest_of(token.encode()),
        prefix=token[:10],
        account=account,
        scopes=sorted(set(wanted.scopes)),
        calls_a_minute=wanted.calls_a_minute,
        created_at=now,
        created_by=actor,
        expires_at=wanted.expires_at,
    )
    after = {"name": name, "role": wanted.role, "scopes": made.scopes, "account": account.username}
    audit.record(Fact("token.made", SUBJECT, str(made.pk), {}, after), at=now, actor=actor)
    return made, token


@transaction.atomic
def revoke_token(token_id: int, *, actor: Staff, now: datetime | None = None) -> ApiToken:
    """Refuse every call with it from now on. Revoking twice changes nothing.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) for no such token.
    """
    require_manager(actor)
    now = now or clock.now()
    token = ApiToken.objects.select_for_update().select_related("account").filter(pk=token_id).first()
    if token is None:
        raise DomainError("T1", _("There is no such token."))
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = now, actor
        token.save(update_fields=["revoked_at", "revoked_by"])
        Staff.objects.filter(pk=token.account_id).update(is_active=False)
        audit.record(
            Fact("token.revoked", SUBJECT, str(token.pk), {}, {"name": token.name}), at=now, actor=actor
        )
    return token


def require_manager(actor: Staff) -> None:
    """Raise ``Forbidden`` (T1) for a role that has no say in integrations."""
    if not actor.may(Permission.ADMINISTER):
        raise Forbidden("T1", _("Only a manager works on integrations."))


def _check(wanted: NewToken, name: str, now: datetime) -> None:
    if not name or len(name) > 60:
        raise DomainError("T1", _("Name the program that uses it, in 60 characters at most."), field="name")
    if wanted.role not in Role.values:
        raise DomainError("T1", _("Choose the role that it acts in."), field="role")
    if not wanted.scopes or not set(wanted.scopes) <= set(Scope.values):
        raise DomainError("T1", _("Choose what it may be used for."), field="scopes")
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise DomainError("T1", _("It would have expired already."), field="expires_at")
    if not 0 < wanted.calls_a_minute <= MOST_CALLS:
        raise DomainError("T1", _("A token may call 1 to 100 000 times a minute."), field="calls_a_minute")
