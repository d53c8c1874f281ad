"""The decision box and the log box: what they say, to whom, and what their forms do (A3, A5, A12)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import Ticket, TicketLine
from afterservice.services import deciding, messages
from afterservice.services.opening import open_ticket
from afterservice.services.ownership import take_over
from shopdesk.base.models import Approval
from tests.afterservice.decision_scenes import make_at, snapshot, talk
from tests.afterservice.requests import add_evidence, ask, make_condition
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_line, make_sku, make_staff

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"headers": {"HX-Request": "true"}}


def box_of(client: Client, ticket: Ticket, name: str = "decision") -> str:
    """The HTML of one box of the ticket's page."""
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def opened(title: str = "小白鞋", **fields: Any) -> Ticket:
    return open_ticket(ask(make_received_order(title=title), **fields), actor=make_staff("agent"), now=NOW)


class TestVerdict:
    def test_what_is_allowed_says_until_when_and_who_pays(self, client_of: ClientOf) -> None:
        box = box_of(client_of("agent"), opened())

        assert "standard: return within 7 days from receipt, until 11-29 00:00." in box
        assert '<span class="rule" title="The rule that says so">A3</span>' in box
        assert "the buyer" in box
        assert 'action="/tickets/' in box
        assert "/accept/" in box
        assert "/ask/" not in box

    def test_what_is_outside_says_what_an_exception_needs(self, client_of: ClientOf) -> None:
        box = box_of(client_of("agent"), opened("【韩国直送】大衣"))

        assert "bought in Korea after the order: no return without a fault." in box
        assert "A supervisor&#x27;s exception, asked for with a reason (P1)." in box
        assert "/ask/" in box
        assert "/accept/" not in box

    def test_each_line_has_its_own(self, client_of: ClientOf) -> None:
        order = make_received_order()
        make_line(order, "【韩国直送】大衣")
        ticket = open_ticket(ask(order, goods=((1, 1, None), (2, 1, None))), actor=None, now=NOW)

        box = box_of(client_of("agent"), ticket)

        assert box.count("verdict-goods") == 1
        assert "1 × 小白鞋" in box
        assert "1 × 【韩国直送】大衣" in box

    def test_an_unknown_receipt_time_is_asked_for(self, client_of: ClientOf) -> None:
        ticket = open_ticket(ask(make_received_order(signed_time=None)), actor=None, now=NOW)

        box = box_of(client_of("agent"), ticket)

        assert "enter the time and where it is from" in box
        assert "/received/" in box

    def test_a_refusal_says_what_of_the_talk_is_missing(self, client_of: ClientOf) -> None:
        ticket = opened()

        missing = box_of(client_of("agent"), ticket)
        talk(ticket)
        complete = box_of(client_of("agent"), ticket)

        assert "what the buyer was told, in the log" in missing
        assert "a picture of the talk" in missing
        assert "Missing:" not in complete

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"decided_by": True}, "by 娜娜"),
            ({"condition": True}, "by the condition “七天无理由”"),
            ({}, "by default: nobody decided in time"),
        ],
    )
    def test_who_decided(self, client_of: ClientOf, fields: dict[str, bool], words: str) -> None:
        made: dict[str, Any] = {}
        if "decided_by" in fields:
            made["decided_by"] = make_staff("agent")
        if "condition" in fields:
            made["condition"] = make_condition()
        ticket = make_at("decided", "accepted", decided_at=NOW, verdict="allowed", **made)

        assert words in box_of(client_of("agent"), ticket)

    def test_the_warehouse_sees_the_outcome_and_no_form(self, client_of: ClientOf) -> None:
        order = make_received_order(title="【momonaco made】裙")
        dear = make_sku("【momonaco made】皮衣", "均码", price=1999)
        ticket = open_ticket(ask(order, kind="exchange_style", goods=((1, 1, dear.pk),)), actor=None, now=NOW)

        warehouse, agent = box_of(client_of("warehouse"), ticket), box_of(client_of("agent"), ticket)

        assert "¥1,999.00" in agent
        assert "¥" not in warehouse
        assert "<form" not in warehouse
        assert "outside the rules" in warehouse


