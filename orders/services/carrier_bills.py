"""Reading a carrier's bill and checking every line of it (F8). The same file read twice changes nothing."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from psycopg.types.json import Jsonb

from orders.events.carrier_bills import bill_read, line_resolved
from orders.imports.carrier_bills import BilledParcel, BillFile, RejectedRow
from orders.imports.errors import ExportFileError
from orders.models import CarrierBill, CarrierBillLine
from orders.rules.carrier_bills import DIFFERENCES, Resolution, Verdict, judge, judge_unbilled
from shipping.carriers import CARRIERS
from shipping.selectors import tariffs_through_time
from shopdesk.base import audit, clock
from shopdesk.base.bulk import copy_rows, update_rows
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.listing import midnight
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

MAX_BYTES = 32 << 20
MAX_ROWS = 200_000
# One bill at a time: whether a parcel was billed before depends on all of them.
_BILL_LOCK = 7_201_008
_WORD_LENGTH = 200
_COLUMNS = (
    "bill_id", "key", "row", "invoice_no", "weight_kg", "fee", "destination", "billed_on", "verdict", "parcel_id",
    "expected_fee", "stake", "resolution", "word", "column", "reason", "cells",
)  # fmt: skip


@dataclass(frozen=True)
class BillReport:
    """What became of a file's rows: ``known`` were read before."""

    bill: CarrierBill
    rows: int
    new: int
    rejected: int

    @property
    def known(self) -> int:
        """How many rows say what was known already."""
        return self.rows - self.new - self.rejected


@transaction.atomic
def read_bill(
    content: BinaryIO,
    *,
    carrier: str,
    month: date,
    file_name: str,
    actor: Staff,
    now: datetime | None = None,
) -> BillReport:
    """Read a file of a carrier's bill for a month, and check the whole bill anew but for what was resolved.

    Rejected rows are those of the last file. Raises ``Forbidden`` (F8) by role, ``DomainError`` (F8) for an unknown
    carrier, a file that is too large, and (D2) one that is no bill.
    """
    _check(actor)
    now = now or clock.now()
    if carrier not in CARRIERS:
        raise DomainError("F8", _("Choose the carrier."), field="carrier")
    if content.seek(0, 2) > MAX_BYTES:
        raise DomainError(
            "F8",
            _("The file is larger than %(most)s MB: split it.") % {"most": MAX_BYTES >> 20},
            field="file",
        )
    try:
        file = BillFile(content)
        rows = _all_rows(file)
    except ExportFileError as refusal:
        raise DomainError("D2", refusal.message, field="file") from refusal
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_BILL_LOCK])
    bill, _created = CarrierBill.objects.update_or_create(
        carrier=carrier,
        month=month.replace(day=1),
        defaults={
            "file_name": file_name[:255],
            "header": file.header,
            "read_at": now,
            "read_by": actor,
        },
    )
    CarrierBillLine.objects.filter(bill=bill, verdict=Verdict.REJECTED).delete()
    known = set(CarrierBillLine.objects.filter(bill=bill).values_list("key", flat=True))
    with override(None):  # reasons are kept in the source language, read in the reader's
        keyed = [(key, row) for key, row in _keyed(rows) if key not in known]
        copy_rows(CarrierBillLine, _COLUMNS, (_line(bill, key, row) for key, row in keyed))
    rejected = sum(isinstance(row, RejectedRow) for row in rows)
    report = BillReport(bill, len(rows), len(keyed) - rejected, rejected)
    _check_lines(bill)
    _find_unbilled(bill)
    audit.record(
        bill_read(bill, rows=report.rows, new=report.new, rejected=report.rejected), at=now, actor=actor
    )
    return report


def _all_rows(file: BillFile) -> list[BilledParcel | RejectedRow]:
    rows = []
    for row in file:
        rows.append(row)
        if len(rows) > MAX_ROWS:
            raise DomainError(
                "F8", _("A file holds %(most)s rows: split it.") % {"most": MAX_ROWS}, field="file"
            )
    return rows


def _keyed(
    rows: Sequence[BilledParcel | RejectedRow],
) -> Iterator[tuple[str, BilledParcel | RejectedRow]]:
    """Each row with a digest of what it says; the second row that says the same is another one."""
    seen: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, RejectedRow):
            said = "\x1f".join(("rejected", *row.cells))
        else:
            said = "\x1f".join(map(str, (row.invoice_no, row.fee, row.weight, row.destination, row.day)))
        digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]
        seen[digest] += 1
        yield f"{digest}{seen[digest]}"[:40], row


def _line(bill: CarrierBill, key: str, row: BilledParcel | RejectedRow) -> tuple[Any, ...]:
    if isinstance(row, RejectedRow):
        rejection = row.rejection
        cells = [cell.replace("\x00", "") for cell in row.cells]
        said = (rejection.column[:120], str(rejection.reason), Jsonb(cells))
        number, weight, fee, destination, day = "", None, Decimal(0), "", None
        place, verdict = rejection.row, Verdict.REJECTED
    else:
        said = ("", "", Jsonb([]))
        number, weight, fee = row.invoice_no, row.weight, row.fee
        destination, day, place, verdict = row.destination, row.day, row.row, Verdict.UNKNOWN
    return (
        bill.pk, key, place, number, weight, fee, destination, day, verdict.value, None, None, Decimal(0), "", "",
        *said,
    )  # fmt: skip


