"""Making and changing webhooks, and naming who may tell us of payments. Managers only (contract)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.api import events, signing
from shopdesk.api.addresses import check_url
from shopdesk.api.models import Sender, Webhook
from shopdesk.api.services.deliveries import MOST_ACTIVE
from shopdesk.api.services.tokens import require_manager
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

SUBJECT, SENDER = "webhook", "payment_sender"
LONGEST_NAME = 60
MOST_SENDERS = 20
USE_NOTED_EVERY = timedelta(minutes=5)
_COUNT_LOCK = 7_201_011


@dataclass(frozen=True)
class WebhookRequest:
    """What a webhook is to be: its name, its address, the events it is told of, whether it is told at all."""

    name: str
    url: str
    events: Collection[str]
    active: bool = True


def make_webhook(wanted: WebhookRequest, *, actor: Staff, now: datetime | None = None) -> tuple[Webhook, str]:
    """Make a webhook; answers it with its secret, which is shown this once.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) for no name or event, an address that nothing is
    delivered to, or one webhook too many.
    """
    require_manager(actor)
    wanted = _checked(wanted)  # asks for the host name: before the transaction, not in it
    now = now or clock.now()
    with transaction.atomic():
        _require_room(wanted)
        webhook = Webhook.objects.create(
            name=wanted.name,
            url=wanted.url,
            secret=signing.new_secret(),
            events=sorted(wanted.events),
            active=wanted.active,
            created_at=now,
            created_by=actor,
        )
        audit.record(Fact("webhook.made", SUBJECT, str(webhook.pk), {}, _told(webhook)), at=now, actor=actor)
    return webhook, webhook.secret


def change_webhook(
    webhook_id: int, wanted: WebhookRequest, *, actor: Staff, now: datetime | None = None
) -> Webhook:
    """Change a webhook, or switch it on or off; what waits for one that is off stays. Raises as ``make_webhook``."""
    require_manager(actor)
    wanted = _checked(wanted)
    now = now or clock.now()
    with transaction.atomic():
        webhook = _lock(webhook_id)
        if wanted.active and not webhook.active:
            _require_room(wanted)
        before = _told(webhook)
        webhook.name, webhook.url, webhook.active = wanted.name, wanted.url, wanted.active
        webhook.events = sorted(wanted.events)
        after = _told(webhook)
        if after != before:
            webhook.save(update_fields=["name", "url", "events", "active"])
            fact = Fact("webhook.changed", SUBJECT, str(webhook.pk), before, after)
            audit.record(fact, at=now, actor=actor)
    return webhook


@transaction.atomic
def renew_secret(webhook_id: int, *, actor: Staff, now: datetime | None = None) -> tuple[Webhook, str]:
    """Sign with a new secret from now on, which is shown this once. Raises ``Forbidden``, ``DomainError`` (T1)."""
    require_manager(actor)
    webhook = _lock(webhook_id)
    webhook.secret = signing.new_secret()
    webhook.save(update_fields=["secret"])
    fact = Fact("webhook.secret_renewed", SUBJECT, str(webhook.pk), {}, {"name": webhook.name})
    audit.record(fact, at=now or clock.now(), actor=actor)
    return webhook, webhook.secret


@transaction.atomic
def make_sender(name: str, *, actor: Staff, now: datetime | None = None) -> tuple[Sender, str]:
    """Let a program tell us of payments; answers its secret, which is shown this once.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) for no name, or one sender too many.
    """
    require_manager(actor)
    now = now or clock.now()
    _wait_for_turn()
    if Sender.objects.filter(revoked_at__isnull=True).count() >= MOST_SENDERS:
        raise DomainError("T1", _("There are enough. Revoke one that is not used any more."))
    sender = Sender.objects.create(
        name=_name(name), secret=signing.new_secret(), created_at=now, created_by=actor
    )
    audit.record(Fact("sender.made", SENDER, str(sender.pk), {}, {"name": sender.name}), at=now, actor=actor)
    return sender, sender.secret


@transaction.atomic
def revoke_sender(sender_id: int, *, actor: Staff, now: datetime | None = None) -> Sender:
    """Refuse what it signs from now on. Revoking twice changes nothing.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) for no such sender.
    """
    require_manager(actor)
    now = now or clock.now()
    sender = Sender.objects.select_for_update().filter(pk=sender_id).first()
    if sender is None:
        raise DomainError("T1", _("There is no such sender."))
    if sender.revoked_at is None:
        sender.revoked_at, sender.revoked_by = now, actor
        sender.save(update_fields=["revoked_at", "revoked_by"])
        fact = Fact("sender.revoked", SENDER, str(sender.pk), {}, {"name": sender.name})
        audit.record(fact, at=now, actor=actor)
    return sender


def signed_by_a_sender(headers: Mapping[str, str], body: bytes, *, now: datetime | None = None) -> bool:
    """Whether a sender that is not revoked signed this body just now; its use is noted."""
    now = now or clock.now()
    senders = Sender.objects.filter(revoked_at__isnull=True).values_list("pk", "secret")
    found = signing.signer_of(headers, body, senders, now)
    if found is None:
        return False
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    Sender.objects.filter(stale, pk=found).update(last_used_at=now)
    return True


def _checked(wanted: WebhookRequest) -> WebhookRequest:
    name, url = _name(wanted.name), wanted.url.strip()
    if not wanted.events or not set(wanted.events) <= events.names():
        raise DomainError("T1", _("Choose at least one event."), field="events")
    check_url(url)
    return WebhookRequest(name, url, set(wanted.events), wanted.active)


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > LONGEST_NAME:
        raise DomainError("T1", _("Name the program that uses it, in 60 characters at most."), field="name")
    return name


def _require_room(wanted: WebhookRequest) -> None:
    """Each active webhook has a thread of its own when it is delivered to."""
    if not wanted.active:
        return
    _wait_for_turn()
    if Webhook.objects.filter(active=True).count() >= MOST_ACTIVE:
        raise DomainError(
            "T1", _("At most %(most)s webhooks are active at once. Switch one off.") % {"most": MOST_ACTIVE}
        )


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COUNT_LOCK])


def _lock(webhook_id: int) -> Webhook:
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if webhook is None:
        raise DomainError("T1", _("There is no such webhook."))
    return webhook


def _told(webhook: Webhook) -> dict[str, object]:
    return {
        "name": webhook.name, "url": webhook.url, "events": list(webhook.events), "active": webhook.active
    }  # fmt: skip
