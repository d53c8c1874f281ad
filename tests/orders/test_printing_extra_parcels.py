"""F1–F3, A7: what is sent after the sale is printed as any parcel, and slips, files and pages say what it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from orders.models import Hold, PrintBatch
from orders.selectors.batches import read_batch
from orders.selectors.warehouse import Tab, parcels_in_order, read_board
from orders.services.parcels.labels import HEADER, take_label_file
from orders.services.parcels.printing import print_anew, print_batch, print_parcels
from orders.services.parcels.scanning import Scan, scan
from shopdesk.base.errors import Conflict
from tests.factories import NOW, make_staff
from tests.orders.after_sale_scenes import exchange_parcel, finished_order, held, printed_extra, sent_order
from tests.orders.parcel_scenes import NUMBER, notice_on, ready_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]


class TestPrinted:
    def test_the_hourly_batch_takes_it(self) -> None:
        parcel = exchange_parcel(sent_order())

        assert print_batch(NOW, True).subjects == [f"P{parcel.pk}"]
        assert print_batch(NOW, False).subjects == [f"P{parcel.pk}"]

        parcel.refresh_from_db()
        assert (parcel.stage, parcel.slip_version) == ("printed", 1)

    def test_not_when_what_was_held_was_let_go_of(self) -> None:
        parcel = exchange_parcel(sent_order())
        hold = Hold.objects.get()
        Hold.objects.filter(pk=hold.pk).update(released_at=NOW, release="cancelled")

        assert print_batch(NOW, False).subjects == []
        with pytest.raises(Conflict) as refused:
            print_parcels([parcel.pk], actor=make_staff("warehouse"), now=NOW)

        assert refused.value.code == "F5"

    def test_not_while_a_change_of_its_order_waits(self) -> None:
        order = sent_order()
        parcel = exchange_parcel(order)
        notice_on(order)

        assert print_batch(NOW, False).subjects == []
        with pytest.raises(Conflict) as refused:
            print_parcels([parcel.pk], actor=make_staff("warehouse"), now=NOW)

        assert refused.value.code == "O9"

    @pytest.mark.parametrize(
        ("purpose", "word", "goods", "place"),
        [
            ("exchange", "换货", "白色 / 38", "B-2-1"),
            ("resend", "补发", "白色 / 37", ""),
            ("sent_back", "退回", "白色 / 37", "退货区"),
        ],
    )
    def test_the_slip_names_purpose_and_goods(
        self, client_of: ClientOf, purpose: str, word: str, goods: str, place: str
    ) -> None:
        order = finished_order()
        parcel = printed_extra(exchange_parcel(order, purpose=purpose))

        page = client_of("warehouse").get(reverse("warehouse:batch", args=[parcel.batch_id])).content.decode()

        slip = page.split('class="slip"')[1]
        assert f'<b class="tag">{word}</b>' in slip
        assert goods in slip
        assert order.tid in slip
        assert f'<td class="slip-shelf">{place}</td>' in slip
        sheets = read_batch(parcel.batch_id or 0)
        assert sheets is not None
        [pick] = sheets.picks
        assert (pick.num, pick.shelf, pick.parcels) == (1, place, [(parcel.pk, 1)])
        for hidden in ("499.00", "505.00", "13800007620", "¥"):
            assert hidden not in page

    def test_a_resend_is_taken_from_what_is_held_where_something_is(self) -> None:
        order = finished_order()
        parcel = printed_extra(exchange_parcel(order, held(order), purpose="resend"))
        sheets = read_batch(parcel.batch_id or 0)
        assert sheets is not None
        assert [(pick.code, pick.shelf) for pick in sheets.picks] == [("XBX-38", "B-2-1")]

    def test_slips_of_both_kinds_by_a_constant_number_of_statements(
        self, django_assert_num_queries: Any
    ) -> None:
        for number in range(3):
            ready_order()
            exchange_parcel(sent_order(nick=f"买家{number}"), None, purpose="sent_back")
        batch = print_batch(NOW, False)
        assert batch.done == 6
        number = PrintBatch.objects.latest("pk").pk
        with django_assert_num_queries(6):
            sheets = read_batch(number)
        assert sheets is not None
        assert len(sheets.sheets) == 6

    def test_the_carriers_file_has_it(self) -> None:
        order = finished_order()
        parcel = printed_extra(exchange_parcel(order))

        [row] = take_label_file(parcel.batch_id or 0, kind="csv", actor=make_staff("warehouse"), now=NOW)

        said = dict(zip(HEADER, row, strict=True))
        assert (said["包裹号"], said["订单号"], said["件数"], said["备注"]) == (
            f"P{parcel.pk}",
            order.tid,
            1,
            "换货",
        )
        assert said["物品"] == "小白鞋 颜色分类：白色;尺码：38 ×1"
        assert said["手机"] == "13800007620"

    def test_a_lost_slip_is_printed_anew_and_the_old_one_stops(self) -> None:
        parcel = printed_extra(exchange_parcel(sent_order()))
        actor = make_staff("warehouse", signature="阿强")

        print_anew(parcel.pk, actor=actor, now=NOW)

        with pytest.raises(Conflict) as stopped:
            scan(Scan(f"P{parcel.pk}-1"), actor=actor, now=NOW)
        assert (stopped.value.code, f"P{parcel.pk}-2" in str(stopped.value.message)) == ("F3", True)
        assert scan(Scan(f"P{parcel.pk}-2"), actor=actor, now=NOW).next_parcel is not None


class TestPages:
    def test_the_board_the_parcel_and_the_order_show_it(self, client_of: ClientOf) -> None:
        order = finished_order()
        parcel = exchange_parcel(order)
        client = client_of("warehouse")

        board = client.get(reverse("warehouse:board")).content.decode()
        page = client.get(reverse("warehouse:parcel", args=[parcel.pk])).content.decode()
        of_order = client.get(f"/orders/{order.tid}/").content.decode()

        assert f"P{parcel.pk}" in board
        assert "白色 / 38" in board
        for shown in (board, page, of_order):
            assert "exchange</span>" in shown
        assert "B-2-1" in page
        assert "not yet" not in page
        assert f"P{parcel.pk}" in of_order
        assert [(found.pk, pieces) for found, pieces in parcels_in_order(order.tid)][-1] == (parcel.pk, 1)
        assert "planned: exchange" in of_order

    def test_it_is_printed_and_shipped_by_hand(self, client_of: ClientOf) -> None:
        order = finished_order()
        parcel = exchange_parcel(order)
        client = client_of("warehouse")

        client.post(reverse("warehouse:parcel-print", args=[parcel.pk]))
        client.post(reverse("warehouse:parcel-pack", args=[parcel.pk]), {"version": 2})
        client.post(
            reverse("warehouse:parcel-ship", args=[parcel.pk]), {"carrier": "zhongtong", "invoice_no": NUMBER}
        )

        parcel.refresh_from_db()
        assert (parcel.stage, parcel.invoice_no) == ("shipped", NUMBER)

    def test_in_chinese(self, client_of: ClientOf) -> None:
        parcel = exchange_parcel(finished_order())
        client = client_of("warehouse", language="zh-hans")
        with override("en"):  # what the page is written in ends with it
            page = client.get(reverse("warehouse:parcel", args=[parcel.pk])).content.decode()
        assert "换货" in page

    def test_the_board_with_many_of_them_by_a_constant_number_of_statements(
        self, django_assert_num_queries: Any
    ) -> None:
        for number in range(4):
            exchange_parcel(sent_order(nick=f"买家{number}"), purpose="sent_back")
            ready_order()
        staff = make_staff("warehouse")
        with django_assert_num_queries(5):
            board = read_board(Tab.TO_PRINT, staff=staff, now=NOW)
        assert len(board.rows) == 8
