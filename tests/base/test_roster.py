"""T2: who works when: planning, copying, swapping; past shifts are fixed, nobody works one shift twice."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry, RosterEntry, ShiftSwap, Staff
from shopdesk.base.selectors.roster import entries, fingerprint, seat, shift_hours, supervision
from shopdesk.base.services.lapsing import escalates_at, lapse_approvals
from shopdesk.base.services.roster import change_hours, copy_last_week, save_week
from shopdesk.base.services.swaps import accept_swap, ask_swap, refuse_swap, withdraw_swap
from shopdesk.base.shifts import in_force
from shopdesk.desk.selectors.approvals import waiting_for
from tests.base.test_lapse_approvals import request
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
# NOW is Sunday 2026-11-22, noon: the day shift has begun, the late one has not.
TODAY = date(2026, 11, 22)
MONDAY, NEXT_MONDAY = date(2026, 11, 16), date(2026, 11, 23)


def works(staff: Staff, day: date, shift: str = "day") -> RosterEntry:
    return RosterEntry.objects.create(staff=staff, day=day, shift=shift)


def seen(monday: date) -> str:
    return fingerprint(map(seat, entries(monday, monday + timedelta(days=6))))


def seats() -> list[tuple[str, date, str]]:
    return sorted((entry.staff.signature, entry.day, entry.shift) for entry in RosterEntry.objects.all())


@pytest.fixture
def planner() -> Staff:
    return make_staff("supervisor", signature="老王")


class TestPlanning:
    def test_a_week_is_planned_and_audited(self, planner: Staff) -> None:
        nana, taken = make_staff("agent"), NEXT_MONDAY + timedelta(days=1)
        works(nana, taken)

        changed = save_week(
            NEXT_MONDAY,
            {(nana.pk, NEXT_MONDAY): ("day", "late"), (nana.pk, taken): ()},
            seen=seen(NEXT_MONDAY),
            actor=planner,
            now=NOW,
        )

        assert changed == 3
        assert seats() == [("娜娜", NEXT_MONDAY, "day"), ("娜娜", NEXT_MONDAY, "late")]
        entry = AuditEntry.objects.get(action="roster.planned")
        assert entry.before == {"removed": [f"{nana.pk} {taken} day"]}
        assert len(entry.after["added"]) == 2

    def test_what_the_form_does_not_hold_stays(self, planner: Staff) -> None:
        entry = works(make_staff("agent"), NEXT_MONDAY)

        assert save_week(NEXT_MONDAY, {}, seen=seen(NEXT_MONDAY), actor=planner, now=NOW) == 0
        assert RosterEntry.objects.get() == entry
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        ("day", "codes", "refused"),
        [
            (TODAY - timedelta(days=1), ("late",), True),
            (TODAY, ("day",), True),  # it has begun
            (TODAY, ("late",), False),
        ],
    )
    def test_shifts_that_have_begun_are_fixed(
        self, planner: Staff, day: date, codes: tuple[str, ...], refused: bool
    ) -> None:
        wanted = {(make_staff("agent").pk, day): codes}
        if refused:
            with pytest.raises(DomainError, match="begun is fixed"):
                save_week(MONDAY, wanted, seen=seen(MONDAY), actor=planner, now=NOW)
        else:
            save_week(MONDAY, wanted, seen=seen(MONDAY), actor=planner, now=NOW)
        assert RosterEntry.objects.exists() != refused

    def test_another_change_meanwhile_is_not_overwritten(self, planner: Staff) -> None:
        nana, before = make_staff("agent"), seen(NEXT_MONDAY)
        works(nana, NEXT_MONDAY, "late")

        with pytest.raises(VersionConflict):
            save_week(NEXT_MONDAY, {(nana.pk, NEXT_MONDAY): ("day",)}, seen=before, actor=planner, now=NOW)
        assert seats() == [("娜娜", NEXT_MONDAY, "late")]

    @pytest.mark.parametrize(
        ("role", "allowed"),
        [("agent", False), ("warehouse", False), ("supervisor", True), ("manager", True)],
    )
    def test_supervisors_and_managers_plan(self, role: str, allowed: bool) -> None:
        actor = make_staff(role)
        wanted = {(actor.pk, NEXT_MONDAY): ("day",)}
        if allowed:
            assert save_week(NEXT_MONDAY, wanted, seen=seen(NEXT_MONDAY), actor=actor, now=NOW) == 1
        else:
            with pytest.raises(Forbidden):
                save_week(NEXT_MONDAY, wanted, seen=seen(NEXT_MONDAY), actor=actor, now=NOW)
            with pytest.raises(Forbidden):
                copy_last_week(NEXT_MONDAY, actor=actor, now=NOW)
            assert not RosterEntry.objects.exists()

    def test_somebody_switched_off_is_not_planned(self, planner: Staff) -> None:
        gone = make_staff("agent", is_active=False)

        with pytest.raises(DomainError, match="switched off"):
            save_week(
                NEXT_MONDAY,
                {(gone.pk, NEXT_MONDAY): ("day",)},
                seen=seen(NEXT_MONDAY),
                actor=planner,
                now=NOW,
            )

    def test_the_database_has_nobody_twice_in_one_shift(self) -> None:
        nana = make_staff("agent")
        works(nana, NEXT_MONDAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            works(nana, NEXT_MONDAY)


def test_last_week_is_copied_beside_what_is_planned(planner: Staff) -> None:
    nana, yu, gone = make_staff("agent"), make_staff("agent", signature="小雨"), make_staff("agent")
    works(nana, MONDAY)
    works(nana, MONDAY + timedelta(days=2), "late")
    works(yu, MONDAY)
    works(gone, MONDAY)
    works(nana, NEXT_MONDAY, "late")  # planned already: it stays
    Staff.objects.filter(pk=gone.pk).update(is_active=False)

    assert copy_last_week(NEXT_MONDAY, actor=planner, now=NOW) == 2
    assert copy_last_week(NEXT_MONDAY, actor=planner, now=NOW) == 0
    assert [taken for taken in seats() if taken[1] >= NEXT_MONDAY] == [
        ("娜娜", NEXT_MONDAY, "late"),
        ("娜娜", NEXT_MONDAY + timedelta(days=2), "late"),
        ("小雨", NEXT_MONDAY, "day"),
    ]


def test_copying_leaves_begun_shifts_alone(planner: Staff) -> None:
    nana = make_staff("agent")
    for back in range(7):
        works(nana, TODAY - timedelta(days=7 + back))
    works(make_staff("agent", signature="小雨"), TODAY - timedelta(days=7), "late")

    assert copy_last_week(MONDAY, actor=planner, now=NOW) == 1
    assert seats()[-1] == ("小雨", TODAY, "late")


class TestHours:
    def test_change_from_a_day_on(self) -> None:
        manager = make_staff("manager")
        change_hours("day", time(9), time(18), NEXT_MONDAY, actor=manager, now=NOW)

        [day] = [shift for shift in in_force(shift_hours(), NEXT_MONDAY) if shift.code == "day"]
        [before] = [shift for shift in in_force(shift_hours(), TODAY) if shift.code == "day"]
        assert (day.starts, before.starts) == (time(9), time(8, 30))
        assert AuditEntry.objects.get(action="shift.hours").after["ends"] == "18:00"

    @pytest.mark.parametrize(
        ("valid_from", "ends"), [(TODAY, time(18)), (date(2020, 1, 1), time(18)), (NEXT_MONDAY, time(9))]
    )
    def test_never_for_the_past_and_never_without_length(self, valid_from: date, ends: time) -> None:
        with pytest.raises(DomainError):
            change_hours("day", time(9), ends, valid_from, actor=make_staff("manager"), now=NOW)

    def test_only_by_a_manager(self, planner: Staff) -> None:
        with pytest.raises(Forbidden):
            change_hours("day", time(9), time(18), NEXT_MONDAY, actor=planner, now=NOW)


class TestSwaps:
    @pytest.fixture
    def nana(self) -> Staff:
        staff = make_staff("agent")
        works(staff, NEXT_MONDAY)
        return staff

    @pytest.fixture
    def yu(self) -> Staff:
        staff = make_staff("agent", signature="小雨")
        works(staff, NEXT_MONDAY + timedelta(days=1), "late")
        return staff

    def test_accepted_both_change_hands(self, nana: Staff, yu: Staff) -> None:
        later = NEXT_MONDAY + timedelta(days=1)
        swap = ask_swap(NEXT_MONDAY, "day", yu.pk, in_return=(later, "late"), actor=nana, now=NOW)
        assert seats() == [("娜娜", NEXT_MONDAY, "day"), ("小雨", later, "late")]

        accept_swap(swap.pk, actor=yu, now=NOW)

        assert seats() == [("娜娜", later, "late"), ("小雨", NEXT_MONDAY, "day")]
        assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
            "swap.asked",
            "swap.accepted",
        ]

    def test_only_the_colleague_accepts_and_once(self, nana: Staff, yu: Staff) -> None:
        swap = ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW)
        for stranger in (nana, make_staff("agent"), make_staff("supervisor")):
            with pytest.raises(Forbidden):
                accept_swap(swap.pk, actor=stranger, now=NOW)
            with pytest.raises(Forbidden):
                refuse_swap(swap.pk, actor=stranger, now=NOW)
        accept_swap(swap.pk, actor=yu, now=NOW)
        for answer in (accept_swap, refuse_swap):
            with pytest.raises(Conflict):
                answer(swap.pk, actor=yu, now=NOW)
        with pytest.raises(Conflict):
            withdraw_swap(swap.pk, actor=nana, now=NOW)

    def test_refused_or_taken_back_nothing_changes(self, nana: Staff, yu: Staff) -> None:
        before = seats()
        refuse_swap(ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW).pk, actor=yu, now=NOW)
        withdraw_swap(ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW).pk, actor=nana, now=NOW)

        assert seats() == before

    def test_what_cannot_be_asked(self, nana: Staff, yu: Staff) -> None:
        works(yu, NEXT_MONDAY)
        with pytest.raises(DomainError, match="works it already"):
            ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW)
        with pytest.raises(DomainError, match="nothing to swap"):
            ask_swap(NEXT_MONDAY, "day", yu.pk, in_return=(NEXT_MONDAY, "day"), actor=nana, now=NOW)
        with pytest.raises(DomainError, match="somebody else's"):
            ask_swap(NEXT_MONDAY, "late", yu.pk, actor=nana, now=NOW)
        with pytest.raises(DomainError, match="own role"):
            ask_swap(NEXT_MONDAY, "day", make_staff("warehouse").pk, actor=nana, now=NOW)
        with pytest.raises(DomainError, match="own role"):
            ask_swap(NEXT_MONDAY, "day", nana.pk, actor=nana, now=NOW)
        works(nana, TODAY)
        with pytest.raises(DomainError, match="begun"):
            ask_swap(TODAY, "day", yu.pk, actor=nana, now=NOW)
        assert not ShiftSwap.objects.exists()

    def test_asked_once_at_a_time(self, nana: Staff, yu: Staff) -> None:
        ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW)
        with pytest.raises(Conflict):
            ask_swap(NEXT_MONDAY, "day", make_staff("agent").pk, actor=nana, now=NOW)

    def test_begun_meanwhile_it_is_fixed(self, nana: Staff, yu: Staff) -> None:
        swap = ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW)
        with pytest.raises(DomainError, match="begun"):
            accept_swap(swap.pk, actor=yu, now=datetime(2026, 11, 23, 8, 30, tzinfo=SHANGHAI))
        assert seats()[0] == ("娜娜", NEXT_MONDAY, "day")

    def test_lapses_when_the_planner_takes_the_shift_away(
        self, nana: Staff, yu: Staff, planner: Staff
    ) -> None:
        swap = ask_swap(NEXT_MONDAY, "day", yu.pk, actor=nana, now=NOW)

        save_week(NEXT_MONDAY, {(nana.pk, NEXT_MONDAY): ()}, seen=seen(NEXT_MONDAY), actor=planner, now=NOW)

        swap.refresh_from_db()
        assert swap.status == "lapsed"
        assert AuditEntry.objects.filter(action="swap.lapsed").count() == 1


class TestApprovals:
    """P3: asked of the supervisors on shift; after 4 hours of shift time, of every supervisor."""

    def test_waits_for_those_on_shift_until_it_is_everybodys(self) -> None:
        on, off = make_staff("supervisor"), make_staff("supervisor")
        waits = request(make_staff("agent"))
        assert list(waiting_for(off, NOW)) == [waits]  # the roster names nobody

        works(on, TODAY)

        assert list(waiting_for(on, NOW)) == [waits]
        assert list(waiting_for(off, NOW)) == []
        later = NOW + timedelta(hours=4)
        lapse_approvals(later, False)
        assert list(waiting_for(off, later)) == [waits]
        assert list(waiting_for(make_staff("agent"), later)) == []

    def test_shift_time_is_the_supervisors_own(self) -> None:
        works(make_staff("supervisor"), TODAY, "late")
        works(make_staff("agent"), TODAY, "day")
        waits = request(make_staff("agent"))

        assert escalates_at(waits, supervision(NOW)) == datetime(2026, 11, 22, 21, tzinfo=SHANGHAI)
        lapse_approvals(NOW + timedelta(hours=4), False)
        waits.refresh_from_db()
        assert waits.escalated_at is None

    def test_nobody_is_asked_about_their_own(self) -> None:
        supervisor = make_staff("supervisor")
        request(supervisor)
        assert not waiting_for(supervisor, NOW).exists()
