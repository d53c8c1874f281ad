"""``load_demo``: the same shop for the same seed and time, and never into a shop that is in use."""

import pytest
from django.core.management import CommandError, call_command

from orders.models import Note, Order
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.desk.demo.shop import open_demo_shop
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES
from tests import databases, factories
from tests.factories import NOW


def shop_here():
    """The shop in this database, as it can be compared."""
    fields = ("tid", "status", "buyer", "created", "payment", "paid_fee", "seller_flag", "receiver_address")
    orders = list(Order.objects.order_by("tid").values_list(*fields))
    notes = list(Note.objects.order_by("order", "at", "id").values_list("order", "text", "signature", "at"))
    return orders, notes


@pytest.fixture(scope="module")
def first_shop(django_db_setup, django_db_blocker):
    """The shop of the seed 1 that other files look at, opened by whichever process needed it first."""
    with django_db_blocker.unblock(), databases.demo_shop():
        return shop_here()


def test_same_seed_and_time_give_the_same_shop(first_shop, db):
    count = open_demo_shop(NOW, seed=1)
    assert shop_here() == first_shop
    assert Order.objects.count() == count


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


def test_the_command_fills_an_empty_shop_and_another_seed_gives_another(first_shop, db, capsys):
    with clock.fixed(NOW):
        call_command("load_demo", "--seed", "7")
    assert "Sign in as agent1" in capsys.readouterr().out
    assert Order.objects.exists()
    assert shop_here() != first_shop
    staff = list(Staff.objects.order_by("id"))
    assert [member.username for member in staff] == list(DEMO_USERNAMES)
    assert all(member.check_password(DEMO_PASSWORD) for member in staff)


def test_ensure_configuration_can_be_repeated(db):
    call_command("ensure_configuration", verbosity=0)
    call_command("ensure_configuration", verbosity=0)