_FACTS = """
    SELECT b.id, b.fee, b.weight_kg, p.id, p.carrier, o.receiver_state, p.shipped_at, p.weight_kg,
           EXISTS (SELECT 1 FROM orders_carrierbillline e
                    WHERE e.invoice_no = b.invoice_no AND e.id < b.id AND e.invoice_no <> ''
                      AND e.verdict NOT IN ('never', 'rejected'))
      FROM orders_carrierbillline b
      LEFT JOIN LATERAL (SELECT p.id, p.carrier, p.shipped_at, p.weight_kg, p.order_id FROM orders_parcel p
                          WHERE p.invoice_no = b.invoice_no AND p.invoice_no <> '' AND p.stage = 'shipped'
                          ORDER BY p.id LIMIT 1) p ON true
      LEFT JOIN orders_order o ON o.tid = p.order_id
     WHERE b.bill_id = %s AND b.verdict NOT IN ('never', 'rejected') AND b.resolution = ''"""


def _check_lines(bill: CarrierBill) -> None:
    """Match by tracking number and judge every line: a statement in, one out, the rule between them."""
    tariff_at = tariffs_through_time()
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [bill.pk])
        facts = cursor.fetchall()
    update_rows(
        CarrierBillLine,
        "id",
        ("verdict", "parcel_id", "expected_fee", "stake"),
        (
            (line, finding.verdict.value, parcel, finding.expected, finding.stake)
            for line, fee, weight, parcel, carrier, province, shipped_at, own_weight, before in facts
            for finding in [
                judge(
                    fee,
                    weight,
                    billed_before=before,
                    known=parcel is not None,
                    tariff=tariff_at(carrier, province, shipped_at) if parcel else None,
                    own_weight=own_weight,
                )
            ]
        ),
    )


_BILLED_BY_NOW = """
    DELETE FROM orders_carrierbillline n USING orders_carrierbillline b
     WHERE n.verdict = 'never' AND n.resolution = '' AND b.invoice_no = n.invoice_no AND b.invoice_no <> ''
       AND b.bill_id = %s AND b.verdict NOT IN ('never', 'rejected')"""
# A tracking number may stand on several parcels of one buyer: it is billed once.
_UNBILLED = """
    SELECT DISTINCT ON (p.invoice_no) p.id, p.invoice_no, o.receiver_state, p.shipped_at, p.weight_kg
      FROM orders_parcel p JOIN orders_order o ON o.tid = p.order_id
     WHERE p.stage = 'shipped' AND p.shipped_at >= %s AND p.shipped_at < %s AND p.carrier = %s
       AND NOT EXISTS (SELECT 1 FROM orders_carrierbillline b
                        WHERE b.invoice_no = p.invoice_no AND b.invoice_no <> '' AND b.verdict <> 'rejected')
     ORDER BY p.invoice_no, p.id"""


def _find_unbilled(bill: CarrierBill) -> None:
    tariff_at = tariffs_through_time()
    following = (bill.month + timedelta(days=31)).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(_BILLED_BY_NOW, [bill.pk])
        cursor.execute(_UNBILLED, [midnight(bill.month), midnight(following), bill.carrier])
        found = cursor.fetchall()
    copy_rows(
        CarrierBillLine,
        _COLUMNS,
        (
            (
                bill.pk, f"never{parcel}", None, number, weight, Decimal(0), province, None,
                finding.verdict.value, parcel, finding.expected, finding.stake, "", "", "", "", Jsonb([]),
            )
            for parcel, number, province, shipped_at, weight in found
            for finding in [judge_unbilled(tariff_at(bill.carrier, province, shipped_at), weight)]
        ),
    )  # fmt: skip


@transaction.atomic
def resolve_line(
    line_id: int, resolution: str, word: str, *, actor: Staff, now: datetime | None = None
) -> CarrierBillLine:
    """Say what became of a difference: settled, disputed, or open again (an empty ``resolution``) (F8).

    Raises ``Forbidden`` (F8) by role, ``DomainError`` (F8) without a word, or for a line that is no difference.
    """
    _check(actor)
    now = now or clock.now()
    line = CarrierBillLine.objects.select_for_update().filter(pk=line_id).first()
    if line is None or line.verdict not in DIFFERENCES:
        raise DomainError("F8", _("This line is no difference any more: reload the bill."))
    if resolution and resolution not in Resolution.values:
        raise DomainError("F8", _("Say whether it is settled or disputed."), field="resolution")
    word = " ".join(word.split())
    if resolution and not word:
        raise DomainError("F8", _("Say in a word what was agreed, or what is disputed."), field="word")
    if len(word) > _WORD_LENGTH:
        raise DomainError("F8", _("Say it in %(most)s characters.") % {"most": _WORD_LENGTH}, field="word")
    before, line.resolution = line.resolution, resolution
    line.word = word if resolution else ""
    line.resolved_by, line.resolved_at = (actor, now) if resolution else (None, None)
    line.save(update_fields=["resolution", "word", "resolved_by", "resolved_at"])
    audit.record(line_resolved(line, before), at=now, actor=actor)
    return line


def _check(actor: Staff) -> None:
    if not actor.may(Permission.CARRIER_BILL):
        raise Forbidden("F8", _("Your role does not check the carrier's bill."))
