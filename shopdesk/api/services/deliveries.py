"""Delivering what stands in the outbox: at least once, to each receiver one by one, to nobody behind another."""

import json
import random
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shopdesk.api import events, signing
from shopdesk.api.models import Delivery, OutboxEvent, Webhook
from shopdesk.api.retries import next_attempt
from shopdesk.api.sending import Answer, send
from shopdesk.api.services.tokens import require_manager
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff

# As many as are delivered to at once, each by a thread of its own: a slow one holds up nobody.
MOST_ACTIVE = 20
# Longer than one request can take; a claim whose worker was killed is taken up again after it.
LEASE = timedelta(seconds=60)
# Who does not answer at all is left alone for a while, however much is due.
REST = timedelta(seconds=10)
# A run takes no new work after this, so that a worker process is not kept for ever.
RUN_SECONDS = 50
# Only one process of all workers delivers, so that slow receivers cannot fill them; if it is killed, the next may.
TURN, TURN_SECONDS = "webhooks-deliver", 15
KEPT = timedelta(days=30)
BATCH = 5000
State = Delivery.State
logger = structlog.get_logger(__name__)

_CLAIM = """
UPDATE api_webhook SET claim = %(claim)s, claimed_until = %(until)s
WHERE id IN (
    SELECT w.id FROM api_webhook w
    WHERE w.active AND (w.claimed_until IS NULL OR w.claimed_until <= %(now)s) AND EXISTS (
        SELECT FROM api_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= %(now)s
    )
    ORDER BY w.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def deliver_due(*, run_seconds: float = RUN_SECONDS) -> int:
    """Deliver what is due, until nothing is or the time is over; answers how many attempts were made.

    No transaction is open and no lock is held while a receiver is asked. What a killed worker had claimed is due
    again once its lease is over: a receiver may see an event twice, with the same number.
    """
    if not cache.add(TURN, 1, timeout=TURN_SECONDS):
        return 0
    end = clock.now() + timedelta(seconds=run_seconds)
    attempts = 0
    running: set[Future[int]] = set()
    try:
        with ThreadPoolExecutor(MOST_ACTIVE, thread_name_prefix="webhook") as pool:
            while True:
                if clock.now() < end:
                    claim = uuid.uuid4()
                    for number in _claim(claim, MOST_ACTIVE - len(running)):
                        running.add(pool.submit(_deliver_to, number, claim, end))
                if not running:
                    return attempts
                done, running = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                attempts += sum(future.result() for future in done)
                cache.touch(TURN, TURN_SECONDS)
    finally:
        cache.delete(TURN)


def _claim(claim: uuid.UUID, most: int) -> list[int]:
    """Claim receivers that have something due and that nobody delivers to."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"claim": claim, "until": now + LEASE, "now": now, "most": most})
        return [number for (number,) in cursor.fetchall()]


def _deliver_to(webhook_id: int, claim: uuid.UUID, end: datetime) -> int:
    """Deliver to one receiver, one after the other, until nothing is due or it does not answer."""
    attempts = 0
    rests_until = None
    try:
        while clock.now() < end and (found := _begin(webhook_id, claim)) is not None:
            delivery, webhook = found
            attempts += 1
            answer = _send(delivery, webhook)
            _finish(delivery, answer)
            if not answer.there:
                rests_until = clock.now() + REST  # the others would only wait for the same silence
                break
    except Exception:
        logger.exception("a delivery failed", webhook=webhook_id)
        rests_until = clock.now() + REST  # what failed once would fail at once again
    finally:
        Webhook.objects.filter(pk=webhook_id, claim=claim).update(claim=None, claimed_until=rests_until)
        connection.close()  # the thread's own
    return attempts


@transaction.atomic
def _begin(webhook_id: int, claim: uuid.UUID) -> tuple[Delivery, Webhook] | None:
    """The next delivery that is due, its attempt counted; ``None`` when there is none or the claim is lost."""
    now = clock.now()
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id, claim=claim, active=True).first()
    if webhook is None:
        return None
    delivery = (
        Delivery.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("event")
        .filter(webhook=webhook, state=State.WAITING, due_at__lte=now)
        .order_by("due_at", "pk")
        .first()
    )
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.attempted_at = now
    delivery.save(update_fields=["attempts", "attempted_at"])
    webhook.claimed_until = now + LEASE
    webhook.save(update_fields=["claimed_until"])
    return delivery, webhook


