"""M5, P2, P3: free shipping for life moves to another address by a supervisor's decision only."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from members.models import LifetimeShipping
from members.services.lifetime_address import ask_for_address
from orders.quotes import quote_order
from shipping.services import ensure_starting_tariffs
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry, Staff
from shopdesk.base.services import approvals
from shopdesk.base.services.lapsing import lapse_approvals
from tests.factories import NOW, make_buyer, make_line, make_order, make_staff

pytestmark = pytest.mark.django_db
OLD, NEW = "上海 上海市 浦东新区 示例街道1号", "上海 上海市 徐汇区 示例街道2号"


@pytest.fixture
def row(db: None) -> LifetimeShipping:
    return LifetimeShipping.objects.create(
        buyer=make_buyer("小肥"), address=OLD, status="confirmed", proposed_at=NOW, decided_at=NOW
    )


def ask(address: str = NEW, actor: Staff | None = None, **fields: Any) -> Approval:
    asked = {"reason": "客户搬家", "version": 1, "now": NOW} | fields
    return ask_for_address("小肥", address, actor=actor or make_staff("agent"), **asked)


def approve(approval: Approval) -> Approval:
    return approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)


def test_asking_says_before_and_after_and_changes_nothing(row: LifetimeShipping) -> None:
    approval = ask(f" {NEW} ")

    assert (approval.kind, approval.rule, approval.subject_version) == ("lifetime_address", "M5", 1)
    assert approval.before == {"address": OLD, "moved": 0}
    assert approval.after == {"address": NEW}
    row.refresh_from_db()
    assert (row.address, row.version) == (OLD, 1)


def test_once_approved_the_new_address_is_free_and_the_old_one_pays(row: LifetimeShipping) -> None:
    ensure_starting_tariffs()
    old, new = make_order("小肥", receiver_address=OLD), make_order("小肥", receiver_address=NEW)
    lent = make_order("别人", receiver_address=NEW)
    for order in (old, new, lent):
        make_line(order, price=Decimal("99.00"))
    assert [quote_order(order).post_fee for order in (old, new, lent)] == [0, 6, 6]

    approve(approval := ask())

    row.refresh_from_db()
    assert (row.address, row.version) == (NEW, 2)
    assert [quote_order(order).post_fee for order in (old, new, lent)] == [6, 0, 6]
    entry = AuditEntry.objects.get(action="member.lifetime_moved")
    assert (entry.subject_id, entry.after["approval"]) == ("小肥", approval.pk)
    assert NEW not in str(entry.before) + str(entry.after)


def test_the_next_request_says_how_often_it_moved_before(row: LifetimeShipping) -> None:
    approve(ask())

    assert ask(OLD, version=2).before == {"address": NEW, "moved": 1}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"address": "  "}, "address", "Give the new address"),
        ({"address": "路" * 501}, "address", "500 characters"),
        ({"address": "上海\n市"}, "address", "Give the new address"),
        ({"address": OLD}, "address", "already"),
        ({"reason": " "}, "reason", "Say why"),
        ({"reason": "长" * 501}, "reason", "500 characters"),
    ],
)
def test_what_cannot_be_asked_for(
    row: LifetimeShipping, fields: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(DomainError, match=words) as refusal:
        ask(**fields)

    assert refusal.value.field == field
    assert not Approval.objects.exists()


def test_who_and_when_it_cannot_be_asked(row: LifetimeShipping) -> None:
    for role in ("warehouse", "manager"):
        with pytest.raises(Forbidden):
            ask(actor=make_staff(role))
    with pytest.raises(VersionConflict):
        ask(version=2)
    ask()
    with pytest.raises(Conflict, match="already asked"):
        ask("第三处")
    LifetimeShipping.objects.update(status="refused")
    with pytest.raises(Conflict, match="no free shipping"):
        ask()
    assert Approval.objects.count() == 1


def test_nobody_approves_their_own_also_no_supervisor(row: LifetimeShipping) -> None:
    supervisor = make_staff("supervisor")
    approval = ask(actor=supervisor)

    with pytest.raises(Forbidden):
        approvals.approve(approval.pk, actor=supervisor, now=NOW)

    row.refresh_from_db()
    assert row.address == OLD


def test_refusing_leaves_the_address(row: LifetimeShipping) -> None:
    approvals.refuse(ask().pk, reason="借用", actor=make_staff("supervisor"), now=NOW)

    row.refresh_from_db()
    assert (row.address, row.version) == (OLD, 1)


def test_it_lapses_when_the_address_changed_meanwhile(row: LifetimeShipping) -> None:
    approval = ask()
    LifetimeShipping.objects.update(address="别处", version=2)

    assert approve(approval).status == Approval.Status.LAPSED
    row.refresh_from_db()
    assert row.address == "别处"


def test_the_clock_lets_it_lapse_too(row: LifetimeShipping) -> None:
    ask()
    assert lapse_approvals(NOW, False).done == 0
    LifetimeShipping.objects.update(version=2)

    assert lapse_approvals(NOW + timedelta(minutes=5), False).subjects == ["小肥"]
