"""The project package: composition root."""

from shopdesk.celery import application as celery_application

__all__ = ["celery_application"]
