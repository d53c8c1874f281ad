"""What callers asked for and what they were told, to be held against what is on record."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_SECONDS = 12.0


@dataclass
class Write:
    """One write with its Idempotency-Key. ``told``: it was answered that it is done."""

    kind: str
    key: str
    path: str
    body: Any
    told: bool = False
    refused: str = ""
    failed: bool = False


@dataclass
class Ledger:
    """All that was asked for in one run, by many threads."""

    writes: list[Write] = field(default_factory=list)
    reads: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def error(self, what: str) -> None:
        """A caller was told an error, as it should be."""
        with self.lock:
            self.errors[what] += 1

    def wrong(self, what: str) -> None:
        """A caller was answered what nobody must be answered, or not at all."""
        with self.lock:
            self.bad[what] += 1


@dataclass(frozen=True)
class Found:
    """Of each key, how many rows it made, and how many entries in the audit log."""

    rows: Mapping[str, int]
    audited: Mapping[str, int]

    def judge(self, write: Write) -> str:
        """What is wrong with what a write left: ``lost``, ``doubled``, ``half``, or nothing."""
        rows, audited = self.rows.get(write.key, 0), self.audited.get(write.key, 0)
        if rows > 1 or audited > 1:
            return "doubled"
        if rows != audited:
            return "half"
        return "lost" if write.told and not rows else ""


# Each kind of write: its rows with their keys, and the entries that the audit log must have for each.
_RECORDED = {
    "note": """
        SELECT substr(note.text, 7), count(DISTINCT note.id), count(entry.id) FROM orders_note note
        LEFT JOIN base_auditentry entry ON entry.action = 'note.added' AND entry.subject_id = note.order_id
            AND entry.after->>'note' = note.id::text
        WHERE note.text LIKE %(mark)s GROUP BY 1
    """,
    "order": """
        SELECT placed.receiver_name, count(DISTINCT placed.tid), count(entry.id) FROM orders_order placed
        LEFT JOIN base_auditentry entry ON entry.action = 'order.created' AND entry.subject_id = placed.tid
        WHERE placed.receiver_name LIKE %(mark)s GROUP BY 1
    """,
    "payment": """
        SELECT payment.payment_no, count(DISTINCT payment.id), count(entry.id) FROM orders_payment payment
        LEFT JOIN base_auditentry entry ON entry.action = 'payment.recorded'
            AND entry.subject_id = payment.order_id AND entry.after->>'payment_no' = payment.payment_no
        WHERE payment.payment_no LIKE %(mark)s GROUP BY 1
    """,
    "evidence": """
        SELECT split_part(photo.name, '.', 1), count(DISTINCT photo.id), count(entry.id)
        FROM afterservice_evidence photo
        LEFT JOIN base_auditentry entry ON entry.action = 'evidence.added'
            AND entry.subject_id = photo.ticket_id::text AND entry.after->>'evidence' = photo.id::text
        WHERE photo.name LIKE %(mark)s GROUP BY 1
    """,
}
# What the audit log tells of and what is not there.
_NOTHING_BEHIND = """
SELECT count(*) FROM base_auditentry entry WHERE entry.action = 'note.added'
    AND NOT EXISTS (SELECT FROM orders_note note WHERE note.id = (entry.after->>'note')::bigint)
"""


def find(kinds: Sequence[str], mark: str) -> Found:
    """What is on record of a run: its keys begin with ``mark``."""
    from django.db import connection

    rows: dict[str, int] = {}
    audited: dict[str, int] = {}
    with connection.cursor() as cursor:
        for kind in kinds:
            prefix = f"chaos {mark}%" if kind == "note" else f"{mark}%"
            cursor.execute(_RECORDED[kind], {"mark": prefix})
            for key, found, entries in cursor.fetchall():
                rows[key], audited[key] = found, entries
    return Found(rows, audited)


def told_of_nothing() -> int:
    """How many notes the audit log tells of that are not there."""
    from shopdesk.desk.chaos.twice import count

    return count(_NOTHING_BEHIND)
