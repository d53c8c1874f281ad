"""T2: promises to buyers: made from a note, kept, broken or dropped."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Note
from orders.services.notes import add_note
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.desk.models import Promise
from shopdesk.desk.selectors.promises import due_today, promises_of, to_keep
from shopdesk.desk.services.promises import end_promise, make_promise
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
TONIGHT = NOW + timedelta(hours=10)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def nana() -> Staff:
    return make_staff("agent")


def test_it_stands_on_a_note_that_is_written_with_it(nana: Staff) -> None:
    order = make_order()

    promise = make_promise(order.tid, " 答应今晚发 ", TONIGHT, actor=nana, now=NOW)

    assert str(Note.objects.get()) == "答应今晚发(娜娜11.22)"
    assert (promise.note, promise.keeper, promise.status) == (Note.objects.get(), nana, "open")
    order.refresh_from_db()
    assert order.owner == nana  # O17
    assert AuditEntry.objects.filter(subject_id=order.tid, action="promise.made").count() == 1


def test_of_a_note_that_is_there_no_second_is_written(nana: Staff) -> None:
    order = make_order()
    note = add_note(order.tid, "答应明天发", actor=nana, now=NOW)

    make_promise(order.tid, "明天发", TONIGHT, note_id=note.pk, actor=nana, now=NOW)

    assert Promise.objects.get().note == note == Note.objects.get()
    with pytest.raises(DomainError, match="no such note"):
        make_promise(make_order().tid, "明天发", TONIGHT, note_id=note.pk, actor=nana, now=NOW)


@pytest.mark.parametrize(
    ("text", "hours"), [("", 1), ("x" * 201, 1), ("今晚发", 0), ("今晚发", -1), ("a\x00b", 1)]
)
def test_what_is_no_promise(nana: Staff, text: str, hours: int) -> None:
    order = make_order()
    with pytest.raises(DomainError):
        make_promise(order.tid, text, NOW + timedelta(hours=hours), actor=nana, now=NOW)
    assert not Note.objects.exists()
    assert not Promise.objects.exists()


def test_the_same_twice_is_one(nana: Staff) -> None:
    order = make_order()
    make_promise(order.tid, "今晚发", TONIGHT, actor=nana, now=NOW)
    with pytest.raises(Conflict):
        make_promise(order.tid, "今晚发", TONIGHT, actor=nana, now=NOW)
    assert Note.objects.count() == 1


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_only_those_who_work_orders_promise(role: str, nana: Staff) -> None:
    order, actor = make_order(), make_staff(role)
    promise = make_promise(order.tid, "今晚发", TONIGHT, actor=nana, now=NOW)
    with pytest.raises(Forbidden):
        make_promise(order.tid, "明天发", TONIGHT, actor=actor, now=NOW)
    with pytest.raises(Forbidden):
        end_promise(promise.pk, "kept", actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "word", "allowed"),
    [
        ("kept", "", True),
        ("broken", "", False),
        ("broken", "缺货", True),
        ("dropped", " ", False),
        ("dropped", "客户不要了", True),
        ("open", "x", False),
        ("", "x", False),
    ],
)
def test_one_that_was_not_kept_says_why(nana: Staff, outcome: str, word: str, allowed: bool) -> None:
    promise = make_promise(make_order().tid, "今晚发", TONIGHT, actor=nana, now=NOW)
    if allowed:
        end_promise(promise.pk, outcome, word=word, actor=nana, now=NOW)
        with pytest.raises(Conflict):
            end_promise(promise.pk, "kept", actor=make_staff("agent"), now=NOW)
    else:
        with pytest.raises(DomainError):
            end_promise(promise.pk, outcome, word=word, actor=nana, now=NOW)
    promise.refresh_from_db()
    assert promise.status == (outcome if allowed else "open")


def test_due_today_are_those_until_midnight_and_the_overdue(nana: Staff) -> None:
    order = make_order()
    for hours in (-1, 11, 13):
        make_promise(
            order.tid, f"{hours}", NOW + timedelta(hours=hours), actor=nana, now=NOW - timedelta(days=1)
        )
    make_promise(order.tid, "别人的", NOW + timedelta(hours=1), actor=make_staff("agent"), now=NOW)

    assert [str(promise) for promise in due_today(to_keep(nana), NOW).order_by("due_at")] == ["-1", "11"]
    assert [str(promise) for promise in promises_of(order.tid)] == ["-1", "别人的", "11", "13"]


class TestPages:
    def test_from_the_note_box_to_kept(self, client_of: Callable[..., Client]) -> None:
        order, client = make_order(), client_of("agent")
        page = reverse("orders:detail", args=[order.tid])

        form = client.post(reverse("promise-propose", args=[order.tid]), {"text": "答应今晚发"})
        assert 'value="2026-11-22T22:00"' in form.content.decode()
        assert not Note.objects.exists()  # nothing is changed by proposing
        client.post(
            reverse("promise-make", args=[order.tid]), {"text": "答应今晚发", "due_at": "2026-11-22T22:00"}
        )
        promise = Promise.objects.get()
        assert "答应今晚发" in client.get(page).content.decode()
        client.post(reverse("promise-end", args=[promise.pk]), {"outcome": "kept", "next": page})

        promise.refresh_from_db()
        assert promise.status == "kept"
        assert "Promised to the buyer, due 11-22 22:00" in client.get(page).content.decode()

    def test_of_a_note_with_the_button_on_it(self, client_of: Callable[..., Client], nana: Staff) -> None:
        note = add_note(make_order().tid, "周五前补发", actor=nana, now=NOW)

        answer = client_of("agent").post(
            reverse("promise-propose", args=[note.order_id]),
            {"note": note.pk},
            headers={"HX-Request": "true"},
        )

        assert f'name="note" value="{note.pk}"' in answer.content.decode()
        assert 'value="2026-11-27T17:30"' in answer.content.decode()
        assert "<html" not in answer.content.decode()

    def test_a_refused_one_keeps_what_was_typed(self, client_of: Callable[..., Client]) -> None:
        answer = client_of("agent").post(
            reverse("promise-make", args=[make_order().tid]), {"text": "今晚发", "due_at": "2026-11-22T10:00"}
        )
        assert answer.status_code == 422
        assert 'value="今晚发"' in answer.content.decode()
        assert 'value="2026-11-22T10:00"' in answer.content.decode()

    @pytest.mark.parametrize("tab", ["", "mine", "all", "ended"])
    def test_the_list_costs_the_same(
        self, tab: str, nana: Staff, django_assert_num_queries: Callable[..., object]
    ) -> None:
        client = Client()
        client.force_login(nana)

        def make(number: int) -> None:
            order = make_order()
            promise = make_promise(order.tid, f"{number}", TONIGHT, actor=nana, now=NOW)
            make_promise(order.tid, f"又{number}", TONIGHT, actor=nana, now=NOW)
            end_promise(promise.pk, "broken", word="缺货", actor=nana, now=NOW)

        make(0)
        address = reverse("promises") + f"?tab={tab}"
        with django_assert_num_queries(3):  # who asks; the page; the counts
            client.get(address)
        for number in range(1, 4):
            make(number)
        with django_assert_num_queries(3):
            client.get(address)
