"""``load_demo``: the same shop for the same seed and time, and never into a shop that is in use."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from orders.models import Note, Order
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.desk.demo.shop import open_demo_shop
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES
from tests import factories
from tests.factories import NOW


def shop_of(seed):
    """The shop that a seed gives, as it can be compared; the database is empty again afterwards."""
    fields = ("tid", "status", "buyer", "created", "payment", "paid_fee", "seller_flag", "receiver_address")
    with transaction.atomic():
        open_demo_shop(NOW, seed)
        orders = list(Order.objects.order_by("tid").values_list(*fields))
        notes = list(
            Note.objects.order_by("order", "at", "id").values_list("order", "text", "signature", "at")
        )
        transaction.set_rollback(True)
    return orders, notes


def test_same_seed_and_time_give_the_same_shop(db):
    first = shop_of(seed=1)
    assert shop_of(seed=1) == first
    assert shop_of(seed=2) != first


def test_refuses_a_shop_that_has_orders(db):
    factories.make_order()
    with pytest.raises(CommandError):
        call_command("load_demo")
    assert Order.objects.count() == 1
    assert not Staff.objects.filter(username__in=DEMO_USERNAMES).exists()


def test_if_empty_leaves_a_shop_that_has_orders_and_says_so(db, capsys):
    factories.make_order()
    call_command("load_demo", "--if-empty")
    assert "nothing was loaded" in capsys.readouterr().out
    assert Order.objects.count() == 1


def test_the_command_fills_an_empty_shop(db, capsys):
    with clock.fixed(NOW):
        call_command("load_demo", "--seed", "7")
    assert "Sign in as agent1" in capsys.readouterr().out
    assert Order.objects.exists()
    staff = list(Staff.objects.order_by("id"))
    assert [member.username for member in staff] == list(DEMO_USERNAMES)
    assert all(member.check_password(DEMO_PASSWORD) for member in staff)


def test_ensure_configuration_can_be_repeated(db):
    call_command("ensure_configuration", verbosity=0)
    call_command("ensure_configuration", verbosity=0)
