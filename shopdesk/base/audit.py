"""Writing the audit log (D4): one row per change, in the transaction of the change."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from shopdesk.base.bulk import copy_rows
from shopdesk.base.models import AuditEntry, Staff


@dataclass(frozen=True)
class Origin:
    """Through which door, from which address and by which request a change comes."""

    kind: str = AuditEntry.Origin.SHELL
    address: str | None = None
    request_id: str = ""


_SHELL = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=_SHELL)
_COLUMNS = (
    "at", "action", "subject_kind", "subject_id", "actor_id", "origin", "address", "request_id", "before",
    "after",
)  # fmt: skip


@contextmanager
def origin(kind: str, **details: Any) -> Iterator[None]:
    """Let every entry written inside the block carry this origin."""
    token = _origin.set(replace(_origin.get(), kind=kind, **details))
    try:
        yield
    finally:
        _origin.reset(token)


@dataclass(frozen=True)
class Fact:
    """One change to be written: what happened to which subject."""

    action: str
    subject_kind: str
    subject_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def record(fact: Fact, *, at: datetime, actor: Staff | None) -> None:
    """Write one entry. Call it inside the transaction of the change."""
    record_many([fact], at=at, actor=actor)


def record_many(facts: Iterable[Fact], *, at: datetime, actor: Staff | None) -> None:
    """Write an entry for each fact with one statement, however many there are."""
    source = _origin.get()
    actor_id = actor.pk if actor else None
    copy_rows(
        AuditEntry,
        _COLUMNS,
        (
            (
                at,
                fact.action,
                fact.subject_kind,
                fact.subject_id,
                actor_id,
                source.kind,
                source.address,
                source.request_id,
                Jsonb(fact.before),
                Jsonb(fact.after),
            )
            for fact in facts
        ),
    )


def current_origin() -> Origin:
    """The origin that the next entry will carry, for set-based statements that write entries themselves."""
    return _origin.get()
