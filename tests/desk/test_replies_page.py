"""The page of canned replies, and their box on the pages of an order and of a ticket (T3)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import TicketMessage
from orders.models import Order
from shopdesk.base.models import Staff
from shopdesk.desk.models import CannedReply, SentReply
from tests.afterservice.scenes import make_ticket
from tests.desk.reply_scenes import make_reply, shipped_reply
from tests.factories import make_line, make_order, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

pytestmark = pytest.mark.django_db
PAGE = "/team/replies/"
ClientOf = Callable[..., Client]
TYPED = {"moment": "greeting", "title": "早上好", "text": "亲，{nick}，早上好"}


def text_of(client: Client, address: str, **asked: str) -> str:
    response = client.get(address, asked)
    assert response.status_code == 200
    return response.content.decode()


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        text_of(client, address)
    return len(captured)


def test_replies_are_found_by_moment_text_and_whose_they_are(client_of: ClientOf) -> None:
    client = client_of("agent")
    agent = Staff.objects.get()
    make_reply("亲，欢迎", title="欢迎")
    shipped_reply()
    make_reply("亲，回头见", title="再见", owner=agent, moment="farewell")
    make_reply("别人的", title="别人的", owner=make_staff("agent"))

    everything = text_of(client, PAGE)
    assert all(title in everything for title in ("欢迎", "已发货", "再见"))
    assert "别人的" not in everything
    assert "欢迎" not in text_of(client, PAGE, moment="shipping")
    assert "已发货" in text_of(client, PAGE, q="发货啦")
    assert "已发货" not in text_of(client, PAGE, view="mine")
    assert "No reply is found" in text_of(client, PAGE, q="没有这个")


def test_an_agent_keeps_their_own_and_gets_back_what_was_refused(client_of: ClientOf) -> None:
    client = client_of("agent")

    refused = client.post(f"{PAGE}make/", {**TYPED, "text": "亲，{price}", "shared": "on"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "亲，{price}" in page
    assert "There is no field {price}" in page
    assert "{time_left}" in page
    assert not CannedReply.objects.exists()

    # What is shared by all is not theirs to write.
    assert client.post(f"{PAGE}make/", {**TYPED, "shared": "on"}).status_code == 302
    reply = CannedReply.objects.get()
    assert reply.owner == Staff.objects.get()

    changed = client.post(f"{PAGE}{reply.pk}/change/", {**TYPED, "text": "已发货", "version": 1})
    assert changed.status_code == 422
    assert "tick what it claims (shipped / part shipped / sent after the sale)" in changed.content.decode()
    client.post(f"{PAGE}{reply.pk}/change/", {**TYPED, "text": "已发货", "claims": ["shipped"], "version": 1})
    reply.refresh_from_db()
    assert (reply.text, reply.claims, reply.version) == ("已发货", ["shipped"], 2)
    client.post(f"{PAGE}{reply.pk}/retire/", {"version": 2})
    assert "早上好" in text_of(client, PAGE, view="retired")


def test_what_is_shared_is_read_and_copied(client_of: ClientOf) -> None:
    client = client_of("agent")
    shared = shipped_reply()

    page = text_of(client, PAGE, open=str(shared.pk))
    assert "Only a manager changes what is shared by all" in page
    assert f"{PAGE}{shared.pk}/change/" not in page
    refused = client.post(f"{PAGE}{shared.pk}/retire/", {"version": 1})
    assert refused.status_code == 403
    assert "Only a manager" in refused.content.decode()
    client.post(f"{PAGE}{shared.pk}/copy/")

    assert CannedReply.objects.get(owner__isnull=False).text == shared.text
    manager = client_of("manager")
    assert f"{PAGE}{shared.pk}/change/" in text_of(manager, PAGE, open=str(shared.pk))


def test_a_change_over_anothers_change_is_refused_with_what_was_typed(client_of: ClientOf) -> None:
    client, reply = client_of("manager"), make_reply(version=2)

    refused = client.post(f"{PAGE}{reply.pk}/change/", {**TYPED, "version": 1})

    assert refused.status_code == 409
    assert "Somebody changed this reply" in refused.content.decode()
    assert "亲，{nick}，早上好" in refused.content.decode()


def test_a_reply_is_previewed_against_an_order(client_of: ClientOf) -> None:
    client, reply = client_of("agent"), shipped_reply()
    paid = make_paid_order()
    make_line(paid)

    stopped = text_of(client, PAGE, open=str(reply.pk), sample=paid.tid)
    assert "The order is not shipped." in stopped
    assert "There is no such order" in text_of(client, PAGE, open=str(reply.pk), sample="1")


@pytest.mark.parametrize(
    "asked", [{"open": "²"}, {"open": "9" * 40}, {"sample": "\x00", "open": "1"}, {"moment": "x"}]
)
def test_whatever_stands_in_the_address_is_a_page(client_of: ClientOf, asked: dict[str, str]) -> None:
    assert client_of("agent").get(PAGE, asked).status_code == 200


def test_the_page_asks_the_same_for_however_many(client_of: ClientOf) -> None:
    client = client_of("agent")
    make_reply()
    few = statements(client, PAGE)
    for number in range(30):
        make_reply(title=f"{number}")

    assert statements(client, PAGE) == few <= 4


def order_page(client: Client, order: Order, **asked: str) -> str:
    return text_of(client, f"/orders/{order.tid}/", **asked)


def test_an_order_offers_what_fits_and_tells_what_stops_the_rest(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_paid_order("小草莓")
    make_line(order)
    make_reply("亲，{nick}，收到您的付款啦", "paid", title="付款成功", moment="payment")
    shipped_reply()

    page = order_page(client, order)
    assert 'data-copy="亲，小草莓，收到您的付款啦"' in page
    assert "已发货" not in page
    everything = order_page(client, order, replies="all")
    assert "“shipped”: The order is not shipped." in everything
    # What is stopped can be neither copied nor logged.
    assert everything.count('data-copy="亲，') == 1
    assert everything.count('name="reply"') == 1


def test_the_english_text_stands_beside_the_chinese_one(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_order("小草莓")
    make_line(order)
    make_reply("亲，{nick}", moment="payment", title="您好", title_en="Hello", text_en="Dear {nick}")

    page = order_page(client, order)

    assert "Hello" in page
    assert 'data-copy="Dear 小草莓"' in page


def test_what_a_reply_says_is_text_with_its_lines_and_braces(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_order('<b>"{0}"</b>')
    make_line(order)
    make_reply("亲，{nick}\n</p>&", title="您好")

    page = order_page(client, order)

    said = "亲，&lt;b&gt;&quot;{0}&quot;&lt;/b&gt;"
    assert f"<p>{said}<br>&lt;/p&gt;&amp;</p>" in page
    assert f'data-copy="{said}\n&lt;/p&gt;&amp;"' in page
    assert f'name="text" value="{said}\n&lt;/p&gt;&amp;"' in page


def test_sent_is_logged_on_the_page(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_order("小草莓")
    make_line(order)
    reply = make_reply("亲，{nick}，您好\n在的", title="您好")
    form = {"reply": reply.pk, "language": "zh", "text": "亲，小草莓，您好\r\n在的", "channel": "wangwang"}

    response = client.post(f"{PAGE}order/{order.tid}/sent/", form, follow=True)

    assert "Logged as sent: 您好." in response.content.decode()
    assert "Reply sent: 您好 (Wangwang chat)" in response.content.decode()
    assert SentReply.objects.get().text == "亲，小草莓，您好\n在的"


@pytest.mark.parametrize("htmx", [True, False])
def test_an_order_that_changed_meanwhile_says_why_beside_the_box(client_of: ClientOf, htmx: bool) -> None:
    client, order, reply = client_of("agent"), make_paid_order(), shipped_reply()
    make_line(order)
    headers: dict[str, Any] = {"HTTP_HX_REQUEST": "true"} if htmx else {}
    form = {"reply": reply.pk, "language": "zh", "text": "亲，已经发货啦，中通快递 1", "channel": "wangwang"}

    response = client.post(f"{PAGE}order/{order.tid}/sent/", form, **headers)

    assert response.status_code == 409
    assert "The order is not shipped." in response.content.decode()
    assert response.headers.get("HX-Retarget", "#reply-refusal") == "#reply-refusal"
    assert not SentReply.objects.exists()


def test_a_ticket_has_the_box_too(client_of: ClientOf) -> None:
    client, ticket = client_of("agent"), make_ticket()
    reply = make_reply("亲，{ticket} 收到", moment="return", title="收到")

    page = text_of(client, f"/tickets/{ticket.pk}/")
    assert f'data-copy="亲，{ticket.number} 收到"' in page
    form = {"reply": reply.pk, "language": "zh", "text": f"亲，{ticket.number} 收到", "channel": "phone"}
    client.post(f"{PAGE}ticket/{ticket.pk}/sent/", form)

    assert TicketMessage.objects.get().text == f"亲，{ticket.number} 收到"


def test_the_warehouse_has_no_replies(client_of: ClientOf) -> None:
    client, order = client_of("warehouse"), make_order()
    make_reply("亲，{nick}", title="您好")

    assert 'id="replies"' not in order_page(client, order)
    assert 'id="replies"' not in text_of(client, f"/tickets/{make_ticket().pk}/")
    assert client.get(PAGE).status_code == 403


def test_a_manager_reads_and_logs_nothing(client_of: ClientOf) -> None:
    order = make_order("小草莓")
    make_line(order)
    make_reply("亲，{nick}", title="您好", moment="payment")

    page = order_page(client_of("manager"), order)

    assert 'data-copy="亲，小草莓"' in page
    assert 'name="reply"' not in page


def test_the_picker_gets_no_text_of_what_is_stopped(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_shipped_order("小草莓")
    make_line(order)
    make_shipped_parcel(order, invoice_no="75510000000099")
    shipped_reply(text_en="Shipped: {tracking}", title_en="Shipped")
    make_reply("还没有付款哦，{time_left}", "unpaid", title="催付", moment="chasing")

    answer = client.get(f"{PAGE}order/{order.tid}/").json()["replies"]

    assert [(one["title"], one["language"], one["text"]) for one in answer] == [
        ("Shipped", "", "亲，已经发货啦，中通快递 75510000000099"),
        ("Shipped", "en", "Shipped: 75510000000099"),
        ("催付", "", ""),
    ]
    assert "{time_left}: The order does not wait for payment (O4)." in answer[2]["stops"]
    assert client.get(f"{PAGE}order/1/").status_code == 404
    assert client.get(f"{PAGE}ticket/999999/").status_code == 404


def test_the_box_asks_the_same_for_however_many(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_order("小草莓")
    make_line(order)
    make_reply()
    address = f"/orders/{order.tid}/"
    few = statements(client, address)
    for number in range(20):
        make_reply(title=f"{number}", owner=Staff.objects.get())

    assert statements(client, address) == few
