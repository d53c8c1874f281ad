"""An order's whole life by the API alone leaves what the pages leave: the same rows, the same audit."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Ticket
from afterservice.services.addresses import change_return_address
from orders.api.placing import read_order
from orders.models import ChangeNotice, Order, Parcel, Payment, PlatformTask, Refund, Sku
from orders.services.payments import PaymentMessage, record_payment
from orders.services.placing import place_order
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry, Staff
from tests.api.callers import Caller
from tests.factories import NOW, make_sku, make_staff

TITLE = "小白鞋"
WHITE, BLACK = "颜色分类：白色;尺码：37", "颜色分类：黑色;尺码：37"
PAID_AT = NOW - timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    """Shoes in two colours on the shelf, tariffs, a return address; noon."""
    with clock.fixed(NOW):
        ensure_starting_tariffs()
        for properties in (WHITE, BLACK):
            make_sku(TITLE, properties, stock=9, shelf="A-1")
        change_return_address("浙江省 杭州市 余杭区 文一西路1号", seen=None, actor=make_staff("manager"))
        yield


def _told(tid: str) -> dict[str, Any]:
    return {
        "tid": tid,
        "buyer_nick": f"买家{tid}",
        "status": "WAIT_BUYER_PAY",
        "payment": "505.00",
        "post_fee": "6.00",
        "created": (NOW - timedelta(hours=1)).isoformat(),
        "receiver_name": "张三",
        "receiver_address": "上海 上海市 浦东新区 世纪大道1号",
        "receiver_mobile": "13812345678",
        "orders": [
            {"title": TITLE, "sku_properties_name": WHITE, "price": "499.00", "num": 1, "payment": "499.00"}
        ],
    }


def _by_api(tid: str, black: Sku) -> Ticket:
    api = Caller("supervisor")

    def done(path: str, body: Any = None) -> Any:
        answer = api.post(path, body)
        assert answer.status_code in (200, 201), (path, answer.status_code, answer.content.decode())
        return answer.json()

    assert done("orders/", _told(tid))["outcome"] == "created"
    done(
        f"orders/{tid}/payments/",
        {"payment_no": tid, "amount": "505.00", "paid_at": PAID_AT.isoformat(), "method": "huabei"},
    )
    notice = done(f"orders/{tid}/change-sku/", {"position": 1, "sku_id": black.pk})
    done(f"change-notices/{notice['id']}/acknowledge/", {"found": True})
    [parcel] = api.get(f"orders/{tid}/parcels/").json()["results"]
    parcels = f"orders/{tid}/parcels/{parcel['id']}"
    done(f"{parcels}/print/")
    done(f"{parcels}/pack/")
    shipped = done(f"{parcels}/ship/", {"carrier": "zhongtong", "invoice_no": f"7310{tid[-10:]}"})
    assert shipped["stage"] == "shipped"
    assert done(f"orders/{tid}/finish/")["status"] == "TRADE_FINISHED"
    ticket = done(
        "tickets/",
        {
            "tid": tid,
            "kind": "return",
            "problem": "changed_mind",
            "lines": [{"position": 1}],
            "text": "不喜欢",
        },
    )
    tickets = f"tickets/{ticket['no']}"
    done(f"{tickets}/accept/")
    done(f"{tickets}/resale/")
    done(f"{tickets}/give-address/")
    done(f"{tickets}/return-shipped/", {"carrier": "zhongtong", "invoice_no": f"9{tid[-10:]}"})
    done(f"{tickets}/receive/")
    done(f"{tickets}/inspect/", {"result": "pass", "found": "完好"})
    asked = api.post(f"{tickets}/settle/", {"way": "refund", "reason": "退货"})
    assert asked.status_code == 409
    assert "499.00" in asked.json()["message"]
    settled = done(f"{tickets}/settle/", {"way": "refund", "reason": "退货", "seen": "499.00"})
    assert settled["money"] == "due"
    return Ticket.objects.get(order=tid)


def _by_pages(tid: str, black: Sku) -> Ticket:
    staff: Staff = make_staff("supervisor")
    client = Client()
    client.force_login(staff)
    row, items = read_order(_told(tid))
    place_order(row, items, actor=staff)
    assert row.payment is not None
    message = PaymentMessage(tid, row.payment, PAID_AT, Payment.Method.HUABEI)
    record_payment(tid, message, actor=staff)

    def send(name: str, subject: Any, *, status: int = 302, **data: Any) -> None:
        args = [] if subject is None else [subject]
        answer = client.post(reverse(name, args=args), data)
        assert answer.status_code == status, (name, answer.status_code)

    def version() -> int:
        return Order.objects.get(pk=tid).version

    send("orders:change-sku", tid, choice=f"1-{black.pk}", terms="keep", version=version())
    notice = ChangeNotice.objects.get(order=tid)
    send("notices:notice-acknowledge", notice.pk, found="yes")
    parcel = Parcel.objects.get(order=tid)
    for step, data in (
        ("print", {}),
        ("pack", {}),
        ("ship", {"carrier": "zhongtong", "invoice_no": f"7310{tid[-10:]}"}),
    ):
        parcel.refresh_from_db()
        send(f"warehouse:parcel-{step}", parcel.pk, version=parcel.version, **data)
    send("orders:finish", tid, version=version())
    send(
        "tickets:open-save", tid,
        kind="return", problem="changed_mind", line_1="on", num_1=1, text="不喜欢", channel="wangwang",
    )  # fmt: skip
    ticket = Ticket.objects.get(order=tid)
    back = f"9{tid[-10:]}"
    for name, data in (
        ("accept", {}),
        ("resale", {}),
        ("give-address", {}),
        ("return-shipped", {"carrier": "zhongtong", "invoice_no": back}),
    ):
        ticket.refresh_from_db()
        send(f"tickets:{name}", ticket.pk, version=ticket.version, **data)
    send("returns:return-scan", None, status=200, text=back)  # a scan is answered in place
    ticket.refresh_from_db()
    send("returns:inspect", ticket.pk, version=ticket.version, result="pass", found="完好")
    ticket.refresh_from_db()
    send("tickets:pay-back", ticket.pk, version=ticket.version, goods="on", reason="退货", seen="499.00")
    ticket.refresh_from_db()
    return ticket


def _facts(first: int) -> list[tuple[str, list[str], list[str]]]:
    entries = AuditEntry.objects.filter(pk__gt=first).exclude(subject_kind="token").order_by("pk")
    return [(entry.action, sorted(entry.before), sorted(entry.after)) for entry in entries]


def _rows(ticket: Ticket) -> dict[str, Any]:
    order = ticket.order
    return {
        "order": (order.status, order.version, order.seller_flag, order.payment, order.paid_fee),
        "ticket": (
            ticket.case,
            ticket.decision,
            ticket.goods,
            ticket.money,
            ticket.version,
            ticket.settlement,
        ),
        "parcels": list(Parcel.objects.filter(order=order).values_list("stage", "carrier", "version")),
        "refunds": list(Refund.objects.filter(order=order).values_list("status", "goods_fee", "post_fee")),
        "tasks": sorted(PlatformTask.objects.filter(order=order).values_list("kind", "amount")),
        "notes": [note.text for note in order.notes.order_by("pk")],
    }


def test_by_the_api_as_by_the_pages() -> None:
    black = Sku.objects.get(sku_properties_name=BLACK)
    last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    by_pages = _by_pages("4327000000000000001", black)
    between = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    pages = _facts(last)

    by_api = _by_api("4327000000000000002", black)

    assert _facts(between) == pages
    assert _rows(by_api) == _rows(by_pages)
    origins = set(AuditEntry.objects.filter(pk__gt=between).values_list("origin", flat=True))
    assert origins - {"shell"} == {"api"}
