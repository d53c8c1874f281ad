"""``make_orders``: as many orders as asked for, all of them within the rules."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Sum

from members.models import Buyer, SpendEntry
from members.services import prove_spend
from orders.models import Flag, Hold, Note, Order, OrderLine, Payment, Product, Sku
from orders.services.spend import tell_spend
from orders.states import Status
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.desk.demo.bulk import make_orders
from shopdesk.desk.demo.words import BUYERS_PER_RARE_WORD, RARE_NICK_WORDS
from tests.factories import NOW, make_staff

ORDERS = 500


@pytest.fixture
def made(transactional_db):
    make_orders(ORDERS, seed=1, now=NOW)


def test_makes_as_many_as_asked_for(made):
    assert Order.objects.count() == ORDERS
    assert AuditEntry.objects.filter(action="order.created").count() == ORDERS
    assert Product.objects.count() == 300
    assert ORDERS * 1.3 < OrderLine.objects.count() < ORDERS * 1.8
    assert ORDERS * 0.25 < Buyer.objects.count() <= ORDERS / 3
    assert ORDERS * 0.05 < Note.objects.values("order").distinct().count() < ORDERS * 0.15
    assert 0 < Flag.objects.count() < Note.objects.count()
    assert not Order.objects.filter(created__gt=NOW).exists()
    assert not Order.objects.filter(lines=None).exists()


def test_money_and_stock_add_up(made):
    assert not Order.objects.exclude(payment=F("goods_payable") + F("post_fee")).exists()
    paid = Order.objects.exclude(pay_time=None)
    assert (
        paid.aggregate(total=Sum("paid_fee"))["total"]
        == Payment.objects.aggregate(total=Sum("amount"))["total"]
    )
    assert not Order.objects.filter(pay_time=None).exclude(paid_fee=0).exists()
    held = dict(Hold.objects.values_list("sku").annotate(total=Sum("num")))
    assert {sku.pk: sku.held for sku in Sku.objects.exclude(held=0)} == held


def test_the_ledger_is_what_the_orders_count(made):
    """M1: telling every order again by the service changes nothing, and each buyer's spend is the ledger's sum."""
    written = list(
        SpendEntry.objects.order_by("tid", "kind").values_list("buyer", "kind", "tid", "amount", "at")
    )
    spends = dict(Buyer.objects.values_list("nick", "spend"))
    assert len(written) > ORDERS / 2
    assert sum(1 for spend in spends.values() if spend) > len(spends) / 2

    SpendEntry.objects.all().delete()
    Buyer.objects.update(spend=0)
    with transaction.atomic():
        tell_spend(Order.objects.values_list("tid", flat=True))

    again = SpendEntry.objects.order_by("tid", "kind").values_list("buyer", "kind", "tid", "amount", "at")
    assert list(again) == written
    assert dict(Buyer.objects.values_list("nick", "spend")) == spends
    assert prove_spend(NOW, True).done == 0


def test_states_are_those_of_a_shop_at_work(made):
    states = set(Order.objects.values_list("status", flat=True))
    assert states >= {Status.TRADE_FINISHED, Status.TRADE_CLOSED_BY_TAOBAO, Status.WAIT_SELLER_SEND_GOODS}
    assert Order.objects.filter(status=Status.TRADE_FINISHED).count() > ORDERS / 2


def test_rare_words_stay_rare(made):
    for word in RARE_NICK_WORDS:
        assert Buyer.objects.filter(nick__contains=word).count() <= BUYERS_PER_RARE_WORD


def test_the_same_seed_makes_the_same_orders(transactional_db):
    def orders_of(seed):
        call_command("flush", interactive=False, verbosity=0)
        make_orders(ORDERS, seed=seed, now=NOW)
        return list(Order.objects.order_by("tid").values_list("tid", "buyer", "created", "payment"))

    first = orders_of(seed=1)
    assert orders_of(seed=1) == first
    assert orders_of(seed=2) != first


def test_a_second_call_adds_to_the_first(made):
    titles = set(Product.objects.values_list("title", flat=True))
    make_orders(ORDERS, seed=1, now=NOW)
    assert Order.objects.count() == 2 * ORDERS
    assert set(Product.objects.values_list("title", flat=True)) == titles


def test_notes_are_signed_by_the_staff_that_there_is_and_no_account_is_made(transactional_db):
    agent = make_staff("agent", signature="小雨")
    make_orders(ORDERS, seed=1, now=NOW)
    assert list(Staff.objects.all()) == [agent]
    assert set(Note.objects.exclude(author=None).values_list("author", flat=True)) == {agent.pk}
    assert Order.objects.filter(owner=agent).exists()


def test_refuses_a_count_that_is_none(db):
    with pytest.raises(CommandError):
        call_command("make_orders", "0")