def _send(delivery: Delivery, webhook: Webhook) -> Answer:
    body = json.dumps(events.body_of(delivery.event), ensure_ascii=False).encode()
    signed = signing.headers(webhook.secret, str(delivery.event_id), body, clock.now())
    return send(webhook.url, body, signed)


def _finish(delivery: Delivery, answer: Answer) -> None:
    """Keep what came of an attempt, unless another has ended the delivery meanwhile."""
    now = clock.now()
    told: dict[str, object] = {
        "response_code": answer.code,
        "problem": answer.problem,
        "took_ms": answer.took_ms,
    }
    if not answer.problem:
        told["state"] = State.DELIVERED
    else:
        chance = random.random()  # noqa: S311 (spreads load, keeps no secret)
        due_at = next_attempt(delivery.attempts, since=delivery.since, now=now, chance=chance)
        told |= {"state": State.DEAD} if due_at is None else {"due_at": due_at}
    Delivery.objects.filter(pk=delivery.pk, state=State.WAITING).update(**told)


@transaction.atomic
def resend(delivery_id: int, *, actor: Staff, now: datetime | None = None) -> Delivery:
    """Let an event be delivered once more, with the same number; one that waits is due at once.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) for none, or a webhook that is switched off.
    """
    require_manager(actor)
    now = now or clock.now()
    found = Delivery.objects.select_for_update(of=("self",)).select_related("webhook")
    delivery = found.filter(pk=delivery_id).first()
    if delivery is None:
        raise DomainError("T1", _("This delivery is not kept any more."))
    if not delivery.webhook.active:
        raise DomainError("T1", _("Switch the webhook on first: nothing is delivered to it now."))
    before, delivery.state = delivery.state, State.WAITING
    delivery.attempts, delivery.since, delivery.due_at = 0, now, now
    delivery.save(update_fields=["state", "attempts", "since", "due_at"])
    fact = Fact(
        "webhook.resent",
        "webhook",
        str(delivery.webhook_id),
        {"state": before},
        {"event": str(delivery.event_id)},
    )
    audit.record(fact, at=now, actor=actor)
    return delivery


@transaction.atomic
def send_test(webhook_id: int, *, actor: Staff, now: datetime | None = None) -> Delivery:
    """Put a test event into the outbox of one webhook. Raises as ``resend`` does."""
    require_manager(actor)
    now = now or clock.now()
    webhook = Webhook.objects.filter(pk=webhook_id).first()
    if webhook is None or not webhook.active:
        raise DomainError("T1", _("Switch the webhook on first: nothing is delivered to it now."))
    event = OutboxEvent.objects.create(
        name=events.TEST, subject_kind="webhook", subject_id=str(webhook.pk), at=now
    )
    return Delivery.objects.create(event=event, webhook=webhook, created_at=now, since=now, due_at=now)


def forget_deliveries(now: datetime, dry_run: bool) -> JobResult:
    """Remove deliveries that are over, or were never made, after 30 days, in batches; and their events."""
    result = JobResult()
    old = Delivery.objects.filter(created_at__lte=now - KEPT).filter(
        ~Q(state=State.WAITING) | Q(webhook__active=False) | Q(since__lte=F("due_at") - KEPT)
    )
    if dry_run:
        result.done = old.count()
        return result
    while numbers := list(old.values_list("pk", flat=True)[:BATCH]):
        result.done += Delivery.objects.filter(pk__in=numbers).delete()[0]
    unsent = OutboxEvent.objects.filter(at__lte=now - KEPT, deliveries__isnull=True)
    while keys := list(unsent.values_list("pk", flat=True)[:BATCH]):
        OutboxEvent.objects.filter(pk__in=keys).delete()
    return result