class TestForms:
    def test_accepting(self, client_of: ClientOf) -> None:
        ticket = opened()

        answer = client_of("agent").post(f"/tickets/{ticket.pk}/accept/", {"version": 1}, **HTMX)

        assert "The request is accepted." in answer.content.decode()
        assert Ticket.objects.get().decision == "accepted"

    def test_asking_and_the_inbox(self, client_of: ClientOf) -> None:
        ticket, client = opened("【韩国直送】大衣"), client_of("agent")

        client.post(f"/tickets/{ticket.pk}/ask/", {"version": 1, "reason": "老客户"})
        box = box_of(client, ticket)
        inbox = client_of("supervisor").get("/approvals/").content.decode()

        assert "娜娜 asked a supervisor" in box
        assert "/take-back/" in box
        for words in (
            "After-sales outside the rules",
            f">T{ticket.pk}</a>",
            f'href="/tickets/{ticket.pk}/"',
            "老客户",
        ):
            assert words in inbox
        for words in ("Make an exception", "no return without a fault", "¥499.00", ticket.buyer_id or "?"):
            assert words in inbox

    def test_approving_in_the_inbox(self, client_of: ClientOf) -> None:
        ticket = opened("【momonaco made】裙", kind="exchange_style")
        request = deciding.ask_exception(ticket.pk, reason="换款", actor=make_staff("agent"), now=NOW)

        answer = client_of("supervisor").post(f"/approvals/{request.pk}/approve/", **HTMX)

        assert answer.status_code == 200
        assert Ticket.objects.get().decision == "accepted"
        assert Approval.objects.get().status == "approved"

    def test_only_who_asked_is_offered_to_take_it_back(self, client_of: ClientOf) -> None:
        ticket = opened("【韩国直送】大衣")
        deciding.ask_exception(ticket.pk, reason="x", actor=make_staff("agent"), now=NOW)

        assert "/take-back/" not in box_of(client_of("agent"), ticket)

    @pytest.mark.parametrize("htmx", [True, False])
    def test_what_was_typed_is_kept_when_it_is_refused(self, client_of: ClientOf, htmx: bool) -> None:
        ticket = opened()
        before = snapshot()

        answer = client_of("agent").post(
            f"/tickets/{ticket.pk}/refuse/", {"version": 1, "reason": "吊牌已拆"}, **(HTMX if htmx else {})
        )

        assert answer.status_code == 422
        assert "Refusing needs the talk with the buyer" in answer.content.decode()
        if htmx:
            assert answer["HX-Retarget"] == "#refuse-refusal"
        else:
            assert ">吊牌已拆</textarea>" in answer.content.decode()
        assert snapshot() == before

    def test_somebody_elses_change_is_told(self, client_of: ClientOf) -> None:
        ticket = opened()
        Ticket.objects.update(version=7)

        answer = client_of("agent").post(f"/tickets/{ticket.pk}/accept/", {"version": 1}, **HTMX)

        assert answer.status_code == 409
        assert "T5" in answer.content.decode()
        assert Ticket.objects.get().decision == "pending"

    def test_amending_to_an_exchange_and_what_is_no_number(self, client_of: ClientOf) -> None:
        target = make_sku(properties="尺码：39", stock=1)
        ticket = make_at("decided", "refused")
        position = ticket.order.lines.get().position
        form = {
            "version": 1,
            "kind": "exchange_sku",
            "problem": "changed_mind",
            "text": "换39",
            "channel": "phone",
        }
        client = client_of("agent")

        wrong = client.post(f"/tickets/{ticket.pk}/amend/", form | {f"num-{position}": "一"})
        assert wrong.status_code == 422
        assert 'value="一"' in wrong.content.decode()
        client.post(
            f"/tickets/{ticket.pk}/amend/",
            form | {f"num-{position}": "1", f"target-{position}": str(target.pk)},
        )

        ticket.refresh_from_db()
        assert (ticket.kind, ticket.decision) == ("exchange_sku", "pending")
        assert TicketLine.objects.get().target == target

    def test_an_amended_return_forgets_the_target_that_stood_there(self, client_of: ClientOf) -> None:
        target = make_sku(properties="尺码：39", stock=1)
        ticket = make_at("decided", "refused", kind="exchange_sku")
        form = {"version": 1, "kind": "return", "problem": "changed_mind", "text": "退吧", "channel": "phone"}

        client_of("agent").post(
            f"/tickets/{ticket.pk}/amend/", form | {"num-1": "1", "target-1": str(target.pk)}
        )

        ticket.refresh_from_db()
        assert (ticket.kind, ticket.decision) == ("return", "pending")

    def test_every_refused_form_finds_its_place(self, client_of: ClientOf) -> None:
        """Refused without htmx, the page comes back with the refusal, whatever the state."""
        ticket = make_at("settled", "accepted")
        for address, form in (
            ("undo", {"reason": "看错"}),
            ("withdraw", {"text": "不要了", "channel": "phone"}),
            ("step-in", {"due_at": "2099-01-01T00:00", "text": "请举证"}),
            ("ruling", {"for_buyer": "yes", "text": "支持"}),
            ("reopen", {"text": "还想退", "channel": "phone"}),
            ("received", {"received_time": "2026-11-20T10:00", "received_source": "chat"}),
            ("accept", {}),
            ("take-back", {}),
            ("ask", {"reason": "x"}),
            ("amend", {"kind": "return", "problem": "size", "text": "改", "channel": "phone", "num-1": "1"}),
        ):
            answer = client_of("agent").post(f"/tickets/{ticket.pk}/{address}/", {"version": 1, **form})

            box = answer.content.decode().partition('id="decision"')[2].partition("</section>")[0]
            assert answer.status_code == 409, address
            assert f'id="{address}-refusal"' in box, address
            assert 'role="alert"' in box, address
            if "text" in form:
                assert form["text"] in box, address


