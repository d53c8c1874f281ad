"""A4-A6: amending after a refusal, withdrawing, opening again, Taobao stepping in and ruling; the receipt time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from afterservice.models import Ticket, TicketLine, TicketMessage
from afterservice.rules.requests import Request
from afterservice.services import deciding
from afterservice.services.opening import open_ticket
from orders.models import Sku
from orders.services.extra_parcels import Extra, plan_extra
from orders.services.holds_for_exchange import hold_for
from orders.services.tying import tie
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import AuditEntry, Staff
from tests.afterservice.decision_scenes import make_at, running, snapshot, talk
from tests.afterservice.requests import add_evidence, ask, make_condition
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_line, make_order, make_sku, make_staff
from tests.orders.shipped_parcels import make_shipped_order

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=30)


def refused() -> Ticket:
    """A return of a preordered coat that an agent refused."""
    agent = make_staff("agent")
    order = make_received_order(title="【韩国直送】大衣")
    make_line(order, "【韩国直送】大衣")
    ticket = open_ticket(ask(order), actor=agent, now=NOW)
    talk(ticket, agent)
    return deciding.refuse(ticket.pk, reason="代购不退", actor=agent, now=NOW)


def amend(ticket: Ticket, **fields: Any) -> Ticket:
    request = {"kind": "repair", "problem": "flawed", "goods": ((2, 1, None),)} | fields
    return deciding.amend(
        ticket.pk, Request(**request), text="那修一下", channel="phone", actor=make_staff("agent"), now=LATER
    )


class TestAmend:
    def test_it_is_another_request_decided_anew(self) -> None:
        ticket = refused()

        amend(ticket)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.kind, ticket.problem) == (
            "answered",
            "pending",
            "repair",
            "flawed",
        )
        assert (ticket.category, ticket.priority) == ("quality", 1)
        assert (ticket.refusal, ticket.verdict, ticket.decided_at, ticket.decided_by) == ("", "", None, None)
        assert ticket.opened_at == NOW
        assert TicketLine.objects.get().line.position == 2
        assert running(ticket) == {"decide"}
        assert ticket.clocks.get(kind="decide", stopped_at=None).due_at == LATER + timedelta(hours=48)

    def test_nothing_of_what_was_refused_is_lost(self) -> None:
        ticket = refused()
        said = list(TicketMessage.objects.values_list("text", flat=True))

        amend(ticket)

        entry = AuditEntry.objects.get(action="decision.amended")
        assert entry.before == {
            "case": "decided",
            "decision": "refused",
            "goods": "none",
            "money": "none",
            "kind": "return",
            "problem": "changed_mind",
            "goods_asked": [{"position": 1, "num": 1, "target": None}],
            "refusal": "代购不退",
        }
        assert list(TicketMessage.objects.order_by("pk").values_list("text", flat=True)) == [
            *said,
            "那修一下",
        ]

    @pytest.mark.parametrize(
        "fields",
        [{"kind": "gift"}, {"goods": ()}, {"goods": ((9, 1, None),)}, {"goods": ((2, 5, None),)}],
        ids=["kind", "no goods", "no line", "too many"],
    )
    def test_what_could_not_be_opened_is_no_amendment(self, fields: dict[str, Any]) -> None:
        ticket = refused()
        before = snapshot()

        with pytest.raises(DomainError) as no:
            amend(ticket, **fields)

        assert no.value.code == "A1"
        assert snapshot() == before

    def test_a_condition_may_accept_it_at_once(self) -> None:
        condition = make_condition(active=True, kind="repair")
        ticket = refused()
        add_evidence(ticket)

        amend(ticket)

        ticket.refresh_from_db()
        assert (ticket.decision, ticket.condition) == ("accepted", condition)


class TestWithdraw:
    def test_the_ticket_keeps_all_it_had_and_nothing_is_awaited(self) -> None:
        ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)
        add_evidence(ticket)

        deciding.withdraw(ticket.pk, text="不退了", channel="phone", actor=make_staff("agent"), now=LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.next_due_at, ticket.awaits) == ("cancelled", None, "")
        assert running(ticket) == set()
        assert TicketLine.objects.count() == ticket.evidence.count() == 1
        assert [message.text for message in TicketMessage.objects.order_by("pk")][-1] == "不退了"
        assert AuditEntry.objects.get(action="ticket.withdrawn").after == {"case": "cancelled"}

    def test_what_a_supervisor_was_asked_lapses(self) -> None:
        agent = make_staff("agent")
        ticket = open_ticket(ask(make_received_order(title="【韩国直送】大衣")), actor=agent, now=NOW)
        request = deciding.ask_exception(ticket.pk, reason="老客户", actor=agent, now=NOW)

        deciding.withdraw(ticket.pk, text="不退了", actor=agent, now=NOW)

        request.refresh_from_db()
        ticket.refresh_from_db()
        assert (request.status, ticket.case, ticket.decision) == ("lapsed", "cancelled", "pending")

    @pytest.mark.parametrize(
        "moved",
        [
            {"goods": "sent"},
            {"goods": "received"},
            {"goods": "failed"},
            {"money": "asked"},
            {"money": "due", "owed": 20},
        ],
    )
    def test_what_was_begun_is_brought_to_its_end(self, moved: dict[str, Any]) -> None:
        ticket = make_at("decided", "accepted", **moved)
        before = snapshot()

        with pytest.raises(Conflict) as no:
            deciding.withdraw(ticket.pk, text="不退了", actor=make_staff("agent"), now=NOW)

        assert no.value.code == "A5"
        assert snapshot() == before


class TestReopen:
    def test_it_is_answered_and_decided_anew(self) -> None:
        ticket = make_at("closed", "accepted", goods="awaited", address_given_at=NOW, answered_at=NOW)

        deciding.reopen(ticket.pk, text="刚看到", channel="wangwang", actor=make_staff("agent"), now=LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.goods) == ("opened", "pending", "none")
        assert (ticket.closed_at, ticket.close_reason, ticket.answered_at, ticket.address_given_at) == (
            None, "", None, None,
        )  # fmt: skip
        assert running(ticket) == {"answer", "decide"}

    @pytest.mark.parametrize("reason", ["followed_up", "no_answer", "refused"])
    def test_only_what_was_not_sent_back(self, reason: str) -> None:
        ticket = make_at("closed", "accepted", close_reason=reason)
        before = snapshot()

        with pytest.raises(Conflict) as no:
            deciding.reopen(ticket.pk, text="x", channel="phone", actor=make_staff("agent"), now=NOW)

        assert no.value.code == "A6"
        assert snapshot() == before

    def test_not_beside_another_ticket_for_the_same(self) -> None:
        ticket = make_at("closed", "accepted")
        make_ticket(ticket.order)
        before = snapshot()

        with pytest.raises(Conflict) as no:
            deciding.reopen(ticket.pk, text="x", channel="phone", actor=make_staff("agent"), now=NOW)

        assert no.value.code == "A1"
        assert snapshot() == before


class TestPlatform:
    DUE = NOW + timedelta(days=3)

    def step_in(self, ticket: Ticket) -> Ticket:
        return deciding.step_in(
            ticket.pk, due_at=self.DUE, text="请三日内举证", actor=make_staff("agent"), now=NOW
        )

    def test_its_due_time_takes_the_place_of_ours(self) -> None:
        ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)

        self.step_in(ticket)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, running(ticket)) == ("platform", "pending", {"platform"})
        assert (ticket.next_due_at, ticket.awaits) == (self.DUE, "us")
        message = TicketMessage.objects.latest("pk")
        assert (message.side, message.channel, message.text) == ("platform", "taobao", "请三日内举证")

    def test_after_a_refusal_the_buyers_week_stops(self) -> None:
        ticket = refused()

        self.step_in(ticket)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, running(ticket)) == ("platform", "refused", {"platform"})

    def test_a_due_time_that_is_past(self) -> None:
        ticket = make_ticket()
        before = snapshot()

        with pytest.raises(DomainError) as no:
            deciding.step_in(ticket.pk, due_at=NOW, text="x", actor=make_staff("agent"), now=NOW)

        assert (no.value.code, no.value.field) == ("A6", "due_at")
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("decision", "for_buyer", "after", "clocks"),
        [
            ("pending", True, "accepted", set()),
            ("refused", True, "accepted", set()),
            ("accepted", True, "accepted", set()),
            ("pending", False, "refused", {"follow_up"}),
            ("refused", False, "refused", {"follow_up"}),
            ("accepted", False, "accepted", set()),
        ],
    )
    def test_it_rules(self, decision: str, for_buyer: bool, after: str, clocks: set[str]) -> None:
        ticket = make_at("decided" if decision != "pending" else "answered", decision)
        self.step_in(ticket)

        deciding.rule(ticket.pk, for_buyer=for_buyer, text="平台裁决", actor=make_staff("agent"), now=LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, running(ticket)) == ("decided", after, clocks)
        assert ticket.refusal == ("平台裁决" if after == "refused" else "")


class TestReceiptTime:
    AT = NOW - timedelta(days=1)

    def ticket(self) -> Ticket:
        return open_ticket(ask(make_received_order(signed_time=None)), actor=make_staff("agent"), now=NOW)

    def test_it_is_kept_with_its_source_and_decides(self) -> None:
        ticket, agent = self.ticket(), make_staff("agent")

        deciding.set_received_time(ticket.pk, at=self.AT, source="chat", actor=agent, now=NOW)
        deciding.accept(ticket.pk, actor=agent, now=NOW)

        ticket.refresh_from_db()
        assert (ticket.received_time, ticket.received_source, ticket.verdict) == (self.AT, "chat", "allowed")
        assert AuditEntry.objects.get(action="ticket.received_time").after["received_source"] == "chat"

    @pytest.mark.parametrize(
        ("at", "source"),
        [(NOW + timedelta(seconds=1), "chat"), (NOW - timedelta(days=9), "chat"), (AT, "guess"), (AT, "")],
        ids=["to come", "before shipping", "unknown source", "no source"],
    )
    def test_times_that_cannot_be(self, at: datetime, source: str) -> None:
        ticket = self.ticket()
        before = snapshot()

        with pytest.raises(DomainError) as no:
            deciding.set_received_time(ticket.pk, at=at, source=source, actor=make_staff("agent"), now=NOW)

        assert no.value.code == "A4"
        assert snapshot() == before

    def test_the_carriers_signing_counts(self) -> None:
        ticket = make_ticket()

        with pytest.raises(Conflict) as no:
            deciding.set_received_time(
                ticket.pk, at=self.AT, source="chat", actor=make_staff("agent"), now=NOW
            )

        assert no.value.code == "A4"

    def test_a_condition_may_accept_it_then(self) -> None:
        condition = make_condition(active=True)
        ticket = self.ticket()
        assert ticket.decision == "pending"

        deciding.set_received_time(ticket.pk, at=self.AT, source="chat", actor=make_staff("agent"), now=NOW)

        assert Ticket.objects.get().condition == condition


def test_an_exchange_amended_keeps_its_target() -> None:
    ticket = refused()
    order = make_shipped_order(signed_time=NOW - timedelta(days=1))
    make_line(order)
    target = make_sku(properties="尺码：39", stock=1)
    Ticket.objects.filter(pk=ticket.pk).update(order=order)
    TicketLine.objects.update(line=order.lines.get())

    amend(ticket, kind="exchange_sku", problem="changed_mind", goods=((1, 1, target.pk),))

    assert TicketLine.objects.get().target == target


class TestGivingBack:
    """A cancelled ticket keeps all it had and frees its hold; its order is like any other again (A5, A8)."""

    @pytest.fixture
    def agent(self) -> Staff:
        return make_staff("agent")

    def exchange(self, agent: Staff) -> tuple[Ticket, Sku]:
        """An accepted exchange of size with its piece held, and an order tied to it."""
        order = make_received_order()
        target = make_sku(properties="尺码：39", stock=1)
        ticket = open_ticket(
            ask(order, kind="exchange_sku", goods=((1, 1, target.pk),)), actor=agent, now=NOW
        )
        deciding.accept(ticket.pk, actor=agent, now=NOW)
        hold = hold_for(order, target.pk, 1, reason="换码", actor=agent, now=NOW)
        TicketLine.objects.filter(ticket=ticket).update(hold=hold)
        tied = make_order(str(order.buyer_id))
        make_line(tied)
        tie(tied, actor=agent, now=NOW)
        Ticket.objects.filter(pk=ticket.pk).update(tied_order=tied)
        return ticket, target

    def test_withdrawing_frees_the_hold_and_unties_the_order(self, agent: Staff) -> None:
        ticket, target = self.exchange(agent)

        deciding.withdraw(ticket.pk, text="不换了", actor=agent, now=LATER)

        ticket.refresh_from_db()
        target.refresh_from_db()
        line = TicketLine.objects.get()
        assert line.hold is not None
        assert (line.hold.release, line.target, target.held) == ("cancelled", target, 0)
        assert ticket.tied_order is not None
        assert not ticket.tied_order.tied
        assert (ticket.case, ticket.decision) == ("cancelled", "accepted")

    def test_a_parcel_that_is_only_planned_is_dropped(self, agent: Staff) -> None:
        ticket, target = self.exchange(agent)
        line = TicketLine.objects.get()
        parcel = plan_extra(ticket.order, "exchange", [Extra(line.line, 1, line.hold)], actor=agent, now=NOW)
        Ticket.objects.filter(pk=ticket.pk).update(parcel=parcel)

        deciding.withdraw(ticket.pk, text="不换了", actor=agent, now=LATER)

        parcel.refresh_from_db()
        target.refresh_from_db()
        assert (parcel.stage, target.held) == ("voided", 0)
        assert Ticket.objects.get().parcel == parcel

    def test_undoing_a_decision_by_a_condition_gives_back_too(self, agent: Staff) -> None:
        make_condition(active=True, kind="exchange_sku")
        order = make_received_order()
        target = make_sku(properties="尺码：39", stock=1)
        ticket = open_ticket(
            ask(order, kind="exchange_sku", goods=((1, 1, target.pk),)), actor=agent, now=NOW
        )
        hold = hold_for(order, target.pk, 1, reason="换码", actor=agent, now=NOW)
        TicketLine.objects.update(hold=hold)

        deciding.undo(ticket.pk, reason="看错", actor=agent, now=NOW)

        target.refresh_from_db()
        assert target.held == 0
