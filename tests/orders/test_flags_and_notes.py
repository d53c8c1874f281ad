"""N1–N4, O17: flags and notes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from orders.models import Flag, Note, Order, PlatformTask
from orders.rules.flags import ADDRESSED_TO
from orders.rules.notes import NOTE_LENGTH, NOTE_TEXTS, NoteForm, memo, memo_bytes, signed
from orders.selectors.order_page import read_order
from orders.services.flags import FlagRequest, acknowledge, set_flag
from orders.services.notes import add_note
from orders.services.ownership import take_over
from orders.services.platform import tick
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_staff


@pytest.mark.parametrize(
    ("text", "signature", "at", "shown"),
    [
        (
            "A和B已发，单号是中通7551",
            "娜娜",
            datetime(2026, 9, 9, 10, tzinfo=SHANGHAI),
            "A和B已发，单号是中通7551(娜娜9.9)",
        ),
        ("x", "小雨", datetime.fromisoformat("2026-11-21T16:30:00+00:00"), "x(小雨11.22)"),
        ("x", "小雨", datetime.fromisoformat("2026-11-21T15:59:59+00:00"), "x(小雨11.21)"),
    ],
)
def test_a_note_is_signed_with_the_day_in_shanghai(
    text: str, signature: str, at: datetime, shown: str
) -> None:
    assert signed(text, signature, at) == shown


def test_a_memo_counts_bytes_of_utf8() -> None:
    assert memo(["一(娜娜9.9)", "b(娜娜9.9)"]) == "一(娜娜9.9)\nb(娜娜9.9)"
    assert memo_bytes("已留") == 6


def test_every_form_has_its_text() -> None:
    assert set(NOTE_TEXTS) == set(NoteForm) - {NoteForm.FREE}


RED = FlagRequest(1, "改尺码", "客户要求改尺码", Flag.Addressee.WAREHOUSE, NOW + timedelta(hours=5))


@pytest.mark.django_db
class TestFlag:
    """Setting flags."""

    @pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
    def test_red_says_why_to_whom_and_until_when(self, role: str) -> None:
        order, person = make_order(), make_staff(role)

        flag = set_flag(order.tid, RED, actor=person, now=NOW)

        order.refresh_from_db()
        assert flag is not None
        assert (order.seller_flag, order.version) == (1, 1)
        assert (flag.label, flag.addressee, flag.until) == ("改尺码", "warehouse", NOW + timedelta(hours=5))
        assert str(Note.objects.get()) == "客户要求改尺码(娜娜11.22)"
        assert set(PlatformTask.objects.values_list("kind", flat=True)) == {"flag", "memo"}
        assert AuditEntry.objects.filter(action="flag.set", actor=person).count() == 1

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"label": " "}, "N3", "label"),
            ({"text": ""}, "N3", "text"),
            ({"addressee": ""}, "N3", "addressee"),
            ({"until": None}, "N3", "until"),
            ({"until": NOW}, "N3", "until"),
            ({"seller_flag": 2}, "N1", "seller_flag"),
            ({"seller_flag": 9}, "N1", "seller_flag"),
            ({"label": "长" * 25}, "N1", "label"),
            ({"label": "a\x00b"}, "N1", "label"),
            ({"label": "长" * 25, "seller_flag": 4}, "N1", "label"),
        ],
    )
    def test_what_is_missing_is_refused(self, change: dict[str, Any], code: str, field: str) -> None:
        order = make_order()
        request = FlagRequest(**(vars(RED) | change))

        with pytest.raises(DomainError) as refusal:
            set_flag(order.tid, request, actor=make_staff("agent"), now=NOW)

        assert (refusal.value.code, refusal.value.field) == (code, field)
        assert not Flag.objects.exists()
        assert not Note.objects.exists()

    def test_blue_needs_nothing_more(self) -> None:
        order = make_order()

        set_flag(order.tid, FlagRequest(4, "已留"), actor=make_staff("agent"), now=NOW)

        order.refresh_from_db()
        assert order.seller_flag == 4
        assert not Note.objects.exists()

    def test_a_new_flag_ends_the_one_before(self) -> None:
        order, agent = make_order(), make_staff("agent")
        set_flag(order.tid, RED, actor=agent, now=NOW)

        set_flag(order.tid, FlagRequest(4, "已留"), actor=agent, now=NOW + timedelta(minutes=1))

        first, second = Flag.objects.order_by("id")
        assert (first.ended_at, second.ended_at) == (NOW + timedelta(minutes=1), None)

    def test_grey_takes_it_off(self) -> None:
        order, agent = make_order(), make_staff("agent")
        set_flag(order.tid, RED, actor=agent, now=NOW)

        assert set_flag(order.tid, FlagRequest(0), actor=agent, now=NOW) is None

        order.refresh_from_db()
        assert order.seller_flag == 0
        assert not Flag.objects.filter(ended_at__isnull=True).exists()
        assert AuditEntry.objects.filter(action="flag.cleared").count() == 1

    def test_somebody_elses_change_is_not_overwritten(self) -> None:
        order, agent = make_order(), make_staff("agent")
        set_flag(order.tid, RED, actor=agent, now=NOW)

        with pytest.raises(VersionConflict):
            set_flag(order.tid, FlagRequest(4), actor=agent, seen_flag=None, now=NOW)

        order.refresh_from_db()
        assert order.seller_flag == 1

    def test_managers_do_not_flag(self) -> None:
        with pytest.raises(Forbidden):
            set_flag(make_order().tid, RED, actor=make_staff("manager"), now=NOW)

    def test_the_database_itself_refuses_a_red_flag_without_its_note(self) -> None:
        order = make_order()

        with pytest.raises(IntegrityError, match="flag_red_says_why"), transaction.atomic():
            Flag.objects.create(order=order, seller_flag=1, label="x", set_at=NOW)

    def test_it_is_acknowledged_once(self) -> None:
        order, hand = make_order(), make_staff("warehouse")
        flag = set_flag(order.tid, RED, actor=make_staff("agent"), now=NOW)
        assert flag is not None

        acknowledge(order.tid, flag.pk, actor=hand, now=NOW)
        with pytest.raises(Conflict):
            acknowledge(order.tid, flag.pk, actor=hand, now=NOW)

        flag.refresh_from_db()
        assert (flag.acknowledged_by, flag.acknowledged_at) == (hand, NOW)

    @pytest.mark.parametrize(
        ("addressee", "roles"),
        [
            (Flag.Addressee.WAREHOUSE, {"warehouse"}),
            (Flag.Addressee.SUPERVISOR, {"supervisor"}),
            (Flag.Addressee.AGENT, {"agent"}),
            (Flag.Addressee.NEXT_SHIFT, {"agent"}),
        ],
    )
    @pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse", "manager"])
    def test_only_those_it_is_for_acknowledge_it(self, addressee: str, roles: set[str], role: str) -> None:
        order, person = make_order(), make_staff(role)
        request = FlagRequest(**(vars(RED) | {"addressee": addressee}))
        flag = set_flag(order.tid, request, actor=make_staff("agent"), now=NOW)
        assert flag is not None
        detail = read_order(order.tid, staff=person, now=NOW)

        assert detail is not None
        assert detail.may_acknowledge is (role in roles)
        if role in roles:
            acknowledge(order.tid, flag.pk, actor=person, now=NOW)
        else:
            with pytest.raises(Forbidden) as refusal:
                acknowledge(order.tid, flag.pk, actor=person, now=NOW)
            assert refusal.value.code == "N3"
        flag.refresh_from_db()
        assert (flag.acknowledged_by == person) is (role in roles)

    def test_nobody_needs_to_acknowledge_a_flag_that_is_for_nobody(self) -> None:
        order, agent = make_order(), make_staff("agent")
        flag = set_flag(order.tid, FlagRequest(4, "已留"), actor=agent, now=NOW)
        assert flag is not None

        with pytest.raises(Forbidden):
            acknowledge(order.tid, flag.pk, actor=agent, now=NOW)

    def test_another_orders_flag_is_not_acknowledged(self) -> None:
        order, hand = make_order(), make_staff("warehouse")
        flag = set_flag(order.tid, RED, actor=make_staff("agent"), now=NOW)
        assert flag is not None

        with pytest.raises(Conflict):
            acknowledge(make_order().tid, flag.pk, actor=hand, now=NOW)

        flag.refresh_from_db()
        assert flag.acknowledged_at is None

    def test_every_addressee_is_somebody(self) -> None:
        named = [addressee for addressees in ADDRESSED_TO.values() for addressee in addressees]
        assert sorted(named) == sorted(Flag.Addressee.values)


@pytest.mark.django_db
class TestNote:
    """Writing notes."""

    @pytest.mark.parametrize("text", ["", "  \n ", "x" * (NOTE_LENGTH + 1), "a\x00b"])
    def test_what_cannot_be_kept_is_refused(self, text: str) -> None:
        with pytest.raises(DomainError) as refusal:
            add_note(make_order().tid, text, actor=make_staff("agent"), now=NOW)

        assert (refusal.value.code, refusal.value.field) == ("N2", "text")
        assert not Note.objects.exists()

    def test_a_note_puts_the_memo_on_the_list_once(self) -> None:
        order, agent = make_order(), make_staff("agent")
        add_note(order.tid, "一", actor=agent, now=NOW)
        add_note(order.tid, "二", actor=agent, now=NOW)

        task = PlatformTask.objects.get()
        tick(task.pk, actor=agent, now=NOW)
        with pytest.raises(Conflict):
            tick(task.pk, actor=agent, now=NOW)
        add_note(order.tid, "三", actor=agent, now=NOW)
        assert PlatformTask.objects.filter(done_at=None).count() == 1

    def test_the_signature_stays_when_the_person_is_renamed(self) -> None:
        agent = make_staff("agent", signature="娜娜")
        note = add_note(make_order().tid, "一", actor=agent, now=NOW)
        agent.signature = "小雨"
        agent.save()

        assert str(Note.objects.get(pk=note.pk)) == "一(娜娜11.22)"


@pytest.mark.django_db
class TestOwner:
    """O17."""

    def test_the_first_agent_who_acts_owns_it(self) -> None:
        order, first, second = make_order(), make_staff("agent"), make_staff("agent")
        add_note(order.tid, "一", actor=make_staff("supervisor"), now=NOW)
        assert Order.objects.get(pk=order.pk).owner is None

        add_note(order.tid, "二", actor=first, now=NOW)
        add_note(order.tid, "三", actor=second, now=NOW)

        assert Order.objects.get(pk=order.pk).owner == first

    def test_anyone_who_works_orders_may_take_it_over(self) -> None:
        order, first, second = make_order(), make_staff("agent"), make_staff("supervisor")
        add_note(order.tid, "一", actor=first, now=NOW)

        take_over(order.tid, actor=second, now=NOW)

        assert Order.objects.get(pk=order.pk).owner == second
        with pytest.raises(Forbidden):
            take_over(order.tid, actor=make_staff("warehouse"), now=NOW)
