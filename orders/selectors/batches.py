"""Reading a print batch: its slips and its pick list, by a constant number of statements (F1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from orders.models import Note, Order, Parcel, PrintBatch, Slip
from orders.selectors.discretion import without_amounts
from orders.selectors.extra_goods import PURPOSE_WORDS, Goods
from orders.selectors.warehouse import carrier_name, lines_of
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

KEYSET = Keyset("created_at", "id", numeric=True)


@dataclass(frozen=True)
class SlipSheet:
    """One slip with all that is printed on it."""

    slip: Slip
    parcel: Parcel
    orders: Sequence[Order]
    lines: Sequence[Goods]
    notes: Sequence[Note]

    @property
    def carrier(self) -> str:
        """The carrier by its name."""
        return carrier_name(self.parcel.carrier)

    @property
    def purpose(self) -> str:
        """What it is for, in the warehouse's word, where it is sent after the sale (F1)."""
        return PURPOSE_WORDS.get(self.parcel.purpose, "")

    @property
    def pieces(self) -> int:
        """How many pieces are in it."""
        return sum(line.num for line in self.lines)


@dataclass
class Pick:
    """One SKU of the pick list: how many pieces, and for which parcels."""

    shelf: str
    title: str
    properties: str
    code: str
    num: int = 0
    parcels: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class BatchSheets:
    """A batch as its page prints it. What is void by now is counted, not printed."""

    batch: PrintBatch
    sheets: Sequence[SlipSheet]
    void: Sequence[Slip]

    @property
    def picks(self) -> list[Pick]:
        """What to take from where, by shelf; what has no shelf (just arrived or made) comes last."""
        picks: dict[tuple[Any, ...], Pick] = {}
        for sheet in self.sheets:
            for line in sheet.lines:
                shelf = line.sku.shelf if line.sku else getattr(line, "place", "")
                key = (line.product_id, line.sku_properties_name, shelf)
                pick = picks.setdefault(
                    key, Pick(shelf, line.product.title, line.sku_properties_name, line.outer_sku_id)
                )
                pick.num += line.num
                pick.parcels.append((sheet.parcel.pk, line.num))
        return sorted(
            picks.values(), key=lambda pick: (not pick.shelf, pick.shelf, pick.title, pick.properties)
        )


def read_batch(batch_id: int) -> BatchSheets | None:
    """A batch with its slips in the order they were printed: six statements at most, however many there are."""
    batch = PrintBatch.objects.select_related("created_by").filter(pk=batch_id).first()
    if batch is None:
        return None
    slips = list(Slip.objects.filter(batch=batch).select_related("parcel").order_by("pk"))
    valid = [slip for slip in slips if slip.voided_at is None]
    lines = lines_of(slip.parcel for slip in valid)
    tids = {line.order_id for of_parcel in lines.values() for line in of_parcel}
    tids |= {slip.parcel.order_id for slip in valid}
    orders = Order.objects.in_bulk(tids)
    notes: dict[str, list[Note]] = {}
    # A handful of notes matters to whoever packs: what was written and not cleared since (N5).
    for note in Note.objects.filter(order__in=tids, cleared_at__isnull=True).order_by("at", "pk"):
        notes.setdefault(note.order_id, []).append(without_amounts(note))
    sheets = []
    for slip in valid:
        inside = lines.get(slip.parcel_id, [])
        of_parcel = sorted({line.order_id for line in inside} or {slip.parcel.order_id})
        sheets.append(
            SlipSheet(
                slip,
                slip.parcel,
                [orders[tid] for tid in of_parcel],
                inside,
                [note for tid in of_parcel for note in notes.get(tid, [])],
            )
        )
    return BatchSheets(batch, sheets, [slip for slip in slips if slip.voided_at is not None])


def read_batches(cursor: str, size: int = PAGE_SIZE) -> Page[Any]:
    """One page of batches, newest first, each with how many slips it has and how many of them are void."""
    batches = PrintBatch.objects.select_related("created_by").annotate(
        num_slips=Count("slips"), num_void=Count("slips", filter=Q(slips__voided_at__isnull=False))
    )
    return read_page(batches, KEYSET, cursor, size)