class TestLog:
    def test_all_that_was_said_with_who_when_and_how(self, client_of: ClientOf) -> None:
        ticket = opened()
        agent = make_staff("agent", signature="小雨")
        messages.say(ticket.pk, side="to_buyer", text="亲，请拍照", channel="phone", actor=agent, now=NOW)

        box = box_of(client_of("agent"), ticket, "log")

        assert box.index("穿着有点小") < box.index("亲，请拍照")
        for words in ("to the buyer", "from the buyer", "phone", "Wangwang chat", "小雨"):
            assert words in box
        assert f'data-draft="draft-say-T{ticket.pk}"' in box

    def test_logging_and_forgetting_the_draft(self, client_of: ClientOf) -> None:
        ticket = opened()

        answer = client_of("agent").post(
            f"/tickets/{ticket.pk}/say/", {"side": "to_buyer", "channel": "wangwang", "text": "亲"}, **HTMX
        )

        page = answer.content.decode()
        assert "It stands in the log." in page
        assert f'data-draft-taken="draft-say-T{ticket.pk}"' in page
        assert Ticket.objects.get().case == "answered"

    def test_words_that_are_refused_stay_in_the_field(self, client_of: ClientOf) -> None:
        ticket = opened()

        answer = client_of("agent").post(
            f"/tickets/{ticket.pk}/say/", {"side": "to_buyer", "channel": "wangwang", "text": "长" * 2001}
        )

        assert answer.status_code == 422
        assert "长" * 2001 in answer.content.decode()

    def test_what_is_said_is_no_markup(self, client_of: ClientOf) -> None:
        ticket = opened(text="<script>alert(1)</script>")

        assert "<script>alert" not in box_of(client_of("agent"), ticket, "log")

    def test_the_warehouse_reads_no_phone(self, client_of: ClientOf) -> None:
        ticket = opened(text="打我电话13900001111")

        box = box_of(client_of("warehouse"), ticket, "log")

        assert "13900001111" not in box
        assert "139****1111" in box
        assert "<form" not in box

    def test_a_long_log_shows_the_newest(self, client_of: ClientOf) -> None:
        ticket = opened(text="最早的话")
        for number in range(200):
            ticket.messages.create(side="staff", text=f"第{number}句", at=NOW + timedelta(seconds=number))

        box = box_of(client_of("agent"), ticket, "log")

        assert "最早的话" not in box
        assert "第199句" in box
        assert "1 older line is not shown." in box


def test_the_boxes_ask_the_same_however_much_there_is(client_of: ClientOf) -> None:
    client, ticket = client_of("agent"), opened()
    Ticket.objects.update(owner=None)
    take_over(ticket.pk, actor=make_staff("agent"), now=NOW)
    with CaptureQueriesContext(connection) as few:
        box_of(client, ticket)
    for _ in range(4):
        make_line(ticket.order)
        messages.say(ticket.pk, side="staff", text="x", actor=make_staff("agent"), now=NOW)
        add_evidence(ticket)
    for line in ticket.order.lines.exclude(position=1):
        TicketLine.objects.create(ticket=ticket, line=line, num=1)
    make_ticket(ticket.order, kind="repair")
    with CaptureQueriesContext(connection) as many:
        box_of(client, ticket)

    assert len(many) <= len(few) + 1
