"""Reading canned replies (T3): the list of the page, and those of an order or ticket as they are filled now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language

from afterservice.models import Ticket
from orders.models import Order, OrderLine
from shopdesk.base import clock
from shopdesk.base.composed import Composed, Given
from shopdesk.base.models import Staff
from shopdesk.desk.models import CannedReply, SentReply
from shopdesk.desk.rules.replies import MOST_REPLIES, Filled, Moment, Stop, fill, fitting_moments, is_reminder
from shopdesk.desk.rules.reply_claims import Claim
from shopdesk.desk.rules.reply_facts import ReplyFacts
from shopdesk.desk.rules.reply_fields import CHINESE, ENGLISH
from shopdesk.desk.selectors.reply_facts import order_facts, ticket_facts

SENT_SHOWN, FITTING_SHOWN = 5, 6
_MOMENT_ORDER = {moment: number for number, moment in enumerate(Moment.values)}


@dataclass(frozen=True)
class Offer:
    """A reply as it would be sent now: filled in both languages; the English one where it is given."""

    reply: CannedReply
    chinese: Filled
    english: Filled | None
    fits: bool

    @property
    def stops(self) -> Sequence[Stop]:
        """What stops it."""
        return self.chinese.stops

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return title_of(self.reply)

    @property
    def versions(self) -> list[tuple[str, Filled]]:
        """Each language's code and text."""
        return [(CHINESE, self.chinese), *([(ENGLISH, self.english)] if self.english else [])]


@dataclass(frozen=True)
class Offers:
    """The replies for an order or ticket, those that fit first, and what was sent of them lately."""

    replies: Sequence[CannedReply]
    facts: ReplyFacts
    sent: Sequence[SentReply]

    @cached_property
    def offers(self) -> Sequence[Offer]:
        """All of them, filled."""
        return fill_all(self.replies, self.facts)

    @cached_property
    def fitting(self) -> list[Offer]:
        """The first few that fit and can be sent; of the others none is filled."""
        moments = fitting_moments(self.facts)
        offers = fill_all((reply for reply in self.replies if reply.moment in moments), self.facts)
        return [offer for offer in offers if not offer.stops][:FITTING_SHOWN]


def title_of(reply: CannedReply) -> str:
    """A reply's title in the reader's language."""
    english = (get_language() or "").startswith("en")
    return reply.title_en if english and reply.title_en else reply.title


def usable(staff: Staff | Given) -> QuerySet[CannedReply]:
    """The replies that a person may use: the shared ones and their own, but for the retired."""
    return CannedReply.objects.filter(Q(owner=None) | Q(owner=staff), retired_at=None)


def offers_of_order(order: Order, *, staff: Staff, lines: Sequence[OrderLine] | None = None) -> Offers:
    """The replies for an order: five statements, four where its lines are read already (``with_words``)."""
    return _offers(order_facts(order, now=clock.now(), lines=lines), order.tid, staff)


def offers_of_ticket(ticket: Ticket, *, staff: Staff) -> Offers:
    """The replies for a ticket: eight statements at most."""
    return _offers(ticket_facts(ticket, now=clock.now()), ticket.order_id, staff)


_USABLE = Composed(lambda: usable(Given("staff")), pages=["order"])
_SENT = Composed(
    lambda: (
        SentReply.objects.filter(order=Given("tid"))
        .select_related("by", "reply")
        .order_by("-at", "-pk")[:SENT_SHOWN]
    ),
    pages=["order"],
)


def _offers(facts: ReplyFacts, tid: str, staff: Staff) -> Offers:
    return Offers(_USABLE(staff=staff.pk), facts, _SENT(tid=tid))


def fill_all(replies: Iterable[CannedReply], facts: ReplyFacts) -> list[Offer]:
    """Fill replies by the facts: what can be sent first, by how well its moment fits, then by title."""
    rank = {moment: number for number, moment in enumerate(fitting_moments(facts))}
    offers = [
        Offer(
            reply,
            fill_reply(reply, facts, CHINESE),
            fill_reply(reply, facts, ENGLISH) if reply.text_en else None,
            reply.moment in rank,
        )
        for reply in replies
    ]
    return sorted(
        offers,
        key=lambda offer: (
            bool(offer.stops),
            rank.get(Moment(offer.reply.moment), len(rank) + _MOMENT_ORDER[offer.reply.moment]),
            offer.reply.owner_id is None,
            offer.reply.title,
        ),
    )


def fill_reply(reply: CannedReply, facts: ReplyFacts, language: str) -> Filled:
    """One reply in one language, by the facts."""
    reminds = is_reminder(reply.moment, reply.claims)
    return fill(reply.text_in(language), reply.claims, facts, language, reminds=reminds)


def stop_words(stop: Stop) -> str | Promise:
    """Why a reply is stopped, naming the field or the claim."""
    if not stop.what:
        return stop.reason
    what = stop.what if stop.is_field else f"“{Claim(stop.what).label}”"
    return f"{what}: {stop.reason}"


def replies_for_page(staff: Staff, *, view: str, moment: str, text: str) -> list[CannedReply]:
    """The replies of a view of the page (``shared``, ``mine``, ``retired`` or all), by moment and text."""
    replies = usable(staff)
    if view == "shared":
        replies = replies.filter(owner=None)
    elif view == "mine":
        replies = replies.filter(owner=staff)
    elif view == "retired":
        replies = CannedReply.objects.filter(Q(owner=None) | Q(owner=staff), retired_at__isnull=False)
    if moment:
        replies = replies.filter(moment=moment)
    if text:
        replies = replies.filter(
            Q(title__icontains=text)
            | Q(title_en__icontains=text)
            | Q(text__icontains=text)
            | Q(text_en__icontains=text)
        )
    newest = replies.select_related("changed_by").order_by("-retired_at", "-pk")[: 2 * MOST_REPLIES]
    return sorted(newest, key=lambda reply: (_MOMENT_ORDER[reply.moment], reply.title))
