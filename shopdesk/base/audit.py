"""Writing the audit log (D4): one row per change, in the transaction of the change."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shopdesk.base.models import AuditEntry, Staff


@dataclass(frozen=True)
class Origin:
    """Through which door, from which address and by which request a change comes."""

    kind: str = AuditEntry.Origin.SHELL
    address: str | None = None
    request_id: str = ""


_origin: ContextVar[Origin] = ContextVar("audit_origin", default=Origin())


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
    """Write an entry for each fact with one statement per thousand."""
    source = _origin.get()
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                at=at,
                action=fact.action,
                subject_kind=fact.subject_kind,
                subject_id=fact.subject_id,
                actor=actor,
                origin=source.kind,
                address=source.address,
                request_id=source.request_id,
                before=fact.before,
                after=fact.after,
            )
            for fact in facts
        ),
        batch_size=1000,
    )


def current_origin() -> Origin:
    """The origin that the next entry will carry, for set-based statements that write entries themselves."""
    return _origin.get()
