"""Celery: the worker, and the clock that starts each job (``shopdesk.base.jobs``)."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")

from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

OUTBOX_SECONDS = 5.0
application = Celery("shopdesk")
application.config_from_object("django.conf:settings", namespace="CELERY")
application.autodiscover_tasks()
application.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_django_logging(**kwargs: object) -> None:
    """Keep the log format of ``settings.LOGGING`` in the worker too."""
    from logging.config import dictConfig

    dictConfig(settings.LOGGING)


@application.on_after_finalize.connect
def schedule_jobs(sender: Celery, **kwargs: object) -> None:
    """Put every registered job on beat's clock, and the outbox, which is looked at too often to report each look."""
    from shopdesk.base.jobs import beat_schedule

    outbox = {
        "task": "shopdesk.api.tasks.deliver_webhooks",
        "schedule": OUTBOX_SECONDS,
        "options": {"expires": OUTBOX_SECONDS},
    }
    sender.conf.beat_schedule = beat_schedule() | {"deliver_webhooks": outbox}
