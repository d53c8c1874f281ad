"""A14: the dry run over last month's tickets, and the page on which conditions are laid down, tried and switched."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import AcceptCondition, Ticket
from afterservice.selectors.conditions import dry_run
from afterservice.services import conditions
from shopdesk.base.models import AuditEntry
from tests.afterservice.decision_scenes import make_at, snapshot
from tests.afterservice.requests import add_evidence, make_condition
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


class TestDryRun:
    def test_it_says_what_it_would_have_accepted_against_what_was_decided(self) -> None:
        row = make_condition(amount_up_to=Decimal("499.00"))
        month = timedelta(days=30)
        agreed = make_at("decided", "accepted", opened_at=NOW - month)
        refused = make_at("decided", "refused", opened_at=NOW - timedelta(days=2))
        waiting = make_at("opened", "pending")
        make_at("opened", "pending", opened_at=NOW - month - timedelta(seconds=1))  # before the month
        make_ticket(kind="repair")  # another request
        make_ticket(make_received_order(title="【韩国直送】大衣"))  # A3 does not allow it
        dear = make_received_order()
        dear.lines.update(payment=Decimal("499.01"))
        make_ticket(dear)  # too dear
        Ticket.objects.filter(pk=agreed.pk).update(received_time=None)
        # Each was received a day before it was asked about.
        for ticket in (agreed, refused, waiting):
            ticket.order.signed_time = ticket.opened_at - timedelta(days=1)
            ticket.order.save(update_fields=["signed_time"])
        before = snapshot()

        trial = dry_run(row, now=NOW)

        assert [tried.ticket.pk for tried in trial.accepted] == [waiting.pk, refused.pk, agreed.pk]
        assert (trial.asked, trial.agreed, trial.refused, trial.undecided) == (5, 1, 1, 1)
        assert trial.amount == Decimal("1497.00")
        assert snapshot() == before

    def test_what_was_accepted_later_does_not_count_against_it(self) -> None:
        row = make_condition(kind="exchange_style")
        order = make_received_order(title="小白鞋")
        make_ticket(order, kind="exchange_style", case="decided", decision="accepted", decided_at=NOW)

        assert len(dry_run(row, now=NOW).accepted) == 1

    def test_it_asks_the_same_for_one_ticket_or_many(self) -> None:
        row = make_condition()
        make_ticket()
        with CaptureQueriesContext(connection) as one:
            dry_run(row, now=NOW)
        for _ in range(6):
            add_evidence(make_ticket())
        with CaptureQueriesContext(connection) as seven:
            trial = dry_run(row, now=NOW)

        assert trial.asked == 7
        assert len(one) == len(seven) == 5

    def test_trying_keeps_the_version_and_the_figures(self) -> None:
        row = make_condition()
        make_at("decided", "refused")

        conditions.try_out(row.pk, version=1, actor=make_staff("manager"), now=NOW)

        row.refresh_from_db()
        assert (row.tried_at, row.tried_version) == (NOW, 1)
        figures = AuditEntry.objects.get(action="condition.tried").after
        assert figures == {"version": 1, "asked": 1, "would_accept": 1, "refused_then": 1}


class TestPage:
    ADDRESS = "/tickets/conditions/"

    @pytest.mark.parametrize(("role", "forms"), [("manager", True), ("agent", False), ("supervisor", False)])
    def test_a_manager_changes_what_others_see(
        self, client_of: Callable[..., Client], role: str, forms: bool
    ) -> None:
        make_condition("七天退货", amount_up_to=Decimal("200.00"))

        page = client_of(role).get(self.ADDRESS).content.decode()

        assert "七天退货" in page
        assert "goods up to ¥200.00" in page
        assert ('action="/tickets/conditions/' in page) is forms

    def test_from_laying_down_to_switching_on(self, client_of: Callable[..., Client]) -> None:
        client = client_of("manager")
        make_at("decided", "refused", refusal="吊牌已拆", opened_at=NOW)
        client.post(f"{self.ADDRESS}make/", {"name": "七天退货", "kind": "return"})
        row = AcceptCondition.objects.get()

        early = client.post(f"{self.ADDRESS}{row.pk}/on/", {"version": 1})
        assert early.status_code == 409
        assert "Try the condition as it is now" in early.content.decode()
        client.post(f"{self.ADDRESS}{row.pk}/try/", {"version": 1})
        client.post(f"{self.ADDRESS}{row.pk}/on/", {"version": 1})

        row.refresh_from_db()
        assert row.active
        client.post(f"{self.ADDRESS}{row.pk}/off/", {"version": 1})
        row.refresh_from_db()
        assert not row.active

    def test_the_trial_is_shown(self, client_of: Callable[..., Client]) -> None:
        row = make_condition()
        make_ticket(opened_at=NOW)

        page = client_of("supervisor").get(f"{self.ADDRESS}?trial={row.pk}")
        nobody = client_of("supervisor").get(f"{self.ADDRESS}?trial=9{row.pk}x")

        assert "on last month" in page.content.decode()
        assert (page.status_code, nobody.status_code) == (200, 200)
        assert 'id="trial"' not in nobody.content.decode()

    def test_what_was_typed_is_kept_when_it_is_refused(self, client_of: Callable[..., Client]) -> None:
        make_condition("七天退货")
        row = make_condition("别的")

        made = client_of("manager").post(
            f"{self.ADDRESS}make/", {"name": "七天退货", "kind": "repair", "amount_up_to": "88.00"}
        )
        changed = client_of("manager").post(
            f"{self.ADDRESS}{row.pk}/change/",
            {"version": 1, "name": "七天退货", "kind": "return", "tier_from": "77.00"},
        )

        assert (made.status_code, changed.status_code) == (409, 409)
        assert 'value="88.00"' in made.content.decode()
        assert 'value="77.00"' in changed.content.decode()
        assert AcceptCondition.objects.count() == 2
