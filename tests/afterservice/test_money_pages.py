"""The money box of a ticket: what is shown before it is paid, by which rules, and who is asked first (A9, A8)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Ticket
from afterservice.services import exchanging
from afterservice.states import Goods, Money
from orders.models import Refund
from shopdesk.base.models import Approval
from tests.afterservice.goods_scenes import accepted, d, failed, now_of, passed, sent_order, style_exchange
from tests.afterservice.ticket_pages import act, page
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "media")]
ClientOf = Callable[..., Client]


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
