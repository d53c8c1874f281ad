"""A14: conditions laid down, tried on last month's tickets, switched on; what they decide, and undoing it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from afterservice.models import AcceptCondition, Evidence, Ticket
from afterservice.rules.conditions import ConditionTerms, Met, matches
from afterservice.services import conditions, deciding, evidence
from afterservice.services.conditions import ConditionRequest
from afterservice.services.opening import open_ticket
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.afterservice.decision_scenes import make_at, running, snapshot
from tests.afterservice.evidence_files import photo, upload
from tests.afterservice.requests import ask, make_condition
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
MET = Met("return", frozenset({"standard"}), "received", Decimal("499.00"), Decimal("1000.00"), False)


@pytest.mark.parametrize(
    ("terms", "covers"),
    [
        ({}, True),
        ({"kind": "repair"}, False),
        ({"product_kind": "standard"}, True),
        ({"product_kind": "custom"}, False),
        ({"stage": "received"}, True),
        ({"stage": "on_the_way"}, False),
        ({"amount_up_to": Decimal("499.00")}, True),
        ({"amount_up_to": Decimal("498.99")}, False),
        ({"tier_from": Decimal("1000.00")}, True),
        ({"tier_from": Decimal("1000.01")}, False),
        ({"needs_evidence": True}, False),
    ],
)
def test_what_a_condition_covers(terms: dict[str, Any], covers: bool) -> None:
    assert matches(ConditionTerms(**({"kind": "return"} | terms)), MET) is covers


def test_it_covers_a_request_only_as_a_whole() -> None:
    mixed = Met("return", frozenset({"standard", "custom"}), "received", None, Decimal(0), True)

    assert not matches(ConditionTerms("return", product_kind="standard"), mixed)
    assert not matches(ConditionTerms("return", amount_up_to=Decimal("9999")), mixed)


@given(st.decimals(1, 5000, places=2), st.decimals(1, 5000, places=2), st.booleans())
def test_asking_for_more_never_covers_more(limit: Decimal, amount: Decimal, evidence_there: bool) -> None:
    met = Met("return", frozenset({"standard"}), "", amount, Decimal(0), evidence_there)
    loose = ConditionTerms("return", amount_up_to=limit)
    tight = ConditionTerms("return", amount_up_to=limit, needs_evidence=True)

    assert matches(loose, met) or not matches(tight, met)


def request(name: str = "七天退货", **terms: Any) -> ConditionRequest:
    return ConditionRequest(name, ConditionTerms(**({"kind": "return"} | terms)))


class TestLayingDown:
    def test_it_decides_nothing_before_it_was_tried_and_switched_on(self) -> None:
        manager = make_staff("manager")
        row = conditions.make(request(), actor=manager, now=NOW)

        assert (
            open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW).decision == "pending"
        )
        with pytest.raises(Conflict) as no:
            conditions.switch_on(row.pk, version=1, actor=manager, now=NOW)
        assert no.value.code == "A14"
        conditions.try_out(row.pk, version=1, actor=manager, now=NOW)
        conditions.switch_on(row.pk, version=1, actor=manager, now=NOW)

        ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)
        assert (ticket.decision, ticket.condition) == ("accepted", row)
        actions = AuditEntry.objects.filter(subject_kind="accept_condition").order_by("pk")
        assert [entry.action for entry in actions] == [
            "condition.made", "condition.tried", "condition.switched_on",
        ]  # fmt: skip

    def test_a_change_is_a_new_version_that_wants_its_own_trial(self) -> None:
        manager = make_staff("manager")
        row = make_condition(active=True)

        conditions.change(row.pk, request(amount_up_to=Decimal("200.00")), version=1, actor=manager, now=NOW)

        row.refresh_from_db()
        assert (row.version, row.active, row.tried_version) == (2, False, 1)
        with pytest.raises(Conflict):
            conditions.switch_on(row.pk, version=2, actor=manager, now=NOW)

    def test_a_trial_older_than_a_week_counts_no_more(self) -> None:
        manager = make_staff("manager")
        row = make_condition(tried_at=NOW - timedelta(days=7, seconds=1), tried_version=1)

        with pytest.raises(Conflict):
            conditions.switch_on(row.pk, version=1, actor=manager, now=NOW)
        AcceptCondition.objects.update(tried_at=NOW - timedelta(days=7))
        conditions.switch_on(row.pk, version=1, actor=manager, now=NOW)

        assert AcceptCondition.objects.get().active

    def test_switched_off_it_decides_nothing_any_more(self) -> None:
        row = make_condition(active=True)

        conditions.switch_off(row.pk, version=1, actor=make_staff("manager"), now=NOW)

        assert open_ticket(ask(make_received_order()), actor=None, now=NOW).decision == "pending"
        with pytest.raises(Conflict):
            conditions.switch_off(row.pk, version=1, actor=make_staff("manager"), now=NOW)

    def test_the_database_keeps_an_untried_one_off(self) -> None:
        row = make_condition()

        with pytest.raises(IntegrityError), transaction.atomic():
            AcceptCondition.objects.filter(pk=row.pk).update(active=True)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            (request(""), "name"),
            (request("x" * 61), "name"),
            (request(kind="gift"), "kind"),
            (request(product_kind="cake"), "product_kind"),
            (request(stage="lost"), "stage"),
            (request(amount_up_to=Decimal(0)), "amount_up_to"),
            (request(tier_from=Decimal(-1)), "tier_from"),
        ],
    )
    def test_conditions_that_cannot_be(self, wish: ConditionRequest, field: str) -> None:
        with pytest.raises(DomainError) as no:
            conditions.make(wish, actor=make_staff("manager"), now=NOW)

        assert (no.value.code, no.value.field) == ("A14", field)
        assert not AcceptCondition.objects.exists()

    def test_names_are_told_apart(self) -> None:
        make_condition("七天退货")

        with pytest.raises(Conflict) as no:
            conditions.make(request("七天退货"), actor=make_staff("manager"), now=NOW)

        assert no.value.field == "name"

    def test_nothing_changed_is_no_change(self) -> None:
        row = make_condition("七天退货")

        with pytest.raises(DomainError):
            conditions.change(row.pk, request(), version=1, actor=make_staff("manager"), now=NOW)

        assert AcceptCondition.objects.get().version == 1

    @pytest.mark.parametrize(
        "act",
        [
            lambda pk, by, version: conditions.change(
                pk, request(stage="received"), version=version, actor=by, now=NOW
            ),
            lambda pk, by, version: conditions.try_out(pk, version=version, actor=by, now=NOW),
            lambda pk, by, version: conditions.switch_on(pk, version=version, actor=by, now=NOW),
            lambda pk, by, version: conditions.switch_off(pk, version=version, actor=by, now=NOW),
        ],
        ids=["change", "try", "on", "off"],
    )
    def test_only_a_manager_who_saw_it_as_it_is(self, act: Any) -> None:
        row = make_condition(active=True)
        before = snapshot()
        agent, supervisor, manager = (make_staff(role) for role in ("agent", "supervisor", "manager"))

        for person in (agent, supervisor):
            with pytest.raises(Forbidden):
                act(row.pk, person, 1)
        with pytest.raises(VersionConflict):
            act(row.pk, manager, 2)
        with pytest.raises(DomainError):
            act(row.pk + 1, manager, 1)

        assert snapshot() == before


class TestDeciding:
    def test_the_decision_names_its_condition(self) -> None:
        row = make_condition("七天退货", active=True)

        ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.condition) == ("decided", "accepted", row)
        assert (ticket.decided_at, ticket.decided_by, ticket.verdict) == (NOW, None, "allowed")
        assert running(ticket) == set()
        entry = AuditEntry.objects.get(action="decision.by_condition")
        assert (entry.after["condition"], entry.actor) == ("七天退货", None)

    @pytest.mark.parametrize(
        ("kind_of_goods", "fields"),
        [
            ("【韩国直送】大衣", {}),
            ("【momonaco made】裙", {}),
            ("特价双眼皮贴", {}),
            ("小白鞋", {"problem": "damaged"}),
        ],
        ids=["preorder", "custom", "special price", "no evidence"],
    )
    def test_never_what_a3_does_not_allow(self, kind_of_goods: str, fields: dict[str, Any]) -> None:
        make_condition(active=True)

        ticket = open_ticket(ask(make_received_order(title=kind_of_goods), **fields), actor=None, now=NOW)

        assert (ticket.decision, ticket.condition) == ("pending", None)

    def test_the_first_that_covers_it_decides(self) -> None:
        make_condition("贵的", active=True, tier_from=Decimal("20000"))
        second = make_condition("便宜的", active=True, amount_up_to=Decimal("499.00"))
        make_condition("都行", active=True)

        assert open_ticket(ask(make_received_order()), actor=None, now=NOW).condition == second

    def test_evidence_that_comes_later_lets_it_decide(self, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path
        row = make_condition(active=True, needs_evidence=True)
        ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)
        evidence.add(
            ticket.pk, upload(photo()), stage=Evidence.Stage.TALK, actor=make_staff("agent"), now=NOW
        )
        assert Ticket.objects.get().decision == "pending"

        evidence.add(
            ticket.pk, upload(photo()), stage=Evidence.Stage.REQUEST, actor=make_staff("agent"), now=NOW
        )

        assert Ticket.objects.get().condition == row

    def test_pieces_are_paid_for_by_share(self) -> None:
        order = make_received_order()
        order.lines.update(num=3, payment=Decimal("100.00"))
        row = make_condition(active=True, amount_up_to=Decimal("66.67"))

        assert open_ticket(ask(order, goods=((1, 2, None),)), actor=None, now=NOW).condition == row


class TestUndo:
    def decided(self, **fields: Any) -> Ticket:
        row = make_condition("七天退货", active=True)
        ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)
        assert ticket.condition == row
        Ticket.objects.filter(pk=ticket.pk).update(**fields)
        ticket.refresh_from_db()
        return ticket

    def test_somebody_decides_it_then(self) -> None:
        ticket, agent = self.decided(), make_staff("agent")

        deciding.undo(ticket.pk, reason="买家说谎", version=ticket.version, actor=agent, now=NOW)

        ticket.refresh_from_db()
        assert (ticket.case, ticket.decision, ticket.condition, ticket.undone_at) == (
            "answered",
            "pending",
            None,
            NOW,
        )
        assert running(ticket) == {"decide"}
        assert ticket.messages.latest("pk").text == "撤销自动同意（七天退货）：买家说谎"
        assert AuditEntry.objects.get(action="decision.undone").after["condition"] == "七天退货"

    def test_no_condition_decides_it_again(self) -> None:
        ticket = self.decided()
        deciding.undo(ticket.pk, reason="买家说谎", actor=make_staff("agent"), now=NOW)
        ticket.refresh_from_db()

        assert not deciding.accept_by_condition(ticket, now=NOW)

    def test_an_address_that_was_given_is_asked_for_no_more(self) -> None:
        ticket = self.decided(goods="awaited", address_given_at=NOW)

        deciding.undo(ticket.pk, reason="买家说谎", actor=make_staff("agent"), now=NOW)

        ticket.refresh_from_db()
        assert (ticket.goods, ticket.address_given_at) == ("none", None)

    @pytest.mark.parametrize(
        "moved",
        [
            {"goods": "sent"},
            {"goods": "received"},
            {"goods": "passed"},
            {"goods": "failed"},
            {"goods": "taken"},
            {"goods": "sent_back"},
            {"money": "asked"},
            {"money": "due", "owed": 5},
            {"money": "paid", "owed": 5},
        ],
    )
    def test_not_once_money_or_goods_have_moved(self, moved: dict[str, Any]) -> None:
        ticket = self.decided(**moved)
        before = snapshot()

        with pytest.raises(Conflict) as no:
            deciding.undo(ticket.pk, reason="晚了", actor=make_staff("agent"), now=NOW)

        assert no.value.code == "A14"
        assert snapshot() == before

    def test_not_what_somebody_decided(self) -> None:
        ticket = make_at("decided", "accepted", decided_by=make_staff("agent"))

        with pytest.raises(Conflict) as no:
            deciding.undo(ticket.pk, reason="x", actor=make_staff("agent"), now=NOW)

        assert no.value.code == "A14"

    def test_not_without_a_reason(self) -> None:
        ticket = self.decided()

        with pytest.raises(DomainError) as no:
            deciding.undo(ticket.pk, reason=" ", actor=make_staff("agent"), now=NOW)

        assert (no.value.code, no.value.field) == ("A14", "reason")
