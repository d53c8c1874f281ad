"""The project package: composition root."""

import gc

from shopdesk.celery import application as celery_application

__all__ = ["celery_application"]

# Pages, jobs and imports make tens of thousands of objects that go by themselves. Every process of the desk looks
# through them for rubbish now and then, not a dozen times a page.
gc.set_threshold(50_000, 20, 50)
