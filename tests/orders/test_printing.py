"""F1, O9, O16, S5: slips are printed in batches, only of what can go, with a constant number of statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from orders.models import Hold, Note, Order, OrderLine, Parcel, PrintBatch, Slip
from orders.rules.notes import NoteForm
from orders.services.notes import write_note
from orders.services.parcels import printing
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import print_anew, print_batch, print_parcels, print_ready
from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.parcel_scenes import (
    CUSTOM,
    PREORDER,
    notice_on,
    packed,
    parcel_of,
    printed,
    ready_order,
    shelf_line,
)
from tests.orders.test_pricing_races import together

pytestmark = pytest.mark.django_db


def test_printing_makes_a_slip_and_a_batch() -> None:
    order, actor = ready_order(), make_staff("warehouse")
    parcel = parcel_of(order)

    result = print_parcels([parcel.pk], actor=actor, now=NOW)

    parcel.refresh_from_db()
    slip = Slip.objects.get()
    assert (parcel.stage, parcel.slip_version, parcel.version, parcel.printed_at) == ("printed", 1, 2, NOW)
    assert [batch.pk for batch in result.batches] == [parcel.batch_id] == [slip.batch_id]
    assert (result.parcels, result.left, slip.barcode) == (1, [], f"P{parcel.pk}-1")
    assert (slip.printed_by, slip.voided_at, PrintBatch.objects.get().created_by) == (actor, None, actor)
    entry = AuditEntry.objects.get(action="parcel.printed")
    assert (entry.subject_id, entry.actor, entry.after["slip"]) == (order.tid, actor, 1)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda order: notice_on(order, stage="planned"), "O9"),
        (lambda order: Hold.objects.update(released_at=NOW, release="expired"), "O16"),
        (lambda order: Order.objects.update(forwarder=True), "S5"),
        (lambda order: Parcel.objects.update(stage="voided"), "F1"),
        (lambda order: printed(order), "F1"),
    ],
    ids=[
        "change not acknowledged",
        "not on the shelf",
        "forwarder without its note",
        "voided",
        "printed before",
    ],
)
def test_what_cannot_be_printed_says_why_and_nothing_changes(
    spoil: Callable[[Order], Any], code: str
) -> None:
    order, actor = ready_order(), make_staff("warehouse")
    pk = parcel_of(order).pk
    spoil(order)
    before = list(Parcel.objects.values()), list(Slip.objects.values()), PrintBatch.objects.count()

    with pytest.raises(DomainError) as refusal:
        print_parcels([pk], actor=actor, now=NOW)

    assert refusal.value.code == code
    assert (list(Parcel.objects.values()), list(Slip.objects.values()), PrintBatch.objects.count()) == before


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_other_roles_print_nothing(role: str) -> None:
    pk = parcel_of(ready_order()).pk
    for work in (
        lambda actor: print_parcels([pk], actor=actor),
        lambda actor: print_ready(actor=actor),
        lambda actor: print_anew(pk, actor=actor),
    ):
        with pytest.raises(DomainError) as refusal:
            work(make_staff(role))
        assert refusal.value.code == "F1"
    assert not Slip.objects.exists()


def test_a_forwarder_order_is_printed_once_it_has_its_note() -> None:
    order = ready_order(forwarder=True)
    assert print_batch(NOW, False).done == 0

    with transaction.atomic():
        write_note(order, "转运地址，货齐后一次发出", actor=None, form=NoteForm.FORWARDER, now=NOW)

    assert print_batch(NOW, False).done == 1
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("title", "supply", "ready"),
    [
        (PREORDER, "", False), (PREORDER, "bought", False), (PREORDER, "arrived", True),
        (CUSTOM, "", False), (CUSTOM, "making", False), (CUSTOM, "made", True),
    ],
)  # fmt: skip
def test_bought_and_made_goods_wait_until_they_are_here(title: str, supply: str, ready: bool) -> None:
    order = make_paid_order()
    shelf_line(order)
    make_line(order, title, supply=supply)
    plan([order.tid], now=NOW)

    assert print_batch(NOW, False).done == ready


def test_of_a_selection_only_what_is_ready_is_printed_and_the_rest_is_told() -> None:
    orders = [ready_order() for _ in range(3)]
    notice_on(orders[1], stage="planned")
    ids = [parcel_of(order).pk for order in orders]

    result = print_parcels(ids, actor=make_staff("warehouse"), now=NOW)

    assert (result.parcels, result.left) == (2, [ids[1]])
    assert list(Parcel.objects.order_by("pk").values_list("stage", flat=True)) == [
        "printed",
        "planned",
        "printed",
    ]


def test_the_job_prints_what_is_ready_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "BATCH_SIZE", 2)
    ids = [parcel_of(ready_order()).pk for _ in range(5)]
    subjects = sorted(f"P{pk}" for pk in ids)

    assert sorted(print_batch(NOW, True).subjects) == subjects
    assert not Slip.objects.exists()
    result = print_batch(NOW, False)
    assert (result.done, sorted(result.subjects)) == (5, subjects)
    assert [batch.slips.count() for batch in PrintBatch.objects.order_by("pk")] == [2, 2, 1]
    assert print_batch(NOW, False).done == 0
    assert Slip.objects.count() == 5


def test_a_batch_takes_the_same_statements_for_one_parcel_and_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    actor = make_staff("warehouse")
    for number in (1, 20):
        ids = [parcel_of(ready_order()).pk for _ in range(number)]
        with django_assert_num_queries(11):
            print_parcels(ids, actor=actor, now=NOW)


def test_a_lost_slip_is_printed_anew_and_the_old_one_is_void() -> None:
    order = ready_order()
    parcel = printed(order)

    slip = print_anew(parcel.pk, actor=make_staff("warehouse"), version=parcel.version, now=NOW)

    old, new = Slip.objects.order_by("version")
    assert (old.void_reason, old.voided_at, new.version, new.voided_at) == ("reprinted", NOW, 2, None)
    parcel.refresh_from_db()
    assert (parcel.slip_version, parcel.stage, parcel.batch) == (2, "printed", slip.batch)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda order: parcel_of(order), "F1"),
        (packed, "F1"),
        (lambda order: (printed(order), notice_on(order)), "O9"),
    ],
    ids=["planned", "packed", "changed"],
)
def test_a_reprint_is_refused(make: Callable[[Order], Any], code: str) -> None:
    order = ready_order()
    make(order)
    before = list(Slip.objects.values())

    with pytest.raises(DomainError) as refusal:
        print_anew(parcel_of(order).pk, actor=make_staff("warehouse"), now=NOW)

    assert refusal.value.code == code
    assert list(Slip.objects.values()) == before


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_print_each_parcel_once() -> None:
    ids = [parcel_of(ready_order()).pk for _ in range(12)]
    actor = make_staff("warehouse")

    errors = together(
        lambda: print_batch(NOW, False),
        lambda: print_batch(NOW, False),
        lambda: print_ready(actor=actor, now=NOW),
    )
    print_batch(NOW, False)  # whatever all three left to each other

    assert [error for error in errors if getattr(error, "code", "") != "F1"] == []
    assert Slip.objects.count() == 12
    assert set(Slip.objects.values_list("parcel_id", flat=True)) == set(ids)


@pytest.mark.django_db(transaction=True)
def test_what_somebody_else_holds_is_left_for_the_next_run() -> None:
    held, free = ready_order(), ready_order()
    results = []
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=held.pk)
        results.append(together(lambda: results.append(print_batch(NOW, False).subjects)))

    assert results == [[f"P{parcel_of(free).pk}"], []]
    assert print_batch(NOW, False).subjects == [f"P{parcel_of(held).pk}"]
    assert OrderLine.objects.count() == 2
    assert connection.in_atomic_block is False
