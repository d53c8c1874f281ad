"""A5, P1-P3: accepting, refusing with the talk on record, asking a supervisor, and what the decision writes."""

from datetime import timedelta
from typing import Any

import pytest

from afterservice.models import Ticket, TicketMessage
from afterservice.services import deciding
from afterservice.services.opening import open_ticket
from orders.models import Sku
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from shopdesk.base.services.lapsing import lapse_approvals
from tests.afterservice.decision_scenes import make_at, running, snapshot, talk
from tests.afterservice.requests import add_evidence, ask
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_sku, make_staff

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


def opened(title: str = "小白鞋", **fields: Any) -> Ticket:
    """A ticket opened by an agent on an order received a day ago."""
    order = make_received_order(title=title)
    return open_ticket(ask(order, **fields), actor=make_staff("agent"), now=NOW)


def style() -> Ticket:
    """An exchange of style of made-to-order goods: A3 leaves it to a supervisor."""
    return opened("【momonaco made】裙", kind="exchange_style")


class TestAccept:
    def test_what_a3_allows_is_accepted_at_once(self) -> None:
        ticket, agent = opened(), make_staff("agent")

        done = deciding.accept(ticket.pk, version=ticket.version, actor=agent, now=LATER)

        ticket.refresh_from_db()
        assert done == ticket
        assert (ticket.case, ticket.decision, ticket.verdict, ticket.verdict_rule) == (
            "decided", "accepted", "allowed", "A3",
        )  # fmt: skip
        assert (ticket.decided_at, ticket.decided_by, ticket.agreed_by) == (LATER, agent, None)
        assert ticket.answered_at == LATER
        assert running(ticket) == set()
        entry = AuditEntry.objects.get(action="decision.accepted")
        assert entry.before == {"case": "opened", "decision": "pending"}
        assert (entry.after["case"], entry.after["decision"], entry.after["rule"]) == (
            "decided",
            "accepted",
            "A3",
        )

    def test_the_window_is_that_of_the_asking_not_of_the_deciding(self) -> None:
        # Given goods received a day before they are asked about; when they are decided three weeks later.
        ticket = opened()

        deciding.accept(ticket.pk, actor=make_staff("agent"), now=NOW + timedelta(days=21))

        assert Ticket.objects.get().verdict == "allowed"

    def test_what_a3_does_not_allow_is_asked_for(self) -> None:
        ticket, agent = opened("【韩国直送】大衣"), make_staff("agent")

        asked = deciding.accept(ticket.pk, reason="老客户", actor=agent, now=NOW)

        assert isinstance(asked, Approval)
        assert Ticket.objects.get().decision == "asked"

    def test_a_page_of_before_decides_nothing(self) -> None:
        ticket = opened()
        before = snapshot()

        with pytest.raises(VersionConflict):
            deciding.accept(ticket.pk, version=ticket.version + 1, actor=make_staff("agent"), now=NOW)

        assert snapshot() == before


class TestDefault:
    """A6: nobody decided in 48 hours."""

    def test_accepted_where_a3_allows_it(self) -> None:
        ticket = opened()

        assert deciding.accept_by_default(ticket, LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.decided_by) == ("decided", "accepted", None)
        assert AuditEntry.objects.get(action="decision.by_default").actor is None

    @pytest.mark.parametrize(
        "fields",
        [
            {"problem": "damaged"},
            {"kind": "refund_only"},
            {"kind": "compensation", "goods": ()},
            {"kind": "bad_review", "goods": ()},
        ],
        ids=["no evidence", "outside", "compensation", "bad review"],
    )
    def test_else_it_is_the_supervisors(self, fields: dict[str, Any]) -> None:
        ticket = opened(**fields)
        before = snapshot()

        assert not deciding.accept_by_default(ticket, LATER)

        assert snapshot() == before


