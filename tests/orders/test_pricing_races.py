"""S7 under load: two agents price sibling orders at once, with real threads."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from orders.models import Order, PostageCredit
from orders.services.pricing import apply_computed_price
from shipping.services import ensure_starting_tariffs
from tests.factories import NOW, make_staff
from tests.orders.test_pricing import paid, unpaid


@pytest.mark.django_db(transaction=True)
def test_the_credit_is_given_once() -> None:
    ensure_starting_tariffs()
    paid()
    orders = [unpaid() for _ in range(6)]
    agents = [make_staff("agent") for _ in orders]
    barrier = threading.Barrier(len(orders))
    errors: list[Exception] = []

    def work(order: Order, actor: Any) -> Callable[[], None]:
        def run() -> None:
            barrier.wait()
            try:
                apply_computed_price(order.tid, version=1, actor=actor, now=NOW)
            except Exception as error:  # told to the test below, whatever it is
                errors.append(error)
            finally:
                connections.close_all()

        return run

    threads = [threading.Thread(target=work(o, a)) for o, a in zip(orders, agents, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    payments = sorted(Order.objects.filter(pk__in=[o.pk for o in orders]).values_list("payment", flat=True))
    assert payments == [Decimal("244.00")] + [Decimal("250.00")] * 5
    assert PostageCredit.objects.count() == 1
