"""Where reports and exports read: the replica of ``DATABASE_REPLICA_URL`` if there is one; nothing else does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponseBase

REPLICA = "replica"
_reading: ContextVar[bool] = ContextVar("reading_reports", default=False)


@contextmanager
def reading_reports() -> Iterator[None]:
    """Let reads inside the block go to the replica, unless they lock. Writes go where they always do."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def report_connection() -> BaseDatabaseWrapper:
    """The connection for a report's own SQL."""
    return connections[ReportRouter().db_for_read(models.Model)]


class ReportRouter:
    """Sends reads of reports to the replica."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """The replica inside ``reading_reports``, where there is one."""
        return REPLICA if _reading.get() and REPLICA in settings.DATABASES else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """Never the replica."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: models.Model, second: models.Model, **hints: Any) -> bool:
        """Rows of both are rows of one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The replica gets its tables from the other one."""
        return db == DEFAULT_DB_ALIAS


class ReadsReplica:
    """A view that only reads, but for its entry in the audit log: its page or file comes from the replica, whole."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer inside ``reading_reports``, also what is rendered later."""
        with reading_reports():
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
            render: Callable[[], Any] | None = getattr(response, "render", None)
            if render is not None:
                render()
        return response