class TestRefuse:
    def test_with_the_talk_and_its_proof(self) -> None:
        ticket, agent = opened(), make_staff("agent")
        talk(ticket)

        deciding.refuse(ticket.pk, reason=" 吊牌已拆 ", actor=agent, now=LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.refusal) == ("decided", "refused", "吊牌已拆")
        assert (ticket.decided_by, ticket.verdict, ticket.verdict_rule) == (agent, "allowed", "A3")
        assert running(ticket) == {"follow_up"}
        note = TicketMessage.objects.latest("pk")
        assert (note.side, note.text) == ("staff", "拒绝申请：吊牌已拆")
        assert "吊牌已拆" not in str(list(AuditEntry.objects.values("before", "after")))

    @pytest.mark.parametrize("missing", ["to_buyer", "talk"])
    def test_without_one_of_them_it_is_not(self, missing: str) -> None:
        ticket, agent = opened(), make_staff("agent")
        if missing == "to_buyer":
            add_evidence(ticket, "talk")
        else:
            # Photos of the request prove no talk.
            add_evidence(ticket, "request")
            TicketMessage.objects.create(ticket=ticket, side="to_buyer", channel="phone", text="x", at=NOW)
        before = snapshot()

        with pytest.raises(DomainError) as refused:
            deciding.refuse(ticket.pk, reason="吊牌已拆", actor=agent, now=NOW)

        assert refused.value.code == "A5"
        words = {"to_buyer": "what the buyer was told", "talk": "a picture of the talk"}[missing]
        assert f"Missing: {words}" in str(refused.value.message)
        assert snapshot() == before

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00"])
    def test_without_a_reason_it_is_not(self, reason: str) -> None:
        ticket = opened()
        talk(ticket)
        before = snapshot()

        with pytest.raises(DomainError) as refused:
            deciding.refuse(ticket.pk, reason=reason, actor=make_staff("agent"), now=NOW)

        assert (refused.value.code, refused.value.field) == ("A5", "reason")
        assert snapshot() == before


