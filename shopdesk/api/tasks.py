"""Celery tasks of the API."""

from celery import shared_task

from shopdesk.api.services.deliveries import deliver_due


@shared_task
def deliver_webhooks() -> None:
    """Deliver what stands in the outbox and is due."""
    deliver_due()
