"""O5: payments told by webhook: signed, once, before their order as well as after it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from orders.imports.rows import OrderRow
from orders.models import Flag, Order, Payment, WaitingPayment
from orders.services.imports.orders import import_orders
from orders.states import Status
from shopdesk.api.models import Sender
from shopdesk.api.services.webhooks import make_sender, revoke_sender
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_staff
from tests.orders.test_races import together

TID = "4327000000000000777"
PAID = {"tid": TID, "payment_no": "Z1", "amount": "505.00", "paid_at": "2026-11-22T11:50:00+08:00"}


class Bank:
    """A sender of payments, and what it signs."""

    def __init__(self) -> None:
        self.manager = make_staff("manager")
        self.sender, self.secret = make_sender("bank", actor=self.manager, now=NOW)

    def tell(
        self, message: Any = PAID, *, seconds: int = 0, body: bytes | None = None, **headers: str
    ) -> Any:
        sent = json.dumps(message).encode()
        timestamp = str(int(NOW.timestamp()) + seconds)
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = hmac.new(key, b"m1." + timestamp.encode() + b"." + sent, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(signed).decode()}"
        given = {"webhook-id": "m1", "webhook-timestamp": timestamp, "webhook-signature": signature} | headers
        with clock.fixed(NOW):
            return Client(headers=given).post(
                "/payments/webhook/", sent if body is None else body, content_type="application/json"
            )


def told_order(**facts: Any) -> None:
    """The order arrives, as a file or a storefront tells it."""
    row = OrderRow(
        row=1, tid=TID, status=Status.WAIT_BUYER_PAY, payment=Decimal("505.00"), post_fee=Decimal("6.00"),
        created=NOW - timedelta(hours=1), buyer_nick="小明",
    )  # fmt: skip
    row = row._replace(**facts)
    import_orders([row], file_name="test", now=NOW)


def standing() -> tuple[str, str, list[tuple[str, str, str]]]:
    order = Order.objects.get(pk=TID)
    payments = Payment.objects.filter(order=order).order_by("payment_no")
    return order.status, str(order.paid_fee), [(p.payment_no, str(p.amount), p.status) for p in payments]


PAID_ONCE = (Status.WAIT_SELLER_SEND_GOODS, "505.00", [("Z1", "505.00", "applied")])


@pytest.mark.django_db
def test_a_signed_payment_pays_its_order_once() -> None:
    bank = Bank()
    make_order(tid=TID)

    first, again = bank.tell(), bank.tell()

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["status"] == "applied"
    assert standing() == PAID_ONCE
    assert AuditEntry.objects.filter(action="payment.recorded", origin="api", actor=None).count() == 1
    assert Sender.objects.get().last_used_at == NOW


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "status"),
    [
        ({"seconds": -301}, 401),
        ({"seconds": 301}, 401),
        ({"seconds": -299}, 200),
        ({"seconds": 299}, 200),
        ({"body": json.dumps(PAID | {"amount": "1.00"}).encode()}, 401),
        ({"webhook_id": "m2"}, 401),
        ({"webhook_timestamp": "now"}, 401),
        ({"webhook_signature": "v1,"}, 401),
        ({"webhook_signature": ""}, 401),
        ({"message": PAID | {"amount": 505}}, 400),
        ({"message": {"tid": TID}}, 400),
        ({"message": PAID | {"amount": "0.00"}}, 422),
        ({"message": PAID | {"paid_at": "2026-11-23T11:50:00+08:00"}}, 422),
    ],
)
def test_what_is_not_signed_just_now_or_no_payment_is_refused(what: dict[str, Any], status: int) -> None:
    bank = Bank()
    make_order(tid=TID)
    given = {name.replace("webhook_", "webhook-"): value for name, value in what.items()}

    answer = bank.tell(**given)

    assert answer.status_code == status
    assert Payment.objects.count() == (status == 200)
    if status != 200:
        assert set(answer.json()) == {"code", "message", "field"}


@pytest.mark.django_db
def test_a_revoked_sender_and_one_with_another_secret_are_refused() -> None:
    bank, other = Bank(), Bank()
    make_order(tid=TID)
    revoke_sender(bank.sender.pk, actor=bank.manager)

    assert bank.tell().status_code == 401
    other.secret, kept = bank.secret, other.secret
    assert other.tell().status_code == 401
    other.secret = kept
    assert other.tell().status_code == 200


@pytest.mark.django_db
def test_a_payment_waits_for_its_order_and_another_amount_is_no_duplicate() -> None:
    bank = Bank()

    waits, again = bank.tell(), bank.tell()
    contradicts = bank.tell(PAID | {"amount": "1.00"})
    assert (waits.status_code, again.status_code, contradicts.status_code) == (202, 202, 409)
    assert waits.json() == {"tid": TID, "payment_no": "Z1", "status": "waiting"}
    told_order()

    assert standing() == PAID_ONCE
    assert not WaitingPayment.objects.exists()
    assert bank.tell().json()["status"] == "applied"
    assert standing() == PAID_ONCE


def _wait_for_order(bank: Bank) -> None:
    bank.tell()
    told_order(status=Status.WAIT_SELLER_SEND_GOODS, paid_fee=Decimal("505.00"), pay_time=NOW)


def _after_file(bank: Bank) -> None:
    told_order(status=Status.WAIT_SELLER_SEND_GOODS, paid_fee=Decimal("505.00"), pay_time=NOW)
    bank.tell()


def _between_files(bank: Bank) -> None:
    told_order()
    bank.tell()
    told_order(status=Status.WAIT_SELLER_SEND_GOODS, paid_fee=Decimal("505.00"), pay_time=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("told", [_wait_for_order, _after_file, _between_files])
def test_files_and_webhooks_tell_one_payment_in_any_order(told: Callable[[Bank], None]) -> None:
    told(Bank())

    assert standing() == PAID_ONCE
    assert not Flag.objects.exists()


@pytest.mark.django_db
def test_parts_that_come_in_another_order_than_they_were_paid_add_up() -> None:
    bank = Bank()
    bank.tell(PAID | {"payment_no": "Z2", "amount": "5.00", "paid_at": "2026-11-22T11:55:00+08:00"})
    told_order()
    bank.tell(PAID | {"payment_no": "Z1", "amount": "500.00"})

    status, paid, payments = standing()
    assert (status, paid) == (Status.WAIT_SELLER_SEND_GOODS, "505.00")
    assert [number for number, *_ in payments] == ["Z1", "Z2"]


@pytest.mark.django_db
def test_what_a_rule_refuses_when_the_order_comes_is_kept_and_flagged() -> None:
    bank = Bank()
    bank.tell(PAID | {"amount": "0.50", "method": "international_card"})

    told_order()

    assert Order.objects.get(pk=TID).paid_fee == 0
    assert WaitingPayment.objects.get().refusal == "O11"
    assert Flag.objects.get(order=TID).addressee == Flag.Addressee.SUPERVISOR


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_here", [True, False])
def test_equal_messages_at_once_and_the_order_with_them_pay_once(is_here: bool) -> None:
    bank = Bank()
    if is_here:
        make_order(tid=TID)
    codes: list[int] = []

    def tell() -> None:
        codes.append(bank.tell().status_code)

    together(*[tell] * 4, *([] if is_here else [told_order]))

    assert set(codes) <= {200, 202}
    assert standing() == PAID_ONCE
    assert not WaitingPayment.objects.exists()
    assert AuditEntry.objects.filter(action="order.paid").count() == 1