class TestAsk:
    def test_the_request_says_all_that_is_decided_by(self) -> None:
        ticket, agent = opened("【韩国直送】大衣"), make_staff("agent")

        request = deciding.ask_exception(ticket.pk, reason="老客户", actor=agent, now=NOW)

        ticket.refresh_from_db()
        assert (request.kind, request.rule, request.subject_kind) == ("after_sale_exception", "A3", "ticket")
        assert (request.subject_id, request.subject_version) == (str(ticket.pk), ticket.version)
        assert (str(request.amount), request.requested_by, request.reason) == ("499.00", agent, "老客户")
        assert request.before["goods"] == "1 × 【韩国直送】大衣（白色 / 37）"
        assert request.after["verdict"] == "outside"
        assert (ticket.case, ticket.decision) == ("opened", "asked")
        assert running(ticket) == {"answer", "decide"}
        assert TicketMessage.objects.latest("pk").text == "向主管申请：老客户"

    def test_a_style_that_a3_leaves_to_a_supervisor_is_its_own_kind(self) -> None:
        request = deciding.ask_exception(style().pk, reason="换款", actor=make_staff("agent"), now=NOW)

        assert (request.kind, request.rule) == ("style_exchange", "A8")

    @pytest.mark.parametrize(
        ("make", "rule"),
        [
            (lambda: opened(), "A3"),
            (lambda: open_ticket(ask(make_received_order(signed_time=None)), actor=None, now=NOW), "A4"),
        ],
        ids=["allowed", "no receipt time"],
    )
    def test_what_nobody_need_be_asked(self, make: Any, rule: str) -> None:
        ticket = make()
        before = snapshot()

        with pytest.raises(DomainError) as refused:
            deciding.ask_exception(ticket.pk, reason="x", actor=make_staff("agent"), now=NOW)

        assert refused.value.code == rule
        assert snapshot() == before

    def test_missing_evidence_may_be_let_pass(self) -> None:
        ticket = opened(problem="damaged")

        request = deciding.ask_exception(ticket.pk, reason="照片发不了", actor=make_staff("agent"), now=NOW)
        approvals.approve(request.pk, actor=make_staff("supervisor"), now=NOW)

        assert Ticket.objects.get().verdict == "needs_evidence"

    def test_approving_accepts_and_names_who_agreed(self) -> None:
        agent, supervisor = make_staff("agent"), make_staff("supervisor")
        ticket = style()
        request = deciding.ask_exception(ticket.pk, reason="换款", actor=agent, now=NOW)

        approvals.approve(request.pk, actor=supervisor, now=LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.verdict, ticket.verdict_rule) == (
            "decided", "accepted", "supervisor", "A8",
        )  # fmt: skip
        assert (ticket.decided_by, ticket.agreed_by) == (supervisor, agent)
        assert running(ticket) == set()

    def test_who_asked_does_not_decide(self) -> None:
        supervisor = make_staff("supervisor")
        request = deciding.ask_exception(style().pk, reason="换款", actor=supervisor, now=NOW)

        with pytest.raises(Forbidden):
            approvals.approve(request.pk, actor=supervisor, now=NOW)

        assert Ticket.objects.get().decision == "asked"

    def test_a_supervisor_who_does_not_agree_refuses_no_buyer(self) -> None:
        ticket = style()
        request = deciding.ask_exception(ticket.pk, reason="换款", actor=make_staff("agent"), now=NOW)

        approvals.refuse(request.pk, reason="价差太大", actor=make_staff("supervisor"), now=LATER)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision) == ("opened", "pending")
        assert TicketMessage.objects.latest("pk").text == "主管未同意：价差太大"
        assert running(ticket) == {"answer", "decide"}

    def test_after_a_refusal_an_exception_may_be_asked_for_and_the_refusal_stands_where_it_is_not_given(
        self,
    ) -> None:
        ticket, agent = opened("【韩国直送】大衣"), make_staff("agent")
        talk(ticket)
        deciding.refuse(ticket.pk, reason="代购不退", actor=agent, now=NOW)

        request = deciding.ask_exception(ticket.pk, reason="买家投诉", actor=agent, now=NOW)
        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, running(ticket)) == ("decided", "asked", {"decide"})
        approvals.refuse(request.pk, reason="不行", actor=make_staff("supervisor"), now=NOW)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.refusal) == ("decided", "refused", "代购不退")
        assert running(ticket) == {"follow_up"}

    def test_an_exception_granted_after_a_refusal_accepts(self) -> None:
        ticket, agent = opened("【韩国直送】大衣"), make_staff("agent")
        talk(ticket)
        deciding.refuse(ticket.pk, reason="代购不退", actor=agent, now=NOW)
        request = deciding.ask_exception(ticket.pk, reason="买家投诉", actor=agent, now=NOW)

        approvals.approve(request.pk, actor=make_staff("supervisor"), now=NOW)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.verdict) == ("decided", "accepted", "outside")
        assert ticket.agreed_by == agent

    def test_a_ticket_that_changed_lapses_the_request_and_is_asked_for_no_more(self) -> None:
        ticket = style()
        request = deciding.ask_exception(ticket.pk, reason="换款", actor=make_staff("agent"), now=NOW)
        Ticket.objects.filter(pk=ticket.pk).update(version=99)

        decided = approvals.approve(request.pk, actor=make_staff("supervisor"), now=NOW)

        assert decided.status == "lapsed"
        assert Ticket.objects.get().decision == "pending"

    def test_the_job_that_lapses_requests_frees_the_ticket(self) -> None:
        ticket = style()
        deciding.ask_exception(ticket.pk, reason="换款", actor=make_staff("agent"), now=NOW)
        Ticket.objects.filter(pk=ticket.pk).update(version=99)

        result = lapse_approvals(NOW, False)

        assert result.done == 1
        assert Ticket.objects.get().decision == "pending"

    def test_approving_checks_the_rules_again(self) -> None:
        target = make_sku("【韩国现货】裙", "尺码：L", stock=1)
        ticket = opened("【韩国现货】裙", kind="exchange_sku", goods=((1, 1, target.pk),))
        request = deciding.ask_exception(ticket.pk, reason="换码", actor=make_staff("agent"), now=NOW)
        assert request.after["verdict"] == "supervisor"
        Sku.objects.update(held=1)
        before = snapshot()

        with pytest.raises(Conflict) as refused:
            approvals.approve(request.pk, actor=make_staff("supervisor"), now=NOW)

        assert refused.value.code == "P2"
        assert "0 free, 1 wanted" in str(refused.value.message)
        assert snapshot() == before

    def test_one_takes_back_ones_own(self) -> None:
        ticket, agent = style(), make_staff("agent")
        request = deciding.ask_exception(ticket.pk, reason="换款", actor=agent, now=NOW)
        with pytest.raises(Forbidden):
            deciding.take_back(ticket.pk, actor=make_staff("agent"), now=NOW)

        deciding.take_back(ticket.pk, actor=agent, now=NOW)

        request.refresh_from_db()
        assert request.status == "withdrawn"
        assert Ticket.objects.get().decision == "pending"

    def test_taking_it_back_in_the_inbox_frees_the_ticket_too(self) -> None:
        agent = make_staff("agent")
        request = deciding.ask_exception(style().pk, reason="换款", actor=agent, now=NOW)

        approvals.withdraw(request.pk, actor=agent, now=NOW)

        assert Ticket.objects.get().decision == "pending"

    @pytest.mark.parametrize("how", ["accepted", "refused"])
    def test_deciding_otherwise_lets_the_request_lapse(self, how: str) -> None:
        ticket, agent = opened(problem="flawed"), make_staff("agent")
        request = deciding.ask_exception(ticket.pk, reason="先同意", actor=agent, now=NOW)
        talk(ticket)
        if how == "accepted":
            add_evidence(ticket)
            deciding.accept(ticket.pk, actor=agent, now=NOW)
        else:
            deciding.refuse(ticket.pk, reason="不是瑕疵", actor=agent, now=NOW)

        request.refresh_from_db()
        assert request.status == "lapsed"
        assert Ticket.objects.get().decision == how

    def test_it_is_asked_once(self) -> None:
        ticket, agent = style(), make_staff("agent")
        deciding.ask_exception(ticket.pk, reason="换款", actor=agent, now=NOW)

        with pytest.raises(Conflict) as refused:
            deciding.accept(ticket.pk, reason="换款", actor=agent, now=NOW)

        assert refused.value.code == "P2"
        assert Approval.objects.count() == 1


