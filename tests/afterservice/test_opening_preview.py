"""The policy's answer before a ticket is opened: nothing is written, and opening says the same (A3, A4, F4)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from afterservice.models import Ticket
from afterservice.selectors.judging import preview
from afterservice.services.opening import open_ticket
from orders.states import ParcelStage
from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry
from tests.afterservice.requests import ask
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = pytest.mark.django_db


class TestPreview:
    """The policy's answer before anything is saved."""

    def test_it_writes_nothing_and_says_what_opening_will_say(self) -> None:
        order = make_received_order(title="【momonaco made】裙")
        target = make_sku("【momonaco made】裙", "尺码：L", stock=1)
        wish = ask(order, kind="exchange_sku", goods=((1, 1, target.pk),))

        said = preview(wish, now=NOW).verdict

        assert (said.outcome, said.rule) == ("allowed", "A3")
        assert not Ticket.objects.exists()
        open_ticket(wish, actor=make_staff("agent"), now=NOW)
        assert AuditEntry.objects.get(action="ticket.opened").after["verdict"] == "allowed"

    def test_pieces_that_others_hold_are_not_free(self) -> None:
        order = make_received_order()
        target = make_sku(properties="尺码：38", stock=2, held=2)

        said = preview(ask(order, kind="exchange_sku", goods=((1, 1, target.pk),)), now=NOW).verdict

        assert said.outcome == "outside"
        assert str(said.reason) == "Only if in stock: 0 free, 1 wanted."

    def test_the_shipping_time_is_no_receipt_time(self) -> None:
        order = make_received_order(signed_time=None, end_time=NOW - timedelta(hours=1))

        said = preview(ask(order), now=NOW).verdict

        assert (said.outcome, said.rule) == ("needs_receipt_time", "A4")

    def test_what_was_accepted_once_counts(self) -> None:
        order = make_received_order(title="【momonaco made】裙")
        target = make_sku("【momonaco made】裙", "尺码：L", stock=1)
        wish = ask(order, kind="exchange_sku", goods=((1, 1, target.pk),))
        earlier = make_ticket(
            order, kind="exchange_sku", case="closed", decision="accepted", closed_at=NOW,
            close_reason="followed_up", decided_at=NOW - timedelta(hours=20),
        )  # fmt: skip

        assert preview(wish, now=NOW).verdict.outcome == "outside"
        # Faults, what came to nothing, and what was refused do not count.
        for undone in ({"problem": "flawed"}, {"close_reason": "not_sent_back"}, {"case": "cancelled"}):
            Ticket.objects.filter(pk=earlier.pk).update(**undone)
            assert preview(wish, now=NOW).verdict.outcome == "allowed"
            Ticket.objects.filter(pk=earlier.pk).update(
                problem="changed_mind", close_reason="followed_up", case="closed"
            )
        Ticket.objects.filter(pk=earlier.pk).update(decision="refused", refusal="x")
        assert preview(wish, now=NOW).verdict.outcome == "allowed"

    def test_price_protection_counts_by_itself(self) -> None:
        order = make_received_order(title="【momonaco made】裙")
        target = make_sku("【momonaco made】裙", "尺码：L", stock=1)
        protection = ask(order, kind="price_protection")
        exchange = ask(order, kind="exchange_sku", goods=((1, 1, target.pk),))
        earlier = make_ticket(
            order, kind="price_protection", problem="size", case="settled", decision="accepted",
            decided_at=NOW - timedelta(hours=20),
        )  # fmt: skip

        # Once a line; the exchange that the table allows once is not used up by it, nor the other way round.
        assert preview(protection, now=NOW, evidence=True).verdict.outcome == "outside"
        assert preview(exchange, now=NOW).verdict.outcome == "allowed"
        Ticket.objects.filter(pk=earlier.pk).update(kind="exchange_sku", problem="changed_mind")
        assert preview(protection, now=NOW, evidence=True).verdict.outcome == "allowed"
        assert preview(exchange, now=NOW).verdict.outcome == "outside"

    def test_what_is_not_shipped_is_refunded_on_the_order(self) -> None:
        order = make_paid_order()
        make_line(order)

        said = preview(ask(order), now=NOW).verdict

        assert (said.outcome, said.rule) == ("not_now", "F4")

    def test_of_two_parcels_each_line_has_its_own_receipt(self) -> None:
        order = make_paid_order(pay_time=NOW - timedelta(days=20), created=NOW - timedelta(days=20))
        make_line(order)
        make_shipped_parcel(order, signed_at=NOW - timedelta(days=10))
        make_line(order, "大衣")
        make_parcel(order, stage=ParcelStage.PLANNED)

        first = preview(ask(order, goods=((1, 1, None),)), now=NOW)
        both = preview(ask(order, goods=((1, 1, None), (2, 1, None))), now=NOW)

        assert (first.verdict.outcome, first.verdict.rule) == ("outside", "A3")
        assert [line.verdict.outcome for line in both.lines] == ["outside", "not_now"]
        assert both.verdict.rule == "F4"

    def test_it_asks_the_same_however_many_lines(self) -> None:
        order = make_received_order()
        with CaptureQueriesContext(connection) as one:
            preview(ask(order), now=NOW)
        for _ in range(5):
            make_line(order)
        with CaptureQueriesContext(connection) as six:
            preview(ask(order, goods=tuple((number, 1, None) for number in range(1, 7))), now=NOW)

        assert len(one) == len(six) <= 8

    def test_no_order_no_answer(self) -> None:
        order = make_received_order()

        with pytest.raises(DomainError) as refused:
            preview(ask(order, tid="1"), now=NOW)

        assert refused.value.code == "O1"
