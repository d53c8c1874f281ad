"""Reading change notices: what the warehouse must know before anything goes out (O9, F2, F4)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from orders.models import ChangeNotice, ParcelLine, Slip
from orders.states import ParcelStage
from shopdesk.base.composed import Composed, Given
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

OPEN_KEYSET = Keyset("made_at", "id", numeric=True)
DONE_KEYSET = Keyset("acknowledged_at", "id", numeric=True)


@dataclass(frozen=True)
class NoticeCard:
    """A notice with what it takes to acknowledge it: void slips to be found, packed parcels to be pulled."""

    notice: ChangeNotice
    slips: Sequence[Slip]
    packed: Sequence[int]
    # The slips that count now where its own are void: what is to be taken from the printer (F2).
    valid: Sequence[Slip]

    @property
    def to_find(self) -> list[Slip]:
        """The void slips whose paper is still out there (F2)."""
        return [slip for slip in self.slips if slip.found_at is None]

    @property
    def pull_first(self) -> bool:
        """Whether refunded goods are packed (F4)."""
        return bool(self.packed) and self.notice.kind == ChangeNotice.Kind.REFUND


def open_notices() -> QuerySet[ChangeNotice]:
    """Changes that the warehouse has not acknowledged."""
    return ChangeNotice.objects.filter(acknowledged_at__isnull=True)


def read_notices(
    *, done: bool, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[ChangeNotice], list[NoticeCard]]:
    """One page of notices, newest first: four statements however long it is."""
    page = notices_page(done=done, cursor=cursor, size=size)
    return page, notice_cards(page.rows)


def notices_page(*, done: bool, cursor: str = "", size: int = PAGE_SIZE) -> Page[ChangeNotice]:
    """One page of notices without what it takes to acknowledge them: one statement."""
    notices = ChangeNotice.objects.filter(acknowledged_at__isnull=False) if done else open_notices()
    return read_page(_with_names(notices), DONE_KEYSET if done else OPEN_KEYSET, cursor, size)


def read_notice(notice_id: int) -> NoticeCard:
    """One notice as a card."""
    return notice_cards([_with_names(ChangeNotice.objects.all()).get(pk=notice_id)])[0]


def notice_cards(notices: Sequence[ChangeNotice]) -> list[NoticeCard]:
    """Notices with their slips, those that replaced them, and the packed parcels: three statements."""
    slips: dict[int | None, list[Slip]] = defaultdict(list)
    for slip in Slip.objects.filter(notice__in=notices).order_by("pk"):
        slips[slip.notice_id].append(slip)
    parcels = {slip.parcel_id for of_notice in slips.values() for slip in of_notice}
    printed = Slip.objects.filter(
        parcel__in=parcels, voided_at__isnull=True, parcel__stage=ParcelStage.PRINTED
    )
    valid = {slip.parcel_id: slip for slip in printed}
    packed: dict[str, list[int]] = defaultdict(list)
    inside = ParcelLine.objects.filter(
        order__in={notice.order_id for notice in notices},
        live=True,
        line__refunded_at__isnull=False,
        parcel__stage=ParcelStage.PACKED,
    )
    for tid, parcel in inside.values_list("order_id", "parcel_id").distinct().order_by("parcel_id"):
        packed[tid].append(parcel)
    return [
        NoticeCard(
            notice,
            slips[notice.pk],
            packed[notice.order_id],
            [valid[slip.parcel_id] for slip in slips[notice.pk] if slip.parcel_id in valid],
        )
        for notice in notices
    ]


_OF_ORDER = Composed(
    lambda: _with_names(ChangeNotice.objects.filter(order=Given("tid"))).order_by("-made_at", "-pk")
)


def notices_of(tid: str) -> list[ChangeNotice]:
    """The notices of an order, newest first, with who made and who acknowledged them."""
    return _OF_ORDER(tid=tid)


def _with_names(notices: QuerySet[ChangeNotice]) -> QuerySet[ChangeNotice]:
    return notices.select_related("order", "line__product", "note", "made_by", "acknowledged_by")
