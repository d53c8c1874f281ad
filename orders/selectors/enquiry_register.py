"""The enquiry register (询盘明细): who asked and did not buy, and what they ordered later after all (O14)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery

from orders.models import Enquiry, Order
from orders.rules.chasing import WhyNot
from orders.selectors.register_filters import read_choice, read_days, read_text
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

KEYSET = Keyset("asked_at", "id", numeric=True)
NOT_KNOWN = "none"
YES_NO = ("yes", "no")


@dataclass(frozen=True)
class EnquiryFilter:
    """The filters of an address: a nick, days of asking, why not bought, whether they ordered since."""

    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    why_not: str = ""
    ordered: str = ""


@dataclass(frozen=True)
class EnquiryRow:
    """An enquiry, and the first order that the nick placed after it."""

    enquiry: Enquiry
    order: Order | None


def read_enquiry_filter(address: Mapping[str, str]) -> EnquiryFilter:
    """The filters in an address; what is none of ours is left out."""
    since, until = read_days(address)
    return EnquiryFilter(
        q=read_text(address, "q"),
        since=since,
        until=until,
        why_not=read_choice(address, "why_not", (NOT_KNOWN, *WhyNot.values)),
        ordered=read_choice(address, "ordered", YES_NO),
    )


def enquiries_in(wanted: EnquiryFilter) -> QuerySet[Enquiry]:
    """The enquiries as filtered, without those that were corrected; each with its ``ordered`` number later."""
    later = Order.objects.filter(buyer=OuterRef("nick"), created__gte=OuterRef("asked_at"), tied=False)
    found = Enquiry.objects.filter(corrected_at__isnull=True)
    if wanted.q:
        found = found.filter(nick=wanted.q)
    if wanted.since:
        found = found.filter(asked_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(asked_at__lt=wanted.until)
    if wanted.why_not:
        found = found.filter(why_not="" if wanted.why_not == NOT_KNOWN else wanted.why_not)
    if wanted.ordered:
        found = found.filter(Exists(later) if wanted.ordered == "yes" else ~Exists(later))
    first = later.order_by("created", "tid").values("tid")[:1]
    return found.select_related("written_by").annotate(ordered=Subquery(first, output_field=CharField()))


def read_enquiries(
    wanted: EnquiryFilter, cursor: str, size: int = PAGE_SIZE
) -> tuple[Page[Enquiry], list[EnquiryRow]]:
    """One page of the register, the newest first: two statements."""
    page = read_page(enquiries_in(wanted), KEYSET, cursor, size)
    return page, list(_rows(page.rows))


def _rows(enquiries: Iterable[Enquiry]) -> Iterator[EnquiryRow]:
    enquiries = list(enquiries)
    tids = {enquiry.ordered for enquiry in enquiries}  # type: ignore[attr-defined]
    orders = Order.objects.in_bulk([tid for tid in tids if tid])
    for enquiry in enquiries:
        yield EnquiryRow(enquiry, orders.get(enquiry.ordered))  # type: ignore[attr-defined]
