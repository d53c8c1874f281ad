"""Old orders forget who received them; what is still open, and the audit, stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from orders.models import Note, Order
from orders.services.notes import add_note
from orders.states import Status
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.desk.services.forgetting import PERSONAL, forget_personal_values
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
WHO = {
    "receiver_name": "张三",
    "receiver_address": "上海 浦东新区 1 号",
    "receiver_zip": "200000",
    "receiver_mobile": "13712345678",
    "receiver_phone": "021-1",
    "buyer_message": "请轻放",
    "seller_memo": "老客户",
    "receiver_state": "上海",
}


def ended(days: int, **fields: Any) -> Order:
    moment = NOW - timedelta(days=days)
    fields = (
        {"status": Status.TRADE_FINISHED, "created": moment - timedelta(days=9), "end_time": moment}
        | WHO
        | fields
    )
    return make_order(**fields)


def personal(order: Order) -> set[str]:
    order.refresh_from_db()
    return {name for name in PERSONAL if getattr(order, name)}


def test_only_old_orders_with_nothing_open_forget(settings: Any) -> None:
    settings.PERSONAL_DAYS = 365
    old, young, paid = ended(366), ended(364), ended(366, status=Status.WAIT_SELLER_SEND_GOODS, end_time=None)
    ticketed, asked = ended(366), ended(366)
    make_ticket(order=ticketed)
    common = {
        "rule": "O10",
        "subject_kind": "order",
        "requested_at": NOW,
        "requested_by": make_staff("agent"),
    }
    after = {"address": "北京 2 号", "name": "李四", "province": "北京"}
    for order, status in ((asked, "pending"), (old, "refused")):
        decided = (
            {}
            if status == "pending"
            else {"decided_at": NOW, "decided_by": make_staff("supervisor"), "decision_reason": "不行"}
        )
        Approval.objects.create(
            kind="address_waiver",
            subject_id=order.tid,
            subject_version=1,
            reason="换地址",
            after=after,
            status=status,
            **common,
            **decided,
        )
    add_note(old.tid, "地址改到北京 2 号", actor=make_staff("agent"), now=NOW)
    old.refresh_from_db()
    version = old.version

    assert forget_personal_values(NOW, True).subjects == [old.tid]
    assert forget_personal_values(NOW, False).subjects == [old.tid]

    assert personal(old) == set()
    assert (old.receiver_state, old.version) == ("上海", version + 1)
    assert all(personal(order) == set(PERSONAL) for order in (young, paid, ticketed, asked))
    assert set(Note.objects.filter(order=old).values_list("text", flat=True)) == {"***"}
    kept = {row.subject_id: row.after for row in Approval.objects.all()}
    assert kept[old.tid] == {"address": "***", "name": "***", "province": "北京"}
    assert kept[asked.tid] == after
    entry = AuditEntry.objects.get(action="order.personal_forgotten")
    assert (entry.subject_id, entry.before, entry.after) == (old.tid, {}, {})
    assert forget_personal_values(NOW, False).done == 0


def test_without_the_setting_nothing_is_forgotten(settings: Any) -> None:
    settings.PERSONAL_DAYS = 0
    old = ended(9999)
    assert forget_personal_values(NOW, False).done == 0
    assert personal(old) == set(PERSONAL)


@pytest.mark.parametrize(("text", "allowed"), [("***", True), ("anything else", False)])
def test_the_trigger_lets_words_become_stars_and_nothing_else(text: str, allowed: bool) -> None:
    order = ended(1)
    add_note(order.tid, "原话", actor=make_staff("agent"), now=NOW)
    note = Note.objects.get(order=order)
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.filter(pk=note.pk).update(text="***")
    changed = False
    try:
        with transaction.atomic():
            with transaction.get_connection().cursor() as cursor:
                cursor.execute("SET LOCAL shopdesk.forgetting = 'on'")
            Note.objects.filter(pk=note.pk).update(text=text)
            changed = True
    except DatabaseError:
        pass
    assert changed is allowed
