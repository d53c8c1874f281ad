"""The warehouse's board, batches, change notices and flags, and deliveries, as files. No prices (T1)."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.selectors.batches import read_batches
from orders.selectors.exports.columns import goods_cell, name_of, phone_column
from orders.selectors.flags import read_flags
from orders.selectors.notices import read_notices
from orders.selectors.tracking import read_to_tell, read_trouble
from orders.selectors.warehouse import Tab, read_tab
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Rows, parameters, walk
from shopdesk.base.permissions import Permission


def _board(asked: Asked) -> Iterator[Rows]:
    tab = asked.query.get("tab", "")
    return read_tab(Tab(tab) if tab in Tab.values else Tab.TO_PRINT, now=asked.now, size=BATCH)


BOARD = ExportList(
    "board",
    _("Parcels on the board"),
    "warehouse:board",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Parcel"), lambda row: f"P{row.parcel.pk}"),
        Column(_("Stage"), lambda row: row.parcel.get_stage_display()),
        Column(_("Purpose"), lambda row: row.parcel.get_purpose_display()),
        Column(_("Changed"), lambda row: _("yes") if row.parcel.noticed else ""),
        Column(_("Orders"), lambda row: "；".join(row.tids)),
        Column(_("Buyer"), lambda row: row.parcel.buyer_id or ""),
        Column(_("Pieces"), lambda row: row.pieces),
        Column(_("Goods"), lambda row: goods_cell(row.lines)),
        Column(_("Province"), lambda row: row.parcel.order.receiver_state),
        phone_column(lambda row: row.parcel.order),
        Column(_("Carrier"), lambda row: row.carrier),
        Column(_("Tracking number"), lambda row: row.parcel.invoice_no),
        Column(_("To be shipped by"), lambda row: row.parcel.ship_by),
        Column(_("Shipped"), lambda row: row.parcel.shipped_at),
    ),
    _board,
    parameters("tab"),
)


def _batches(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        page = read_batches(cursor, BATCH)
        return page.older, page.rows

    return walk(read)


BATCHES = ExportList(
    "batches",
    _("Batches"),
    "warehouse:batches",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Batch"), lambda batch: batch.pk),
        Column(_("When"), lambda batch: batch.created_at),
        Column(_("Who"), lambda batch: name_of(batch.created_by)),
        Column(_("Slips"), lambda batch: batch.num_slips),
        Column(_("Void by now"), lambda batch: batch.num_void),
    ),
    _batches,
)


def _notices(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        page, cards = read_notices(done=asked.query.get("tab") == "done", cursor=cursor, size=BATCH)
        return page.older, [card.notice for card in cards]

    return walk(read)


NOTICES = ExportList(
    "notices",
    _("Change notices"),
    "notices:notices",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Order"), lambda notice: notice.order_id),
        Column(_("Change"), lambda notice: notice.get_kind_display()),
        Column(_("Parcel"), lambda notice: notice.get_stage_display() if notice.stage else ""),
        Column(_("Goods"), lambda notice: goods_cell([notice.line]) if notice.line else ""),
        Column(_("As it was"), lambda notice: notice.before, spoken=True),
        Column(_("As it is"), lambda notice: notice.after, spoken=True),
        Column(_("Note"), lambda notice: str(notice.note) if notice.note else "", spoken=True),
        Column(_("Made"), lambda notice: notice.made_at),
        Column(_("By"), lambda notice: name_of(notice.made_by)),
        Column(_("Acknowledged"), lambda notice: notice.acknowledged_at),
        Column(_("Acknowledged by"), lambda notice: name_of(notice.acknowledged_by)),
    ),
    _notices,
    parameters("tab"),
)


def _flags(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_flags(seen=asked.query.get("tab") == "seen", cursor=cursor, size=BATCH)
        return page.older, rows

    return walk(read)


FLAGS = ExportList(
    "flags",
    _("Flagged for the warehouse"),
    "deliveries:flags",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Order"), lambda row: row.order.tid),
        Column(_("Buyer"), lambda row: row.order.buyer_id or ""),
        Column(_("Label"), lambda row: row.flag.label),
        Column(_("Note"), lambda row: row.says, spoken=True),
        Column(_("Until"), lambda row: row.flag.until),
        Column(_("Goods"), lambda row: goods_cell(row.lines)),
        phone_column(lambda row: row.order),
        Column(_("Parcels"), lambda row: "；".join(f"P{parcel.pk}" for parcel in row.parcels)),
        Column(_("Set"), lambda row: row.flag.set_at),
        Column(_("By"), lambda row: name_of(row.flag.set_by)),
        Column(_("Acknowledged"), lambda row: row.flag.acknowledged_at),
        Column(_("Acknowledged by"), lambda row: name_of(row.flag.acknowledged_by)),
    ),
    _flags,
    parameters("tab"),
)


def _tids(row: Any) -> str:
    return "；".join(order.tid for order in row.orders)


def _trouble(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        looked_after = asked.query.get("tab") == "followed"
        page, rows = read_trouble(looked_after=looked_after, cursor=cursor, size=BATCH)
        return page.older, rows

    return walk(read)


TROUBLE = ExportList(
    "trouble",
    _("Deliveries in trouble"),
    "deliveries:trouble",
    Permission.EXPORT,
    (
        Column(_("Parcel"), lambda row: f"P{row.parcel.pk}"),
        Column(_("Orders"), _tids),
        Column(_("Buyer"), lambda row: row.parcel.order.buyer_id or ""),
        Column(_("State"), lambda row: row.state),
        Column(_("Carrier"), lambda row: row.carrier),
        Column(_("Tracking number"), lambda row: row.parcel.invoice_no),
        Column(_("Shipped"), lambda row: row.parcel.shipped_at),
        Column(_("Due"), lambda row: row.parcel.deliver_by),
        Column(_("In trouble since"), lambda row: row.parcel.trouble_at),
        Column(_("Newest news"), lambda row: row.news.text if row.news else "", spoken=True),
        Column(_("Heard"), lambda row: row.news.at if row.news else None),
        Column(_("Goods"), lambda row: goods_cell(row.lines)),
        Column(_("Followed up"), lambda row: row.parcel.followed_up_at),
        Column(_("Followed up by"), lambda row: name_of(row.parcel.followed_up_by)),
    ),
    _trouble,
    parameters("tab"),
)


def _to_tell(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_to_tell(cursor, BATCH)
        return page.older, rows

    return walk(read)


TO_TELL = ExportList(
    "to-tell",
    _("Buyers to be told"),
    "deliveries:tell",
    Permission.EXPORT,
    (
        Column(_("Parcel"), lambda row: f"P{row.parcel.pk}"),
        Column(_("Stage"), lambda row: row.parcel.get_stage_display()),
        Column(_("Orders"), _tids),
        Column(_("Buyer"), lambda row: row.parcel.order.buyer_id or ""),
        Column(_("Goods"), lambda row: goods_cell(row.lines)),
        Column(_("Promised by"), lambda row: row.parcel.ship_by),
        Column(_("Since"), lambda row: row.parcel.returned_to_desk_at),
    ),
    _to_tell,
)
LISTS = (BOARD, BATCHES, NOTICES, FLAGS, TROUBLE, TO_TELL)
