"""The enquiry register (询盘明细): who asked and did not buy, and what they ordered later after all (O14)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Enquiry, Order
from orders.rules.chasing import WhyNot
from orders.selectors.register_filters import moment_cell, read_choice, read_days, read_text
from shopdesk.base.listing import Keyset, Page, read_page
from shopdesk.base.spreadsheets import Cell

KEYSET = Keyset("asked_at", "id", numeric=True)
NOT_KNOWN = "none"
YES_NO = ("yes", "no")
CHUNK = 1000


@dataclass(frozen=True)
class EnquiryFilter:
    """The filters of an address: a nick, days of asking, why not bought, whether they ordered since."""

    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    why_not: str = ""
    ordered: str = ""

    def as_facts(self) -> dict[str, str]:
        """As the audit keeps them: a nick is a personal value, so only that one was looked for."""
        facts = {
            "q": "*" if self.q else "",
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "why_not": self.why_not,
            "ordered": self.ordered,
        }
        return {name: value for name, value in facts.items() if value}


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


def read_enquiries(wanted: EnquiryFilter, cursor: str) -> tuple[Page[Enquiry], list[EnquiryRow]]:
    """One page of the register, the newest first: two statements."""
    page = read_page(enquiries_in(wanted), KEYSET, cursor)
    return page, list(_rows(page.rows))


def _rows(enquiries: Iterable[Enquiry]) -> Iterator[EnquiryRow]:
    enquiries = list(enquiries)
    tids = {enquiry.ordered for enquiry in enquiries}  # type: ignore[attr-defined]
    orders = Order.objects.in_bulk([tid for tid in tids if tid])
    for enquiry in enquiries:
        yield EnquiryRow(enquiry, orders.get(enquiry.ordered))  # type: ignore[attr-defined]


HEADER: Sequence[str | Promise] = (
    _("Nick"),
    _("Asked"),
    _("Question"),
    _("Why not bought"),
    _("In words"),
    _("Ordered since"),
    _("Placed"),
    _("State"),
    _("Amount"),
    _("Written by"),
)


def enquiry_cells(wanted: EnquiryFilter) -> Iterator[list[Cell]]:
    """Every enquiry as filtered, read in chunks while it is written."""
    ordered = enquiries_in(wanted).order_by(*KEYSET.ordering)
    stream = ordered.iterator(chunk_size=CHUNK)
    while chunk := list(islice(stream, CHUNK)):
        for row in _rows(chunk):
            enquiry, order = row.enquiry, row.order
            yield [
                enquiry.nick,
                moment_cell(enquiry.asked_at),
                enquiry.question,
                str(enquiry.get_why_not_display()) if enquiry.why_not else "",
                enquiry.words,
                order.tid if order else "",
                moment_cell(order.created) if order else "",
                str(order.get_status_display()) if order else "",
                order.payment if order else None,
                str(enquiry.written_by),
            ]
