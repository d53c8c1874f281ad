"""F1, F2, O9: packing and pulling parcels."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.models import Hold, Order, Parcel, Slip
from orders.services.parcels.slips import void_slip
from orders.services.parcels.stages import pack, pull
from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_paid_order, make_staff
from tests.orders.parcel_scenes import notice_on, packed, parcel_of, printed, ready_order, shelf_line
from tests.orders.test_pricing_races import together

pytestmark = pytest.mark.django_db


def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Parcel, Slip)] + [
        AuditEntry.objects.count()
    ]


def test_packing_says_who_and_when() -> None:
    order, actor = ready_order(), make_staff("warehouse")
    parcel = printed(order)

    pack(parcel.pk, actor=actor, version=parcel.version, now=NOW)

    parcel.refresh_from_db()
    assert (parcel.stage, parcel.packed_at, parcel.packed_by, parcel.version) == ("packed", NOW, actor, 3)
    entry = AuditEntry.objects.get(action="parcel.packed")
    assert (entry.subject_id, entry.actor, entry.after) == (
        order.tid,
        actor,
        {"parcel": parcel.pk, "slip": 1},
    )


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (notice_on, "O9"),
        (lambda order: void_slip(parcel_of(order), Slip.Void.CHANGED, now=NOW), "F3"),
        (lambda order: Hold.objects.update(released_at=NOW, release="expired"), "O16"),
        (lambda order: Parcel.objects.update(stage="planned"), "F1"),
        (lambda order: pack(parcel_of(order).pk, actor=make_staff("warehouse")), "F1"),
        (lambda order: Parcel.objects.update(version=9), "T5"),
    ],
    ids=["change not acknowledged", "void slip", "goods gone", "planned", "packed before", "other version"],
)
def test_packing_is_refused(spoil: Callable[[Order], Any], code: str) -> None:
    order, actor = ready_order(), make_staff("warehouse")
    parcel = printed(order)
    spoil(order)
    before = state()

    with pytest.raises(DomainError) as refusal:
        pack(parcel.pk, actor=actor, version=2 if code == "T5" else None, now=NOW)

    assert refusal.value.code == code
    assert state() == before


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_other_roles_neither_pack_nor_pull(role: str) -> None:
    parcel = printed(ready_order())
    before = state()
    for work in (
        lambda: pack(parcel.pk, actor=make_staff(role)),
        lambda: pull(parcel.pk, reason="", actor=make_staff(role)),
    ):
        with pytest.raises(DomainError) as refusal:
            work()
        assert refusal.value.code == "F1"
    assert state() == before


def test_no_such_parcel() -> None:
    with pytest.raises(DomainError, match="no parcel P404"):
        pack(404, actor=make_staff("warehouse"))


@pytest.mark.parametrize("make", [printed, packed])
def test_a_pulled_parcel_is_planned_again_and_its_slip_is_void(make: Callable[[Order], Parcel]) -> None:
    order, actor = ready_order(), make_staff("warehouse")
    parcel = make(order)
    notice_on(order)  # pulling is how the warehouse makes way for a change

    pull(parcel.pk, reason="客户退款", actor=actor, now=NOW)

    parcel.refresh_from_db()
    assert (parcel.stage, parcel.batch, parcel.printed_at, parcel.packed_at) == ("planned", None, None, None)
    slip = Slip.objects.get()
    assert (slip.void_reason, slip.voided_at) == ("pulled", NOW)
    entry = AuditEntry.objects.get(action="parcel.pulled")
    assert (entry.subject_id, entry.actor, entry.after["reason"]) == (order.tid, actor, "客户退款")
    assert parcel_of(order).pk == parcel.pk


def test_a_pulled_parcel_takes_in_what_is_planned_beside_it() -> None:
    first = ready_order("琥珀")
    parcel = packed(first)
    second = make_paid_order("琥珀")
    shelf_line(second)
    Order.objects.update(joined=first.tid)

    pull(parcel.pk, reason="", actor=make_staff("warehouse"), now=NOW)

    assert parcel_of(first).pk == parcel_of(second).pk == parcel.pk


@pytest.mark.parametrize("stage", ["planned", "shipped", "voided"])
def test_nothing_else_is_pulled(stage: str) -> None:
    parcel = printed(ready_order())
    Parcel.objects.update(stage=stage, shipped_at=NOW, carrier="zhongtong", invoice_no="1")
    before = state()

    with pytest.raises(DomainError) as refusal:
        pull(parcel.pk, reason="", actor=make_staff("warehouse"), now=NOW)

    assert refusal.value.code == "F1"
    assert state() == before


@pytest.mark.django_db(transaction=True)
def test_two_who_pack_the_same_parcel_at_once() -> None:
    parcel = printed(ready_order())
    people = [make_staff("warehouse") for _ in range(2)]

    errors = together(*[lambda actor=actor: pack(parcel.pk, actor=actor, now=NOW) for actor in people])

    assert [getattr(error, "code", error) for error in errors] == ["F1"]
    assert AuditEntry.objects.filter(action="parcel.packed").count() == 1
