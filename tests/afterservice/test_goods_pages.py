"""The goods box, the money box, and the warehouse's returns: what is shown, what the forms do, to whom."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Clock, Evidence, ReturnAddress, Ticket, UnmatchedReturn
from afterservice.services import exchanging, returning
from afterservice.states import Case, Goods, Money
from orders.models import Refund
from shopdesk.base import clock
from shopdesk.base.models import Approval
from tests.afterservice.goods_scenes import (
    ADDRESS,
    RETURN_NO,
    SHOE,
    WANTED,
    accepted,
    awaited,
    d,
    exchange,
    failed,
    keep_address,
    kept,
    link,
    now_of,
    passed,
    photo,
    received,
    sent,
    sent_order,
    sign,
    style_exchange,
)
from tests.factories import NOW, make_sku, make_staff

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def at_noon(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with clock.fixed(NOW):
        yield


def page(client: Client, ticket: Ticket) -> str:
    answer = client.get(reverse("tickets:detail", args=[ticket.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, name: str, ticket: Ticket, *, htmx: bool = False, **data: Any) -> Any:
    data = {"version": now_of(ticket).version} | data
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse(f"tickets:{name}", args=[ticket.pk]), data, headers=headers)


def test_an_exchange_is_worked_on_the_page_without_scripts(client_of: ClientOf) -> None:
    # given an accepted exchange
    client = client_of("agent")
    ticket, wanted = exchange()
    keep_address()
    assert 'class="next" aria-current="step"' in page(client, ticket)

    # when each form is sent in its turn
    steps: list[tuple[str, dict[str, Any]]] = [
        ("resale", {}),
        ("target", {"choice": f"{ticket.lines.get().line_id}-{wanted.pk}"}),
        ("hold", {}),
    ]
    for name, data in steps:
        assert act(client, name, ticket, **data).status_code == 302, name
    sign(ticket)
    assert act(client, "postage", ticket, postage="12").status_code == 302
    assert "¥12.00 of postage to be paid" in page(client, ticket)
    paying = link("12.00", str(ticket.buyer_id))
    for name, data in [
        ("links", {"purpose": "postage", "links": [paying.tid]}),
        ("give-address", {}),
        ("return-shipped", {"carrier": "yuantong", "invoice_no": RETURN_NO}),
    ]:
        assert act(client, name, ticket, **data).status_code == 302, name

    # then the goods are awaited under their number
    ticket = now_of(ticket)
    assert (ticket.goods, ticket.return_invoice_no) == (Goods.SENT, RETURN_NO)
    assert RETURN_NO in page(client, ticket)


def test_the_address_of_a_style_exchange_is_not_on_the_page_before_the_difference_is_paid(
    client_of: ClientOf,
) -> None:
    client, agent = client_of("agent"), make_staff("agent")
    keep_address()
    ticket, new = style_exchange("520.00")
    assert ADDRESS not in page(client, ticket)
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    exchanging.tell_exception(ticket.pk, actor=agent, now=NOW)
    assert act(client, "tie", ticket, tid=new.tid).status_code == 302
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    sign(ticket)

    assert ADDRESS not in page(client, ticket)
    refused = act(client, "give-address", ticket)

    assert refused.status_code == 422
    assert ADDRESS not in refused.content.decode()
    assert "A8" in refused.content.decode()
    paying = link("21.00", "换款的人")
    act(client, "links", ticket, purpose="difference", links=[paying.tid])
    assert ADDRESS in page(client, ticket)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refusal_stands_beside_its_form_with_what_was_typed(client_of: ClientOf, htmx: bool) -> None:
    client = client_of("agent")
    ticket = awaited(accepted())

    answer = act(client, "return-shipped", ticket, htmx=htmx, invoice_no="12 !")

    assert answer.status_code == 422
    body = answer.content.decode()
    assert "6 to 32 letters and digits" in body
    if htmx:
        assert answer["HX-Retarget"] == "#return-refusal"
    else:
        assert 'value="12 !"' in body
    assert now_of(ticket).goods == Goods.AWAITED


def test_every_action_refuses_an_older_page(client_of: ClientOf) -> None:
    client = client_of("supervisor")
    ticket = accepted()
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    data = {
        "version": ticket.version + 7,
        "choice": "accept",
        "reason": "x",
        "postage": "1",
        "purpose": "postage",
        "links": ["1"],
        "tid": "1",
        "invoice_no": RETURN_NO,
        "way": "exchanged",
        "place": "shop",
        "at": "2026-12-01T10:00",
        "remark": "x",
        "satisfaction": "5",
        "seen": "1.00",
        "goods": "1",
    }

    for name in (
        "resale", "exception", "tie", "hold", "postage", "give-address", "return-shipped", "failed", "send",
        "confirm", "repair", "visit", "visited", "repaired", "done", "followed-up", "close-refused", "pay-back",
        "pay-back-preview",
    ):  # fmt: skip
        answer = client.post(reverse(f"tickets:{name}", args=[ticket.pk]), data)
        assert answer.status_code == 409, name
        assert ">T5</span>" in answer.content.decode(), name
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before


@pytest.mark.parametrize("htmx", [False, True])
def test_money_is_shown_with_its_rules_and_paid_as_shown(client_of: ClientOf, htmx: bool) -> None:
    # given a return for a flaw that passed
    client = client_of("agent")
    ticket = passed(accepted(sent_order("100.00"), problem="flawed"))
    line = ticket.lines.get().line_id
    assert "charged ¥100.00, left of the line ¥100.00" in page(client, ticket)
    typed = {"goods": "1", f"amount-{line}": "80", "return_postage": "12", "reason": "有瑕疵"}

    # when it is looked at
    shown = act(client, "pay-back-preview", ticket, htmx=htmx, **typed)

    # then each figure names its rule, and nothing is written
    assert shown.status_code == 200
    body = shown.content.decode()
    for words in ("¥80.00", "¥6.00", "¥12.00", "¥98.00", "A9", "A3", 'name="seen" value="98.00"'):
        assert words in body, words
    assert not Refund.objects.exists()

    # when it is paid as shown
    answer = act(client, "pay-back", ticket, htmx=htmx, seen="98.00", **typed)

    assert answer.status_code == (200 if htmx else 302)
    ticket = now_of(ticket)
    assert (ticket.refund.total, ticket.owed, ticket.money) == (d("86.00"), d("12.00"), Money.DUE)
    assert "¥86.00" in page(client, ticket)


def test_another_sum_than_was_shown_is_a_conflict_that_keeps_what_was_typed(client_of: ClientOf) -> None:
    client = client_of("agent")
    ticket = passed(accepted(sent_order("100.00")))

    answer = act(client, "pay-back", ticket, goods="1", seen="99.00", reason="不合适")

    assert answer.status_code == 409
    body = answer.content.decode()
    assert "It comes to ¥100.00 now, not to ¥99.00" in body
    assert 'value="不合适"' in body
    assert not Refund.objects.exists()


def test_the_preview_says_that_a_supervisor_is_asked(client_of: ClientOf) -> None:
    ticket = passed(accepted(sent_order("300.00")))
    typed = {"goods": "1", "reason": "不合适"}
    agent = client_of("agent")

    asks = act(agent, "pay-back-preview", ticket, **typed).content.decode()
    boss = act(client_of("supervisor"), "pay-back-preview", ticket, **typed).content.decode()
    act(agent, "pay-back", ticket, seen="300.00", **typed)

    assert "above ¥200.00: a supervisor is asked first" in asks
    assert "a supervisor is asked first" not in boss
    assert Approval.objects.get().amount == d("300.00")
    assert "A supervisor is asked about ¥300.00" in page(agent, ticket)
    inbox = client_of("supervisor").get(reverse("approvals")).content.decode()
    assert "Refund above the limit" in inbox
    assert "¥300.00" in inbox


def test_a_refund_after_an_exchange_of_style_names_who_agreed(client_of: ClientOf) -> None:
    ticket, _new = style_exchange()
    Ticket.objects.filter(pk=ticket.pk).update(
        goods=Goods.PASSED, agreed_by=make_staff("agent", signature="小雨")
    )

    shown = act(client_of("supervisor"), "pay-back-preview", ticket, goods="1", reason="要退款")

    assert "小雨 agreed to this exchange of style" in shown.content.decode()


def test_what_a_new_style_costs_less_is_proposed(client_of: ClientOf) -> None:
    agent = make_staff("agent")
    ticket, new = style_exchange("430.00")
    exchanging.tie_order(ticket.pk, new.tid, actor=agent, now=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(goods=Goods.PASSED)
    client = client_of("agent")

    shown = page(client, ticket)
    assert "The new style costs ¥69.00 less" in shown
    assert 'name="goods" value="1" checked' not in shown
    preview = act(client, "pay-back-preview", ticket, htmx=True, reason="差价").content.decode()
    assert "the new style costs less than what came back" in preview
    assert "Pay back ¥69.00" in preview
    act(client, "pay-back", ticket, reason="差价", seen="69.00")

    assert (Refund.objects.get().total, now_of(ticket).settlement) == (d("69.00"), "")
    new.refresh_from_db()
    assert new.tied


@pytest.mark.parametrize(
    ("carrier", "number", "words"),
    [
        ("yuantong", "SF1234567890123", "looks like a number of 顺丰速运, not of 圆通速递"),
        ("yuantong", "YT12345", "does not look like a number of 圆通速递"),
        ("yuantong", RETURN_NO, ""),
        ("debangkuaidi", "DPK123456", ""),
        ("", "SF1234567890123", ""),
    ],
)
def test_a_return_number_that_is_none_of_the_carriers_warns_and_is_kept(
    client_of: ClientOf, carrier: str, number: str, words: str
) -> None:
    client = client_of("agent")
    ticket = awaited(accepted())

    told = act(client, "return-shipped", ticket, htmx=True, carrier=carrier, invoice_no=number)

    body = told.content.decode()
    assert (told.status_code, now_of(ticket).return_invoice_no) == (200, number)
    assert ("unusual number" in body) == bool(words)
    assert f"The number is noted. {number} {words}" in body if words else "The number is noted.<" in body


def test_the_warehouse_sees_goods_and_no_money(client_of: ClientOf) -> None:
    ticket, wanted = exchange()
    ticket = kept(ticket, wanted)
    Ticket.objects.filter(pk=ticket.pk).update(postage_due=d("12.00"), goods=Goods.PASSED)
    client = client_of("warehouse")

    body = page(client, ticket)

    assert "Goods inspected" in body
    assert "¥" not in body
    assert ADDRESS not in body
    assert "ticket-money" not in body


def test_failed_goods_are_decided_on_the_page(client_of: ClientOf) -> None:
    ticket = failed(accepted(sent_order("300.00")))
    line = ticket.lines.get().line_id
    boss = client_of("supervisor")
    assert "A supervisor decides" in page(client_of("agent"), ticket)
    assert "有污渍" in page(boss, ticket)
    assert act(boss, "failed", ticket, choice="accept", reason="").status_code == 422

    # a part refund is decided with the money
    typed = {f"amount-{line}": "250", "reason": "有污渍，部分退款"}
    answer = act(boss, "pay-back", ticket, seen="250.00", **typed)

    assert answer.status_code == 302
    ticket = now_of(ticket)
    assert (ticket.goods, ticket.money, ticket.refund.total) == (Goods.TAKEN, Money.DUE, d("250.00"))


def test_a_ticket_is_followed_up_on_the_page(client_of: ClientOf) -> None:
    client = client_of("agent")
    ticket = accepted(kind="bad_review")
    assert act(client, "done", ticket, remark="客户改好评").status_code == 302
    assert "Follow-up" in page(client, ticket)

    act(client, "followed-up", ticket, satisfaction="4", remark="")

    ticket = now_of(ticket)
    assert (ticket.case, ticket.satisfaction, ticket.remark) == (Case.CLOSED, 4, "客户改好评")
    assert "Satisfaction 4 of 5" in page(client, ticket)


def test_repairs_on_the_page(client_of: ClientOf) -> None:
    client = client_of("agent")
    ticket = accepted(kind="repair", problem="flawed")
    for name, data in [
        ("repair", {"place": "on_site"}),
        ("visit", {"at": "2026-11-24T10:00"}),
        ("visited", {}),
        ("repaired", {}),
    ]:
        page(client, ticket)
        assert act(client, name, ticket, **data).status_code == 302, name

    assert now_of(ticket).settlement == "repaired"


# The warehouse's returns.


def returns(client: Client, tab: str = "", **headers: str) -> str:
    answer = client.get(reverse("returns:returns") + (f"?tab={tab}" if tab else ""))
    assert answer.status_code == 200
    return answer.content.decode()


def test_scan_inspect_and_done_on_a_phone(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    ticket = sent(accepted())
    assert ticket.number in returns(client, "awaited")

    # when it is scanned
    scanned = client.post(reverse("returns:return-scan"), {"text": RETURN_NO}, headers={"HX-Request": "true"})

    # then the answer is large, and leads to the inspection
    body = scanned.content.decode()
    assert 'data-signal="go"' in body
    assert reverse("returns:inspection", args=[ticket.pk]) in body
    form = client.get(reverse("returns:inspection", args=[ticket.pk])).content.decode()
    assert 'capture="environment"' in form
    assert "¥" not in form
    assert "13800007620" not in form
    assert ticket.number in returns(client)

    # when it fails with two photos
    data = {
        "version": now_of(ticket).version,
        "result": "fail",
        "found": "鞋底脏",
        "photos": [photo(), photo("b.png")],
    }
    done = client.post(reverse("returns:inspect", args=[ticket.pk]), data)

    assert done.status_code == 302
    assert now_of(ticket).goods == Goods.FAILED
    assert Evidence.objects.filter(ticket=ticket, stage="inspection").count() == 2
    assert ticket.number in returns(client, "failed")


def test_an_inspection_without_its_photo_is_refused_with_what_was_typed(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    ticket = received(accepted())

    answer = client.post(
        reverse("returns:inspect", args=[ticket.pk]),
        {"version": now_of(ticket).version, "result": "fail", "found": "鞋底脏"},
    )

    assert answer.status_code == 422
    body = answer.content.decode()
    assert "take at least one photo" in body
    assert ">鞋底脏</textarea>" in body
    assert now_of(ticket).goods == Goods.RECEIVED


@pytest.mark.parametrize("htmx", [False, True])
def test_an_unknown_number_stops_and_may_be_put_on_the_list(client_of: ClientOf, htmx: bool) -> None:
    client = client_of("warehouse")
    headers = {"HX-Request": "true"} if htmx else {}

    stop = client.post(reverse("returns:return-scan"), {"text": "sf 1234567"}, headers=headers)

    assert stop.status_code == 422
    body = stop.content.decode()
    assert 'data-signal="stop"' in body
    assert 'name="text" value="SF1234567"' in body
    listed = client.post(reverse("returns:put-on-list"), {"text": "SF1234567", "note": "一双白鞋"})
    assert listed.status_code == 302
    assert "一双白鞋" in returns(client, "unmatched")
    ticket = awaited(accepted())
    row = UnmatchedReturn.objects.get()
    client.post(reverse("returns:match-return", args=[row.pk]), {"ticket": f"T{ticket.pk}"})
    assert now_of(ticket).goods == Goods.RECEIVED


@pytest.mark.parametrize("text", ["", "x" * 300, "T999999999", "\x00", "😀"])
def test_any_scan_is_answered(client_of: ClientOf, text: str) -> None:
    answer = client_of("warehouse").post(reverse("returns:return-scan"), {"text": text})

    assert answer.status_code in (409, 422)


def test_the_page_of_returns_has_a_constant_number_of_statements(
    client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    client = client_of("warehouse")
    received(accepted())
    returns(client)
    with django_assert_num_queries(4):  # person, counts, page, goods
        returns(client)
    for number in range(3):
        received(accepted(sent_order(nick=f"买家{number}")), number=f"YT7777770{number}")
    with django_assert_num_queries(4):
        returns(client)


def test_the_ticket_page_has_a_bounded_number_of_statements(
    client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of("agent")
    ticket, wanted = exchange()
    for size in range(39, 45):
        make_sku(SHOE, f"颜色分类：白色;尺码：{size}", stock=1)
    kept(ticket, wanted)
    page(client, ticket)

    with django_assert_max_num_queries(46):
        body = page(client, ticket)

    assert WANTED.rpartition("：")[2] in body


def test_managers_keep_the_return_address_and_agents_read_it(client_of: ClientOf) -> None:
    manager, agent = client_of("manager"), client_of("agent")
    address = reverse("tickets:return-address-change")

    assert manager.post(address, {"text": ADDRESS, "seen": ""}).status_code == 302
    again = manager.post(address, {"text": "别处", "seen": ""})

    assert again.status_code == 409
    assert ">别处</textarea>" in again.content.decode()
    body = agent.get(reverse("tickets:return-address")).content.decode()
    assert ADDRESS in body
    assert "<textarea" not in body
    for name in ("clocks", "conditions"):
        assert (
            f'href="{reverse("tickets:return-address")}"'
            in agent.get(reverse(f"tickets:{name}")).content.decode()
        )
    assert ReturnAddress.objects.get().text == ADDRESS
    assert not Clock.objects.exists()


def test_the_board_counts_what_came_back(client_of: ClientOf) -> None:
    received(accepted())

    body = client_of("warehouse").get(reverse("warehouse:board")).content.decode()

    assert "Returns to inspect <b>1</b>" in body


def test_an_address_that_was_given_is_in_the_log(client_of: ClientOf) -> None:
    ticket = awaited(accepted())

    assert ADDRESS in ticket.messages.latest("pk").text
    assert returning.ADDRESS_TOLD.format(address=ADDRESS) == ticket.messages.latest("pk").text
