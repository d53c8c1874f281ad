"""The events that webhooks may ask for: each app registers its own, by the name that the audit log has for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from shopdesk.api.models import OutboxEvent

# What the button on the page sends, to see whether a receiver is there.
TEST = "webhook.test"


@dataclass(frozen=True)
class EventKind:
    """An event: its name, what it means, and which facts of the audit entry are told with it."""

    name: str
    title: str | Promise
    tells: frozenset[str]


_kinds: dict[str, dict[str, EventKind]] = {}


def register(subject_kind: str, kinds: Iterable[tuple[str, str | Promise, str]]) -> None:
    """Make the events of a kind of subject known: name, title, names of the facts that are told."""
    _kinds[subject_kind] = {
        name: EventKind(name, title, frozenset(told.split())) for name, title, told in kinds
    }


def registered() -> dict[str, list[EventKind]]:
    """All events by the kind of their subject, as they were registered."""
    return {subject: list(kinds.values()) for subject, kinds in _kinds.items()}


def names() -> set[str]:
    """The names of all events."""
    return {name for kinds in _kinds.values() for name in kinds}


def body_of(event: OutboxEvent) -> dict[str, object]:
    """What a receiver is told. It is the same at every attempt."""
    kind = _kinds.get(event.subject_kind, {}).get(event.name)
    told = kind.tells if kind else frozenset()
    return {
        "id": str(event.pk),
        "event": event.name,
        "at": event.at.isoformat(),
        "subject": event.subject_kind,
        "subject_id": event.subject_id,
        "before": {name: value for name, value in event.before.items() if name in told},
        "after": {name: value for name, value in event.after.items() if name in told},
    }
