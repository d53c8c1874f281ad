"""T2: the packet at the end of a shift, accepted line by line; what is not goes to the supervisor."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from afterservice.models import Clock
from afterservice.rules.clocks import ClockKind
from orders.models import ChangeNotice
from orders.services.flags import FlagRequest, set_flag
from shopdesk.base import clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry, RosterEntry, Staff
from shopdesk.base.shifts import STARTING_SHIFTS, Plan
from shopdesk.desk.models import Handover, HandoverLine, Promise
from shopdesk.desk.rules.handovers import change_of_shift
from shopdesk.desk.selectors.handovers import read_packet, to_accept, with_supervisors
from shopdesk.desk.services.handovers import accept_line, answer, ask_back, escalate_handovers, hand_over
from shopdesk.desk.services.promises import end_promise, make_promise
from tests.afterservice.scenes import make_ticket
from tests.base.test_lapse_approvals import request
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
USUAL = Plan(STARTING_SHIFTS)
TODAY = date(2026, 11, 22)
EVENING = datetime(2026, 11, 22, 17, 20, tzinfo=SHANGHAI)
ACCEPT_BY = datetime(2026, 11, 22, 18, 20, tzinfo=SHANGHAI)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def nana() -> Staff:
    return make_staff("agent")


@pytest.fixture
def yu() -> Staff:
    return make_staff("agent", signature="小雨")


@pytest.mark.parametrize(
    ("now", "works", "given", "change"),
    [
        ("22 17:20", [], [], "day → 22 late by 18:20"),
        ("22 16:00", [], [], "day → 22 late by 18:00"),
        ("22 17:20", [(TODAY, "late")], [], "late → 23 day by 09:30"),
        ("22 17:40", [], [], "late → 23 day by 09:30"),  # one that runs before one that is over
        ("22 17:40", [(TODAY, "day")], [], "day → 22 late by 18:40"),  # a little late
        ("23 00:55", [], [], "late → 23 day by 09:30"),
        ("23 02:00", [], [], "late → 23 day by 09:30"),
        ("22 17:20", [], [(TODAY, "day")], "late → 23 day by 09:30"),
        ("23 06:00", [], [], None),
    ],
)
def test_which_shift_is_handed_over(
    now: str, works: list[tuple[date, str]], given: list[tuple[date, str]], change: str | None
) -> None:
    found = change_of_shift(at(now), USUAL, works=works, given=given)
    if change is None:
        assert found is None
    else:
        assert found is not None
        after = found.taking_over
        assert f"{found.ending.code} → {after.day.day} {after.code} by {found.accept_by:%H:%M}" == change


def texts(handover: Handover) -> list[tuple[str, str]]:
    return list(handover.lines.order_by("position").values_list("kind", "text"))


def flag_next_shift(actor: Staff) -> None:
    wanted = FlagRequest(1, "改尺码", "明早改36码", "next_shift", EVENING + timedelta(days=1))
    set_flag(make_order().tid, wanted, actor=actor, now=NOW)


class TestDrawingUp:
    def test_what_is_open_in_ones_name(self, nana: Staff, yu: Staff) -> None:
        for owner in (nana, yu):
            make_promise(make_order().tid, "今晚发", EVENING + timedelta(days=2), actor=owner, now=NOW)
            flag_next_shift(owner)
            ChangeNotice.objects.create(
                order=make_order(owner=owner), kind="sku", before="37", after="36", made_at=NOW
            )
            request(owner)

        packet = hand_over(
            words="客户1要发票\n\n 退货放在二号架 ", drafts=[("", "没发完的")], actor=nana, now=EVENING
        )

        assert texts(packet) == [
            ("promise", "今晚发"),
            ("flag", "改尺码：明早改36码"),
            ("change", "颜色尺码 37 → 36"),
            ("approval", "免邮申请：发货慢了"),
            ("draft", "没发完的"),
            ("words", "客户1要发票"),
            ("words", "退货放在二号架"),
        ]
        assert (packet.shift, packet.next_shift, packet.accept_by) == ("day", "late", ACCEPT_BY)
        assert AuditEntry.objects.get(action="handover.given").after["lines"] == 7

    def test_what_was_done_is_not_drawn_up(self, nana: Staff) -> None:
        promise = make_promise(make_order().tid, "今晚发", EVENING, actor=nana, now=NOW)
        end_promise(promise.pk, "kept", actor=nana, now=NOW)

        with pytest.raises(DomainError, match="nothing to hand over"):
            hand_over(actor=nana, now=EVENING)
        assert not Handover.objects.exists()

    def test_clocks_that_wait_for_us_and_end_by_the_next_shift(self, nana: Staff, yu: Staff) -> None:
        ends = at("23 01:00")
        for owner, kind, due, awaits in (
            (nana, ClockKind.ANSWER, ends, "us"),
            (None, ClockKind.DECIDE, EVENING, "us"),
            (nana, ClockKind.ANSWER, ends + timedelta(minutes=1), "us"),
            (nana, ClockKind.SEND_BACK, ends, "buyer"),
            (yu, ClockKind.ANSWER, ends, "us"),
        ):
            Clock.objects.create(
                ticket=make_ticket(owner=owner),
                kind=kind,
                awaits=awaits,
                at_zero="none",
                started_at=NOW,
                due_at=due,
            )

        packet = hand_over(actor=nana, now=EVENING)

        assert [(line.kind, line.due_at) for line in packet.lines.order_by("position")] == [
            ("clock", EVENING),
            ("clock", ends),
        ]

    def test_once_for_each_shift(self, nana: Staff) -> None:
        RosterEntry.objects.create(staff=nana, day=TODAY, shift="day")
        hand_over(words="一", actor=nana, now=EVENING)
        hand_over(words="二", actor=nana, now=EVENING)  # they stay for the late one
        with pytest.raises(DomainError, match="No shift"):
            hand_over(words="三", actor=nana, now=EVENING)
        assert list(Handover.objects.order_by("pk").values_list("shift", flat=True)) == ["day", "late"]

    @pytest.mark.parametrize("words", ["\n".join("a" * 21), "长" * 501])
    def test_bounds(self, nana: Staff, words: str) -> None:
        with pytest.raises(DomainError):
            hand_over(words=words, actor=nana, now=EVENING)
        assert not Handover.objects.exists()

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_others_do_not_hand_over(self, role: str) -> None:
        with pytest.raises(Forbidden):
            hand_over(words="x", actor=make_staff(role), now=EVENING)


@pytest.fixture
def packet(nana: Staff) -> Handover:
    make_promise(make_order().tid, "今晚发", EVENING + timedelta(hours=3), actor=nana, now=NOW)
    return hand_over(words="记得锁门", actor=nana, now=EVENING)


class TestTakingOver:
    def test_line_by_line_and_the_promise_with_it(self, packet: Handover, yu: Staff) -> None:
        promise_line, words = packet.lines.order_by("position")

        accept_line(promise_line.pk, actor=yu, now=EVENING)

        promise_line.refresh_from_db()
        words.refresh_from_db()
        assert (promise_line.accepted_by, promise_line.accepted_at) == (yu, EVENING)
        assert words.accepted_at is None
        assert Promise.objects.get().keeper == yu
        assert list(AuditEntry.objects.order_by("-id").values_list("action", flat=True)[:2]) == [
            "handover.accepted",
            "promise.moved",
        ]

    def test_one_wins_and_the_other_is_told(self, packet: Handover, yu: Staff) -> None:
        line = packet.lines.order_by("position")[0]
        accept_line(line.pk, actor=yu, now=EVENING)
        with pytest.raises(Conflict, match="小雨 was quicker"):
            accept_line(line.pk, actor=make_staff("supervisor"), now=EVENING)
        assert Promise.objects.get().keeper == yu

    def test_not_ones_own(self, packet: Handover, nana: Staff) -> None:
        line = packet.lines.order_by("position")[0]
        with pytest.raises(Forbidden):
            accept_line(line.pk, actor=nana, now=EVENING)
        with pytest.raises(Forbidden):
            ask_back(line.pk, "?", actor=nana, now=EVENING)
        assert not to_accept(nana).exists()

    def test_a_question_back_is_answered_by_who_handed_over(
        self, packet: Handover, nana: Staff, yu: Staff
    ) -> None:
        line = packet.lines.order_by("position")[1]
        with pytest.raises(Conflict):
            answer(line.pk, "好", actor=nana, now=EVENING)
        ask_back(line.pk, "哪个门？", actor=yu, now=EVENING)
        with pytest.raises(Conflict):
            ask_back(line.pk, "还有呢？", actor=yu, now=EVENING)
        with pytest.raises(Forbidden):
            answer(line.pk, "后门", actor=yu, now=EVENING)
        answer(line.pk, "后门", actor=nana, now=EVENING)

        line.refresh_from_db()
        assert (line.question, line.answer, line.accepted_at) == ("哪个门？", "后门", None)

    def test_what_it_says_is_frozen_and_how_it_stands_is_live(self, packet: Handover, yu: Staff) -> None:
        end_promise(Promise.objects.get().pk, "kept", actor=yu, now=EVENING)

        [promise_line, words] = read_packet(packet, staff=yu, now=EVENING)

        assert promise_line.line.text == "今晚发"
        assert promise_line.state is not None
        assert (promise_line.state.words, promise_line.state.done) == ("kept", True)
        assert words.state is None
        for change in ({"text": "别的"}, {"due_at": EVENING}, {"accept_by": EVENING}):
            with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
                HandoverLine.objects.filter(pk=words.line.pk).update(**change)
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            Handover.objects.update(shift="late")


class TestNotAccepted:
    def test_it_goes_to_the_supervisors_once(self, packet: Handover, yu: Staff) -> None:
        accept_line(packet.lines.order_by("position")[0].pk, actor=yu, now=EVENING)

        assert escalate_handovers(ACCEPT_BY - timedelta(seconds=1), False).done == 0
        assert escalate_handovers(ACCEPT_BY, True).done == 1
        assert not with_supervisors().exists()
        assert escalate_handovers(ACCEPT_BY, False).done == 1
        assert escalate_handovers(ACCEPT_BY, False).done == 0

        assert [line.text for line in with_supervisors()] == ["记得锁门"]
        assert AuditEntry.objects.filter(action="handover.escalated").count() == 1
        assert to_accept(yu).count() == 1  # both see it, and anybody may still accept it
        accept_line(with_supervisors().get().pk, actor=make_staff("supervisor"), now=ACCEPT_BY)
        assert not with_supervisors().exists()

    def test_what_was_done_meanwhile_bothers_nobody(self, packet: Handover, yu: Staff) -> None:
        end_promise(Promise.objects.get().pk, "kept", actor=yu, now=EVENING)

        assert escalate_handovers(ACCEPT_BY, False).done == 1
        assert [line.kind for line in with_supervisors()] == ["words"]


class TestPages:
    @pytest.fixture(autouse=True)
    def evening(self) -> Iterator[None]:
        with clock.fixed(EVENING):
            yield

    def client(self, staff: Staff) -> Client:
        client = Client()
        client.force_login(staff)
        return client

    def test_from_handing_over_to_accepting(self, nana: Staff, yu: Staff) -> None:
        make_promise(make_order().tid, "今晚发", EVENING + timedelta(hours=3), actor=nana, now=NOW)
        shown = self.client(nana).get(reverse("handover") + "?tab=give")
        assert [line.text for line in shown.context["drawn"]] == ["今晚发"]

        self.client(nana).post(reverse("handover-give"), {"words": "记得锁门"})
        line = HandoverLine.objects.get(kind="words")
        answer = self.client(yu).post(
            reverse("handover-accept", args=[line.pk]), headers={"HX-Request": "true"}
        )
        late = self.client(make_staff("agent")).post(
            reverse("handover-accept", args=[line.pk]), headers={"HX-Request": "true"}
        )

        assert "小雨" in answer.content.decode()
        assert (late.status_code, late["HX-Retarget"]) == (409, f"#line-{line.pk}-refusal")
        assert "小雨 was quicker" in late.content.decode()

    def test_a_refused_packet_keeps_what_was_typed(self, nana: Staff) -> None:
        answer = self.client(nana).post(reverse("handover-give"), {"words": "长" * 501})

        assert answer.status_code == 422
        assert "长" * 501 in answer.content.decode()

    def test_costs_the_same_however_much_waits(
        self, nana: Staff, yu: Staff, django_assert_num_queries: Callable[..., object]
    ) -> None:
        def hand(giver: Staff) -> Handover:
            make_promise(make_order().tid, "今晚发", EVENING + timedelta(hours=3), actor=giver, now=NOW)
            flag_next_shift(giver)
            request(giver)
            return hand_over(words="一\n二", actor=giver, now=EVENING)

        first, client = hand(nana), self.client(yu)
        pages = [
            (reverse("handover"), 6),  # who asks; counts; lines; promises, flags and approvals
            (reverse("handover") + "?tab=given", 3),
            (reverse("handover") + "?tab=give", 10),  # counts; roster, packets, hours; five kinds; who asks
            (reverse("handover-packet", args=[first.pk]), 6),
        ]
        for address, statements in pages:
            with django_assert_num_queries(statements):
                assert client.get(address).status_code == 200
        for _number in range(3):
            hand(make_staff("agent"))
        for address, statements in pages:
            with django_assert_num_queries(statements):
                client.get(address)
