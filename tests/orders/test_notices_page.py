"""O9, F2, F4, T1: the warehouse's page of change notices, and acknowledging."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import ChangeNotice, Flag, Hold, Order, OrderLine, Parcel, Slip
from orders.services.acknowledging import acknowledge_notice
from orders.services.changes.address import AddressChange, change_address
from orders.services.notices import require_acknowledged
from orders.states import ParcelStage
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.parcel_makers import AT_STAGE, hold_line, make_printed_parcel
from tests.orders.refund_scenes import refund
from tests.orders.sku_change_scenes import change, other

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}
ADDRESS = "浙江省 杭州市 西湖区 示例路9号"


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def changed(printed: bool = False) -> ChangeNotice:
    """A notice of a changed colour, the parcel printed or only planned."""
    line = make_line(make_paid_order("公主小肥"))
    hold_line(line)
    if printed:
        make_printed_parcel(line.order)
    notice = change(line, other(line), make_staff("agent", signature="小雨"))
    assert isinstance(notice, ChangeNotice)
    return notice


def acknowledge(notice: ChangeNotice, *, found: bool = True, role: str = "warehouse") -> ChangeNotice:
    return acknowledge_notice(notice.pk, found=found, actor=make_staff(role), now=NOW)


class TestService:
    def test_who_and_when_and_the_order_goes_on(self) -> None:
        notice = acknowledge(changed())

        assert (notice.acknowledged_by.role, notice.acknowledged_at) == ("warehouse", NOW)
        require_acknowledged([notice.order_id])
        assert Flag.objects.get().acknowledged_by == notice.acknowledged_by
        assert AuditEntry.objects.get(action="notice.acknowledged").actor == notice.acknowledged_by

    def test_the_paper_of_a_void_slip_must_be_found(self) -> None:
        notice = changed(printed=True)

        with pytest.raises(DomainError, match="Find the paper") as refusal:
            acknowledge(notice, found=False)

        assert (refusal.value.code, refusal.value.field) == ("F2", "found")
        notice.refresh_from_db()
        assert notice.acknowledged_at is None
        assert Slip.objects.get().found_at is None

    def test_it_is_printed_anew_in_the_same_transaction(self) -> None:
        acknowledge(changed(printed=True))

        parcel = Parcel.objects.get()
        [old, new] = Slip.objects.order_by("version")
        assert (parcel.stage, parcel.slip_version, parcel.batch) == ("printed", 2, new.batch)
        assert (old.found_at, old.void_reason, new.version, new.voided_at) == (NOW, "changed", 2, None)

    def test_what_is_not_ready_any_more_is_planned_again(self) -> None:
        notice = changed(printed=True)
        Hold.objects.filter(released_at=None).update(released_at=NOW, release="expired")

        acknowledge(notice)

        assert Parcel.objects.get().stage == ParcelStage.PLANNED
        assert Slip.objects.count() == 1

    def test_two_changes_are_printed_once_the_second_is_acknowledged(self) -> None:
        first = changed(printed=True)
        order = Order.objects.get(pk=first.order_id)
        asked = AddressChange(ADDRESS, "", "")
        second = change_address(order.pk, asked, version=order.version, actor=make_staff("agent"), now=NOW)

        acknowledge(first)
        assert Slip.objects.count() == 1
        with pytest.raises(Conflict):
            require_acknowledged([order.pk])

        acknowledge(second)
        assert Slip.objects.filter(voided_at=None).get().version == 2

    def test_once_and_by_the_warehouse_only(self) -> None:
        notice = changed()
        for role in ("agent", "manager"):
            with pytest.raises(Forbidden):
                acknowledge(notice, role=role)
        acknowledge(notice, role="supervisor")
        with pytest.raises(Conflict, match="acknowledged this already"):
            acknowledge(notice)


class TestPage:
    def test_what_is_printed_anew_is_one_click_away(self, client_of: ClientOf) -> None:
        notice = changed(printed=True)
        address = f"/warehouse/notices/{notice.pk}/acknowledge/"

        answer = client_of("warehouse").post(address, {"found": "yes"}, headers={"HX-Request": "true"})

        new = Slip.objects.get(voided_at=None)
        text = answer.content.decode()
        assert f'href="/warehouse/batches/{new.batch_id}/"' in text
        assert f"Print the new slip {new.barcode}" in text

    def test_who_changed_what_and_no_price_no_phone(self, client_of: ClientOf) -> None:
        notice = changed(printed=True)
        client = client_of("warehouse")

        for address in ("/warehouse/notices/", f"/orders/{notice.order_id}/"):
            page = client.get(address).content.decode()
            for words in ("白色 / 37", "黑色 / 38", "小雨", "客户拍下白色 / 37"):
                assert words in page, words
            for never in ("¥", "499.00", "505.00", "13800007620", "138****7620"):
                assert never not in page, (address, never)
        assert Slip.objects.get().barcode in client.get("/warehouse/notices/").content.decode()

    def test_a_refund_names_no_amount(self, client_of: ClientOf) -> None:
        line = make_line(make_paid_order())
        make_printed_parcel(line.order)
        refund(line.order)

        for address in ("/warehouse/notices/", f"/orders/{line.order_id}/"):
            page = client_of("warehouse").get(address).content.decode()
            assert "do not send" in page or "waits for the warehouse" in page
            assert "¥" not in page
            assert "505" not in page

    def test_a_plain_post_acknowledges(self, client_of: ClientOf) -> None:
        notice, client = changed(printed=True), client_of("warehouse")
        address = f"/warehouse/notices/{notice.pk}/acknowledge/"

        refused = client.post(address, follow=True)
        assert "Find the paper" in refused.content.decode()

        done = client.post(address, {"found": "yes"}, follow=True)
        assert "No change waits" in done.content.decode()
        assert "found" in client.get("/warehouse/notices/?tab=done").content.decode()

    def test_with_htmx_the_card_says_it(self, client_of: ClientOf) -> None:
        notice, client = changed(printed=True), client_of("supervisor")
        address = f"/warehouse/notices/{notice.pk}/acknowledge/"

        refused = client.post(address, headers=HTMX)
        assert (refused.status_code, refused["HX-Retarget"]) == (422, f"#notice-{notice.pk}-refusal")

        done = client.post(address, {"found": "yes"}, headers=HTMX)
        assert "acknowledged by" in done.content.decode()
        assert 'hx-swap-oob="true">0<' in done.content.decode()
        again = client.post(address, {"found": "yes"}, headers=HTMX)
        assert again.status_code == 409

    def test_a_packed_refund_says_pull_first(self, client_of: ClientOf) -> None:
        line = make_line(make_paid_order())
        parcel = AT_STAGE[ParcelStage.PACKED](line.order)
        refund(line.order)

        page = client_of("warehouse").get("/warehouse/notices/").content.decode()

        assert f"pull P{parcel.pk} first" in page
        assert "/acknowledge/" not in page

    def test_it_costs_the_same_however_long_it_is(self, client_of: ClientOf) -> None:
        client = client_of("warehouse")
        changed(printed=True)

        def statements() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get("/warehouse/notices/").status_code == 200
            return len(captured)

        before = statements()
        for _number in range(6):
            line = make_line(make_paid_order())
            AT_STAGE[ParcelStage.PRINTED](line.order)
            refund(line.order)

        assert statements() == before

    def test_the_agent_sees_on_the_order_that_it_waits(self, client_of: ClientOf) -> None:
        notice = changed()
        client = client_of("agent")

        assert "waits for the warehouse" in client.get(f"/orders/{notice.order_id}/").content.decode()
        acknowledge(notice)
        page = client.get(f"/orders/{notice.order_id}/").content.decode()
        assert "waits for the warehouse" not in page
        assert "The warehouse acknowledged: colour or size" in page


class TestUntouched:
    def test_other_orders_lines_stay(self) -> None:
        changed(printed=True)
        line = make_line(make_paid_order(), price=Decimal("10.00"))

        acknowledge(ChangeNotice.objects.get())

        assert OrderLine.objects.get(pk=line.pk).ordered_properties_name == ""
