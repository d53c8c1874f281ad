"""T5: a save over somebody else's change is refused with both versions, and can be taken over."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import AcceptCondition
from orders.models import Flag, Order
from orders.services.flags import FlagRequest, set_flag
from orders.services.notes import add_note
from shipping.models import TariffRow
from shipping.services import TariffChange, change_tariff, ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import Staff
from tests.afterservice.requests import make_condition
from tests.factories import make_order

TID = "4327000000000005502"
HTMX = {"HX-Request": "true"}
FLAG = {"seller_flag": "4", "label": "已留", "text": "大衣已留", "form": "", "addressee": "", "until": ""}


@pytest.fixture
def other(staff: Callable[..., Staff]) -> Staff:
    return staff("supervisor", signature="老王")


def resend_of(page: str) -> str:
    found = re.search(r'name="resend" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_flag_over_anothers(
    client_of: Callable[..., Client], other: Staff, headers: dict[str, str]
) -> None:
    make_order(tid=TID)
    client, shown = client_of("agent"), clock.now()
    red = FlagRequest(
        1,
        label="换承运",
        text="客户要顺丰",
        addressee=Flag.Addressee.WAREHOUSE,
        until=shown + timedelta(hours=3),
    )
    set_flag(TID, red, actor=other)

    refused = client.post(
        reverse("orders:flag", args=[TID]),
        FLAG | {"seen_flag": ""},
        headers=headers | {"X-Shown-At": shown.isoformat()},
    )
    page = refused.content.decode()
    assert refused.status_code == 409
    sides = re.findall(r'<th scope="row">([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td>', page)
    assert ("Why, in a word or two", "已留", "换承运") in sides
    assert "老王" in page  # who
    assert "大衣已留" in page  # nothing typed is lost
    assert Flag.objects.get(ended_at=None).label == "换承运"

    # Taken over, by a form of its own that needs no script.
    done = client.post(reverse("orders:flag", args=[TID]), {"resend": resend_of(page)})
    assert done.status_code == 302
    assert Flag.objects.get(ended_at=None).label == "已留"


def test_what_is_resent_is_refused_again_where_it_changed_again(
    client_of: Callable[..., Client], other: Staff
) -> None:
    order = make_order(tid=TID)
    client = client_of("agent")
    close = {
        "version": order.version,
        "channel": "wangwang",
        "agreed_at": "2026-11-22T11:00",
        "remark": "不要了",
    }
    Order.objects.update(version=order.version + 1)
    address = reverse("orders:close", args=[TID])
    first = client.post(address, close, headers=HTMX)
    Order.objects.update(version=order.version + 2)
    second = client.post(address, {"resend": resend_of(first.content.decode())}, headers=HTMX)
    assert (first.status_code, second.status_code) == (409, 409)
    assert "不要了" in second.content.decode()
    assert Order.objects.get().version == order.version + 2


def test_only_what_came_after_the_page_was_shown_is_told(
    client_of: Callable[..., Client], other: Staff
) -> None:
    order = make_order(tid=TID)
    add_note(TID, "早先的备注", actor=other, now=clock.now() - timedelta(hours=2))
    add_note(TID, "刚写的备注", actor=other)
    Order.objects.update(version=order.version + 1)
    refused = client_of("agent").post(
        reverse("orders:close", args=[TID]),
        {"version": order.version, "channel": "wangwang", "agreed_at": "2026-11-22T11:00"},
        headers=HTMX | {"X-Shown-At": (clock.now() - timedelta(minutes=1)).isoformat()},
    )
    page = refused.content.decode()
    assert "刚写的备注" in page
    assert "早先的备注" not in page


def test_a_tariff_without_htmx(client_of: Callable[..., Client], staff: Callable[..., Staff]) -> None:
    ensure_starting_tariffs()
    row = TariffRow.objects.get(carrier="zhongtong", province="江苏")
    change = TariffChange("zhongtong", "江苏", Decimal(1), Decimal(7), Decimal(1), Decimal(3))
    change_tariff(change, actor=staff("manager", signature="老板娘"), seen=row.pk)
    client = client_of("manager")
    typed = {"first_kg": "1", "first_fee": "8.50", "step_kg": "1", "extra_fee": "3", "seen": row.pk}
    address = reverse("tariff-change", args=["zhongtong", "江苏"])
    refused = client.post(address, typed)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert re.search(r"<td>8\.50</td><td>7(\.00)?</td>", page)
    assert "老板娘" in page
    client.post(address, {"resend": resend_of(page)})
    assert TariffRow.objects.order_by("-pk")[0].first_fee == Decimal("8.50")


def test_a_condition(client_of: Callable[..., Client]) -> None:
    row = make_condition()
    AcceptCondition.objects.filter(pk=row.pk).update(version=row.version + 1, name="新名字")
    typed = {"version": row.version, "name": "我的名字", "kind": row.kind, "amount_up_to": "50"}
    refused = client_of("manager").post(reverse("tickets:condition-change", args=[row.pk]), typed)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "<td>我的名字</td><td>新名字</td>" in page


def test_a_form_that_came_after_the_session_leads_back_to_its_page(client: Client, db: None) -> None:
    page = f"http://testserver/orders/{TID}/"
    answer = client.post(reverse("orders:notes", args=[TID]), {"text": "x"}, headers={"Referer": page})
    assert answer["Location"] == f"/sign-in/?next=/orders/{TID}/"
    elsewhere = client.post(
        reverse("orders:notes", args=[TID]), headers={"Referer": "https://evil.example/x"}
    )
    assert elsewhere["Location"] == "/sign-in/?next=/"
