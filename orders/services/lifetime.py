"""Proposing free shipping for life at a year's end (M5): the ledger says who, the orders say where to."""

from datetime import datetime

from django.utils.translation import gettext_noop

from members.selectors import highest_spends
from members.services.lifetime import Candidate, propose
from orders.models import Order
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.exemptions import EXEMPT, current
from shopdesk.base.jobs import JobResult

# M5: how many buyers of a year are proposed.
PROPOSED_A_YEAR = 10
JOB = "propose_lifetime_shipping"
# Why a run skips a buyer.
NO_ADDRESS = gettext_noop("no order of theirs has an address")
SETTLED = gettext_noop("proposed before, or confirmed already")


def propose_lifetime_shipping(now: datetime, dry_run: bool) -> JobResult:
    """Propose the ten highest spenders of the calendar year before ``now`` (Shanghai's), each once (M5).

    The address is the receiver's of the buyer's latest order; who has none is skipped, as is who has free
    shipping for life already.
    """
    this_year = now.astimezone(SHANGHAI).year
    start = datetime(this_year - 1, 1, 1, tzinfo=SHANGHAI)
    end = datetime(this_year, 1, 1, tzinfo=SHANGHAI)
    highest = highest_spends(start, end, PROPOSED_A_YEAR)
    spared = current(now).filter(job=JOB, subject__in=[nick for nick, _spend in highest])
    exempt = set(spared.values_list("subject", flat=True))
    candidates = [Candidate(nick, spend) for nick, spend in highest if nick not in exempt]
    addresses = latest_addresses([candidate.nick for candidate in candidates])
    proposed = propose(this_year - 1, candidates, addresses, now=now, dry_run=dry_run)
    result = JobResult()
    result.add(proposed)
    result.skip(EXEMPT, len(exempt))
    result.skip(NO_ADDRESS, len(candidates) - len(addresses))
    result.skip(SETTLED, len(addresses) - len(proposed))
    return result


def latest_addresses(nicks: list[str]) -> dict[str, str]:
    """The receiver's address of each buyer's latest order that has one, with one statement."""
    orders = Order.objects.filter(buyer__in=nicks).exclude(receiver_address="")
    latest = orders.order_by("buyer", "-created", "-tid").distinct("buyer")
    return dict(latest.values_list("buyer_id", "receiver_address"))
