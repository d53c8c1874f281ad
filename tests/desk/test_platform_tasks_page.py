"""To do on Taobao: what to copy, as the order is now; ticking off (D5)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, PlatformTask
from orders.rules.notes import whole_memo
from orders.selectors.platform_tasks import Todo, read_tasks
from orders.services.closing import close_unpaid_orders, close_with_consent
from orders.services.flags import FlagRequest, set_flag
from orders.services.notes import add_note
from orders.services.platform import open_task
from orders.states import Status
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
RED = Order.SellerFlag.RED


def flag_red(order: Order, label: str = "改尺码") -> None:
    request = FlagRequest(
        RED, label=label, text="等客户回复", addressee="agent", until=NOW + timedelta(days=1)
    )
    set_flag(order.tid, request, actor=make_staff("agent"), now=NOW)


def todo_of(order: Order, kind: str) -> Todo:
    _page, todos = read_tasks(done=False, kind=kind)
    return next(todo for todo in todos if todo.order.tid == order.tid)


class TestWhatToCopy:
    def test_memo_is_all_notes_oldest_first(self) -> None:
        order, agent = make_order(), make_staff("agent", signature="小雨")
        add_note(order.tid, "送发圈一份", actor=agent, now=NOW)
        add_note(order.tid, "发顺丰", actor=agent, now=NOW + timedelta(minutes=1))

        todo = todo_of(order, "memo")

        assert todo.memo == "送发圈一份(小雨11.22)\n发顺丰(小雨11.22)"
        assert todo.memo_bytes == len(todo.memo.encode()) == 51
        assert not todo.memo_is_long

    def test_memo_past_1000_bytes_is_marked(self, client_of: Callable[..., Client]) -> None:
        order, agent = make_order(), make_staff("agent")
        add_note(order.tid, "长" * 330, actor=agent, now=NOW)
        add_note(order.tid, "短", actor=agent, now=NOW)

        page = client_of("agent").get(reverse("platform-tasks")).content.decode()

        assert todo_of(order, "memo").memo_is_long
        assert "Taobao takes no more" in page

    @pytest.mark.parametrize(
        ("on_platform", "memo"),
        [
            ("", "甲(娜娜11.22)\n乙(娜娜11.22)"),
            ("老备注", "老备注\n甲(娜娜11.22)\n乙(娜娜11.22)"),
            ("甲(娜娜11.22)", "甲(娜娜11.22)\n乙(娜娜11.22)"),
            ("老备注\n甲(娜娜11.22)\n乙(娜娜11.22)", "老备注\n甲(娜娜11.22)\n乙(娜娜11.22)"),
        ],
    )
    def test_memo_keeps_what_stands_only_on_taobao(self, on_platform: str, memo: str) -> None:
        assert whole_memo(on_platform, ["甲(娜娜11.22)", "乙(娜娜11.22)"]) == memo

    def test_flag_is_the_one_that_stands_now(self, client_of: Callable[..., Client]) -> None:
        order = make_order()
        flag_red(order)
        set_flag(
            order.tid, FlagRequest(Order.SellerFlag.BLUE, label="已留"), actor=make_staff("agent"), now=NOW
        )

        todo = todo_of(order, "flag")
        page = client_of("agent").get(reverse("platform-tasks"), {"kind": "flag"}).content.decode()

        assert (todo.order.seller_flag, todo.flag and todo.flag.label) == (4, "已留")
        assert "4 blue" in page

    def test_cleared_flag_is_taken_off_there_too(self, client_of: Callable[..., Client]) -> None:
        order = make_order()
        flag_red(order)
        set_flag(order.tid, FlagRequest(Order.SellerFlag.GREY), actor=make_staff("agent"), now=NOW)

        assert "take the flag off" in client_of("agent").get(reverse("platform-tasks")).content.decode()

    def test_closing_says_why_and_with_whose_consent(self, client_of: Callable[..., Client]) -> None:
        order = make_order()
        close_with_consent(
            order.tid,
            version=order.version,
            channel="phone",
            agreed_at=NOW - timedelta(minutes=5),
            actor=make_staff("agent", signature="小雨"),
            now=NOW,
        )

        page = client_of("agent").get(reverse("platform-tasks")).content.decode()

        assert "By us, with consent" in page
        assert "agreed by phone, recorded by 小雨" in page

    def test_closing_of_an_order_that_was_reopened_is_moot(self) -> None:
        order = make_order(created=NOW - timedelta(hours=73))
        close_unpaid_orders(NOW, False)
        Order.objects.update(status=Status.WAIT_BUYER_PAY, close_reason="", end_time=None)

        assert todo_of(order, "close").moot

    def test_refund_has_its_amount(self, client_of: Callable[..., Client]) -> None:
        open_task(make_order(), PlatformTask.Kind.REFUND, amount=Decimal("1505.00"), now=NOW)

        page = client_of("agent").get(reverse("platform-tasks")).content.decode()

        assert "¥1,505.00" in page
        assert 'data-copy="1505.00"' in page


class TestPage:
    def test_newest_first_and_by_kind(self, client_of: Callable[..., Client]) -> None:
        older, newer = make_order(), make_order()
        open_task(older, PlatformTask.Kind.CLOSE, now=NOW - timedelta(hours=1))
        open_task(newer, PlatformTask.Kind.FLAG, now=NOW)
        client = client_of("agent")

        def shown(**query: str) -> list[str]:
            return [todo.order.tid for todo in client.get(reverse("platform-tasks"), query).context["todos"]]

        assert shown() == [newer.tid, older.tid]
        assert shown(kind="close") == [older.tid]
        assert shown(kind="nonsense") == [newer.tid, older.tid]

    def test_costs_the_same_whatever_it_shows(
        self, client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
    ) -> None:
        def fill(count: int) -> None:
            for _number in range(count):
                order = make_order(created=NOW - timedelta(hours=73))
                flag_red(order)
                open_task(order, PlatformTask.Kind.REFUND, amount=Decimal("1.00"), now=NOW)
            close_unpaid_orders(NOW, False)

        client = client_of("agent")
        fill(1)
        # Who asks; counts; tasks; flags, notes, consents.
        with django_assert_num_queries(6):
            client.get(reverse("platform-tasks"))
        fill(11)
        with django_assert_num_queries(6):
            client.get(reverse("platform-tasks"))


class TestTicking:
    def test_ticked_task_moves_to_done_with_who_did_it(self, client_of: Callable[..., Client]) -> None:
        open_task(make_order(), PlatformTask.Kind.CLOSE, now=NOW)
        task = PlatformTask.objects.get()
        client = client_of("agent", signature="小雨")

        answer = client.post(reverse("platform-task-done", args=[task.pk]), follow=True)

        assert "Ticked off: Close the order." in answer.content.decode()
        assert answer.context["todos"] == []
        [done] = client.get(reverse("platform-tasks"), {"tab": "done"}).context["todos"]
        assert (done.task, str(done.task.done_by)) == (task, "小雨")
        assert AuditEntry.objects.filter(action="platform.done").count() == 1

    def test_with_htmx_the_row_comes_back_done(self, client_of: Callable[..., Client]) -> None:
        order = make_order()
        add_note(order.tid, "发顺丰", actor=make_staff("agent"), now=NOW)
        task = PlatformTask.objects.get()

        answer = client_of("agent").post(reverse("platform-task-done", args=[task.pk]), headers=HTMX)

        page = answer.content.decode()
        assert page.startswith("<li") or page.lstrip().startswith("<li")
        assert f'id="task-{task.pk}"' in page
        assert "<button class" not in page

    def test_ticked_twice_says_so(self, client_of: Callable[..., Client]) -> None:
        open_task(make_order(), PlatformTask.Kind.CLOSE, now=NOW)
        address = reverse("platform-task-done", args=[PlatformTask.objects.get().pk])
        client = client_of("agent")
        client.post(address)

        answer = client.post(address, headers=HTMX)

        assert answer.status_code == 409
        assert "Somebody did this already." in answer.content.decode()

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_role_is_refused_and_nothing_changes(self, role: str, client_of: Callable[..., Client]) -> None:
        open_task(make_order(), PlatformTask.Kind.CLOSE, now=NOW)
        task, client = PlatformTask.objects.get(), client_of(role)

        assert client.get(reverse("platform-tasks")).status_code == 403
        assert client.post(reverse("platform-task-done", args=[task.pk])).status_code == 403
        task.refresh_from_db()
        assert task.done_at is None