@pytest.mark.parametrize("role", ["warehouse", "manager"])
@pytest.mark.parametrize(
    "act",
    [
        lambda number, by: deciding.accept(number, actor=by, now=NOW),
        lambda number, by: deciding.refuse(number, reason="x", actor=by, now=NOW),
        lambda number, by: deciding.ask_exception(number, reason="x", actor=by, now=NOW),
        lambda number, by: deciding.take_back(number, actor=by, now=NOW),
        lambda number, by: deciding.withdraw(number, text="x", actor=by, now=NOW),
        lambda number, by: deciding.undo(number, reason="x", actor=by, now=NOW),
        lambda number, by: deciding.step_in(number, due_at=LATER, text="x", actor=by, now=NOW),
        lambda number, by: deciding.rule(number, for_buyer=True, text="x", actor=by, now=NOW),
        lambda number, by: deciding.reopen(number, text="x", channel="phone", actor=by, now=NOW),
        lambda number, by: deciding.set_received_time(number, at=NOW, source="chat", actor=by, now=NOW),
    ],
    ids=["accept", "refuse", "ask", "take_back", "withdraw", "undo", "step_in", "rule", "reopen", "received"],
)
def test_who_does_not_work_tickets_decides_nothing(act: Any, role: str) -> None:
    ticket = make_at("opened", "pending")
    before = snapshot()
    person = make_staff(role)

    with pytest.raises(Forbidden):
        act(ticket.pk, person)

    assert snapshot() == before
