"""A5, P2 at the same moment: real threads, real connections; a ticket is decided once."""

from collections import Counter
from collections.abc import Callable
from threading import Lock

import pytest

from afterservice.models import Clock, Ticket
from afterservice.services import deciding
from afterservice.services.opening import open_ticket
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from tests.afterservice.decision_scenes import talk
from tests.afterservice.requests import ask
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_staff
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


class Tally:
    """What became of each thread: its name, or the rule that refused it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lock = Lock()

    def job(self, name: str, act: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
                outcome = name
            except DomainError as refused:
                outcome = refused.code
            with self.lock:
                self.counts[outcome] += 1

        return run


def test_two_accept_and_two_refuse_and_one_of_them_does() -> None:
    ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)
    talk(ticket)
    agents, tally = [make_staff("agent") for _ in range(4)], Tally()

    together(
        *(
            tally.job("accepted", lambda by=by: deciding.accept(ticket.pk, actor=by, now=NOW))  # type: ignore[misc]
            for by in agents[:2]
        ),
        *(
            tally.job("refused", lambda by=by: deciding.refuse(ticket.pk, reason="不符", actor=by, now=NOW))  # type: ignore[misc]
            for by in agents[2:]
        ),
    )

    ticket.refresh_from_db()
    assert sorted(tally.counts.values()) == [1, 3]
    assert tally.counts[ticket.decision] == 1
    assert tally.counts["A5"] == 3
    decided = AuditEntry.objects.filter(action__in=["decision.accepted", "decision.refused"])
    assert decided.count() == 1


def test_approving_while_the_buyer_withdraws() -> None:
    agent = make_staff("agent")
    ticket = open_ticket(ask(make_received_order(title="【韩国直送】大衣")), actor=agent, now=NOW)
    request = deciding.ask_exception(ticket.pk, reason="老客户", actor=agent, now=NOW)
    supervisor, tally = make_staff("supervisor"), Tally()

    together(
        tally.job("approved", lambda: approvals.approve(request.pk, actor=supervisor, now=NOW)),
        tally.job("withdrawn", lambda: deciding.withdraw(ticket.pk, text="不退了", actor=agent, now=NOW)),
    )

    # Whoever came first: the buyer has it withdrawn, and no request waits for anybody.
    ticket.refresh_from_db()
    request.refresh_from_db()
    assert ticket.case == "cancelled"
    assert (request.status, ticket.decision) in {("approved", "accepted"), ("lapsed", "pending")}
    assert not Approval.objects.filter(status="pending").exists()
    assert not Clock.objects.filter(stopped_at=None).exists()
    assert Ticket.objects.get().next_due_at is None
