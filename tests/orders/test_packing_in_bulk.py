"""F1, O9, F3: packing what was ticked on the board, with a result and a reason for every parcel."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, Parcel
from orders.services.parcels.packing import Chosen, PackResult, pack_parcels
from orders.services.parcels.stages import pull
from orders.states import ParcelStage
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_staff
from tests.orders.parcel_scenes import notice_on, packed, parcel_of, printed, ready_order

pytestmark = pytest.mark.django_db
PACK, BOARD = reverse("warehouse:pack"), reverse("warehouse:board")


@pytest.fixture
def warehouse() -> Staff:
    return make_staff("warehouse")


def stages(*parcels: Parcel) -> list[str]:
    found = Parcel.objects.in_bulk([parcel.pk for parcel in parcels])
    return [found[parcel.pk].stage for parcel in parcels]


def test_each_is_packed_or_says_why_not(warehouse: Staff) -> None:
    good, changed, pulled, before, gone = (ready_order() for _order in range(5))
    parcels = [printed(order) for order in (good, changed, pulled)] + [packed(before), parcel_of(gone)]
    notice_on(changed)
    pull(parcels[2].pk, reason="", actor=warehouse, now=NOW)
    chosen = [*(Chosen(parcel.pk) for parcel in parcels), Chosen(999_999)]

    results = pack_parcels(chosen, actor=warehouse, now=NOW)

    assert [(one.parcel, one.refusal.code if one.refusal else "") for one in results] == [
        (parcels[0].pk, ""), (parcels[1].pk, "O9"), (parcels[2].pk, "F1"), (parcels[3].pk, "F1"),
        (parcels[4].pk, "F1"), (999_999, "F1"),
    ]  # fmt: skip
    assert stages(*parcels) == ["packed", "printed", "planned", "packed", "planned"]
    entries = AuditEntry.objects.filter(action="parcel.packed", actor=warehouse)
    assert [entry.subject_id for entry in entries] == [good.tid]


def test_a_parcel_that_changed_since_it_was_shown_is_not_packed(warehouse: Staff) -> None:
    parcel = printed(ready_order())

    [result] = pack_parcels([Chosen(parcel.pk, parcel.version - 1)], actor=warehouse, now=NOW)

    assert result.refusal is not None
    assert (result.refusal.code, stages(parcel)) == ("T5", ["printed"])


def test_one_that_was_ticked_twice_is_packed_once(warehouse: Staff) -> None:
    parcel = printed(ready_order())
    assert pack_parcels([Chosen(parcel.pk)] * 2, actor=warehouse, now=NOW) == [PackResult(parcel.pk)]


@pytest.mark.parametrize(("count", "words"), [(0, "at least one"), (201, "200 parcels at most")])
def test_none_and_too_many_are_refused(warehouse: Staff, count: int, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        pack_parcels([Chosen(number) for number in range(1, count + 1)], actor=warehouse, now=NOW)


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_other_roles_pack_nothing(role: str) -> None:
    parcel = printed(ready_order())
    with pytest.raises(Forbidden):
        pack_parcels([Chosen(parcel.pk)], actor=make_staff(role), now=NOW)
    assert stages(parcel) == ["printed"]


class TestBoard:
    @pytest.fixture
    def orders(self) -> list[Order]:
        return [ready_order() for _order in range(2)]

    def test_what_is_ticked_is_packed_and_what_was_refused_can_be_tried_again(
        self, orders: list[Order], client_of: Callable[..., Client]
    ) -> None:
        good, changed = (printed(order) for order in orders)
        notice = notice_on(orders[1])
        client = client_of("warehouse")
        board = client.get(BOARD, {"tab": "printed"}).content.decode()
        ticked = [f"{parcel.pk}-{Parcel.objects.get(pk=parcel.pk).version}" for parcel in (good, changed)]
        assert all(f'name="parcel" value="{value}"' in board for value in ticked)

        page = client.post(PACK, {"parcel": ticked})

        assert (page.status_code, page.context["packed"], page.context["refused"]) == (200, 1, 1)
        assert "Acknowledge the change first." in page.content.decode()
        assert stages(good, changed) == ["packed", "printed"]
        assert f'name="parcel" value="{changed.pk}"' in page.content.decode()

        notice.acknowledged_by, notice.acknowledged_at = make_staff("warehouse"), NOW
        notice.save()
        again = client.post(PACK, {"parcel": [str(changed.pk)]})

        assert (again.context["packed"], again.context["refused"]) == (1, 0)
        assert stages(changed) == [ParcelStage.PACKED]

    @pytest.mark.parametrize("posted", [{}, {"parcel": ["x", "", "-1", "1-x", "9" * 13]}])
    def test_nothing_ticked_is_said_so(
        self, posted: dict[str, list[str]], client_of: Callable[..., Client]
    ) -> None:
        answer = client_of("warehouse").post(PACK, posted)
        assert "Choose at least one parcel to pack." in answer.content.decode()

    def test_printing_says_of_each_why_it_is_left(
        self, orders: list[Order], client_of: Callable[..., Client]
    ) -> None:
        notice_on(orders[1], stage="planned")
        chosen = [parcel_of(order).pk for order in orders]

        page = client_of("warehouse").post(reverse("warehouse:print"), {"parcel": chosen}, follow=True)

        assert f"P{chosen[1]} is not printed: Order {orders[1].tid} was changed" in page.content.decode()
        assert stages(*Parcel.objects.order_by("pk")) == ["printed", "planned"]
