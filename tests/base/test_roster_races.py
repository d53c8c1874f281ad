"""T2 under load: two who write the roster at once."""

from datetime import date

import pytest

from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry, RosterEntry
from shopdesk.base.selectors.roster import fingerprint
from shopdesk.base.services.roster import save_week
from shopdesk.base.services.swaps import accept_swap, ask_swap, withdraw_swap
from tests.factories import NOW, make_staff
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = date(2026, 11, 23)


def test_two_colleagues_given_the_same_shift_take_it_once() -> None:
    nana, yu, planner = make_staff("agent"), make_staff("agent"), make_staff("supervisor")
    RosterEntry.objects.create(staff=nana, day=MONDAY, shift="day")
    RosterEntry.objects.create(staff=planner, day=MONDAY, shift="day")
    swap = ask_swap(MONDAY, "day", yu.pk, actor=nana, now=NOW)
    refusals: list[str] = []

    def told(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except DomainError as refusal:
            refusals.append(refusal.code)

    together(
        lambda: told(lambda: accept_swap(swap.pk, actor=yu, now=NOW)),
        lambda: told(lambda: accept_swap(swap.pk, actor=yu, now=NOW)),
        lambda: told(lambda: withdraw_swap(swap.pk, actor=nana, now=NOW)),
    )

    swap.refresh_from_db()
    assert refusals == ["T2", "T2"]
    owner = RosterEntry.objects.exclude(staff=planner).get().staff
    assert owner == (yu if swap.status == "accepted" else nana)
    assert AuditEntry.objects.filter(action__in=["swap.accepted", "swap.withdrawn"]).count() == 1


def test_two_planners_at_once_one_is_told() -> None:
    nana, planner = make_staff("agent"), make_staff("manager")
    empty = fingerprint([])
    outcomes: list[object] = []

    def plan(shift: str) -> None:
        try:
            outcomes.append(
                save_week(MONDAY, {(nana.pk, MONDAY): (shift,)}, seen=empty, actor=planner, now=NOW)
            )
        except DomainError as refusal:
            outcomes.append(refusal.code)

    together(lambda: plan("day"), lambda: plan("late"))

    assert sorted(map(str, outcomes)) == ["1", "T5"]
    assert RosterEntry.objects.count() == 1
