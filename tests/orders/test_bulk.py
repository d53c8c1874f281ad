"""N1–N3, O17 for many orders at once: fixed at the preview, checked again under the lock, a result for each."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import BulkRow, BulkRun, Flag, Note, Order, PlatformTask, Snooze, Star
from orders.rules.flags import BLUE, GREY, RED
from orders.selectors.filters import OrderFilter
from orders.services import marks
from orders.services.bulk import running
from orders.services.flags import FlagRequest, set_flag
from shopdesk.base import batches
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.queueing import WorkerUnreachable
from tests.factories import NOW, make_order, make_staff

RED_FLAG = FlagRequest(RED, "等到货", "韩国缺货，等下一批", "agent", NOW + timedelta(days=1))
PROTECTED = FlagRequest(RED, "改地址", "请仓库看", "warehouse", NOW + timedelta(days=1))


pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def agent(db: None) -> Staff:
    return make_staff("agent")


def run_now(action: str, tids: list[str], asked: object, actor: Staff) -> BulkRun:
    run = running.prepare(action, tids, actor=actor, now=NOW)
    return running.start(run.pk, asked, actor=actor, hand_to=_never, now=NOW)  # type: ignore[arg-type]


def _never(run_id: int) -> None:
    raise AssertionError("few orders are done at once")


def states(run: BulkRun) -> dict[str, int]:
    return dict(Counter(run.rows.values_list("state", flat=True)))


def make_many(count: int) -> list[str]:
    orders = [
        Order(tid=f"5{number:018d}", status="WAIT_BUYER_PAY", created=NOW - timedelta(minutes=number))
        for number in range(count)
    ]
    Order.objects.bulk_create(orders)
    return [order.tid for order in orders]


def facts(tid: str) -> list[tuple[str, dict[str, object], dict[str, object]]]:
    """What the audit says of an order, but for the numbers of rows."""
    return [
        (entry.action, _plain(entry.before), _plain(entry.after))
        for entry in AuditEntry.objects.filter(subject_id=tid).order_by("pk")
    ]


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {name: value is not None if name == "note" else value for name, value in values.items()}


@pytest.mark.parametrize(
    "request_", [RED_FLAG, FlagRequest(BLUE, "留货"), FlagRequest(BLUE, text="已留"), FlagRequest(GREY)]
)
@pytest.mark.parametrize("before", [None, FlagRequest(BLUE, "旧")])
def test_many_are_flagged_as_one_is(agent: Staff, request_: FlagRequest, before: FlagRequest | None) -> None:
    alone, together = make_order(), make_order()
    supervisor = make_staff("supervisor")
    for order in (alone, together):
        if before:
            set_flag(order.tid, before, actor=supervisor, now=NOW)
    set_flag(alone.tid, request_, actor=agent, now=NOW)

    run = run_now("flag", [together.tid], request_, agent)

    assert (run.status, states(run)) == ("done", {"done": 1})
    for model, fields in (
        (Order, ("seller_flag", "owner", "version")),
        (Flag, ("seller_flag", "label", "addressee", "until", "set_by", "ended_at")),
        (Note, ("text", "author", "signature", "form", "at")),
        (PlatformTask, ("kind", "opened_at", "done_at")),
    ):
        key = "pk" if model is Order else "order"
        one, other = (
            sorted(map(str, model.objects.filter(**{key: order.pk}).values_list(*fields)))  # type: ignore[attr-defined]
            for order in (alone, together)
        )
        assert one == other, model
    assert sorted(map(str, facts(alone.tid))) == sorted(map(str, facts(together.tid)))


def test_notes_and_owners(agent: Staff) -> None:
    mine, free = make_order(owner=agent), make_order()
    supervisor, other = make_staff("supervisor"), make_staff("agent")

    noted = run_now("note", [mine.tid, free.tid], " 周末不发货 ", agent)
    given = run_now("owner", [mine.tid, free.tid], other, supervisor)

    assert states(noted) == states(given) == {"done": 2}
    assert list(Note.objects.values_list("text", "author")) == [("周末不发货", agent.pk)] * 2
    assert set(Order.objects.values_list("owner", flat=True)) == {other.pk}
    owners = AuditEntry.objects.filter(action="order.owner", actor=supervisor)
    assert [(entry.before, entry.after) for entry in owners] == [
        ({"owner": agent.pk}, {"owner": other.pk})
    ] * 2


def test_stars_and_snoozes_stop_where_ones_list_is_full(
    agent: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MOST_STARS", 3)
    monkeypatch.setattr(marks, "MOST_SNOOZED", 2)
    tids = make_many(4)
    marks.star(tids[3], actor=agent, now=NOW)
    until = NOW + timedelta(days=1)

    starred = run_now("star", tids, None, agent)
    put_off = run_now("snooze", tids, until, agent)

    assert states(starred) == {"done": 3, "refused": 1}
    assert set(Star.objects.values_list("order", flat=True)) == {tids[0], tids[1], tids[3]}
    assert starred.rows.get(state="refused").order_id == tids[2]
    assert list(put_off.rows.filter(state="refused").values_list("order", "code")) == [
        (tids[2], "N6"),
        (tids[3], "N6"),
    ]
    assert list(Snooze.objects.order_by("order").values_list("order", "until")) == [
        (tids[0], until),
        (tids[1], until),
    ]
    assert AuditEntry.objects.filter(action="order.starred").count() == 3


@pytest.mark.parametrize(
    ("action", "asked", "code"),
    [
        ("flag", FlagRequest(RED, "缺货", "", "agent", NOW + timedelta(days=1)), "N3"),
        ("flag", FlagRequest(2), "N1"),
        ("note", " ", "N2"),
        ("snooze", NOW - timedelta(minutes=1), "N6"),
        ("owner", "somebody else", "O17"),
    ],
)
def test_what_no_order_could_get_is_refused_as_a_whole(
    agent: Staff, action: str, asked: object, code: str
) -> None:
    asked = make_staff("agent") if asked == "somebody else" else asked
    run = running.prepare(action, [make_order().tid], actor=agent, now=NOW)

    with pytest.raises(DomainError) as refusal:
        running.start(run.pk, asked, actor=agent, hand_to=_never, now=NOW)  # type: ignore[arg-type]

    run.refresh_from_db()
    assert (refusal.value.code, run.status, states(run)) == (code, "preview", {"waiting": 1})
    assert not AuditEntry.objects.filter(actor=agent).exists()


def test_who_may_not_is_refused(agent: Staff) -> None:
    tid = make_order().tid
    with pytest.raises(Forbidden):
        running.prepare("owner", [tid], actor=make_staff("warehouse"))
    with pytest.raises(Forbidden):
        running.prepare("flag", [tid], actor=make_staff("manager"))
    run = running.prepare("note", [tid], actor=agent)
    with pytest.raises(DomainError):
        running.start(run.pk, "别人的", actor=make_staff("agent"), hand_to=_never)
    assert not Note.objects.exists()


def test_no_order_and_too_many_are_refused(agent: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_ORDERS", 2)
    make_many(3)
    for chosen in ([], ["000"], OrderFilter()):
        with pytest.raises(DomainError):
            running.prepare("note", chosen, actor=agent, now=NOW)
    assert not BulkRun.objects.exists()


def test_five_thousand_of_which_two_hundred_are_not_allowed(agent: Staff) -> None:
    tids = make_many(5_000)
    supervisor = make_staff("supervisor")
    protected = running.prepare("flag", tids[::25], actor=supervisor, now=NOW)
    running.start(protected.pk, PROTECTED, actor=supervisor, hand_to=running.work, now=NOW)

    run = running.prepare("flag", OrderFilter(status="WAIT_BUYER_PAY"), actor=agent, now=NOW)
    named = set(run.rows.filter(state="refused").values_list("order_id", flat=True))
    later = make_order()  # it matches too, but came after the preview
    with CaptureQueriesContext(connection) as captured:
        running.start(run.pk, RED_FLAG, actor=agent, hand_to=running.work, now=NOW)

    assert named == set(tids[::25])
    assert states(run) == {"done": 4_800, "refused": 200}
    assert set(run.rows.filter(state="refused").values_list("code", flat=True)) == {"N3"}
    assert Flag.objects.filter(label="等到货", ended_at=None).count() == 4_800
    assert Flag.objects.filter(label="改地址", ended_at=None).count() == 200
    for action in ("flag.set", "note.added", "order.owner"):
        written = AuditEntry.objects.filter(action=action, actor=agent)
        assert written.values("subject_id").distinct().count() == written.count() == 4_800, action
    assert PlatformTask.objects.filter(kind="flag").count() == 5_000
    assert later.tid not in set(run.rows.values_list("order_id", flat=True))
    assert len(captured) < 300  # a fixed number for each 500


def test_a_flag_that_changed_since_the_preview_stays(agent: Staff) -> None:
    kept, changed = make_order(), make_order()
    run = running.prepare("flag", [kept.tid, changed.tid], actor=agent, now=NOW)
    set_flag(changed.tid, FlagRequest(BLUE, "留货"), actor=make_staff("supervisor"), now=NOW)

    running.start(run.pk, RED_FLAG, actor=agent, hand_to=_never, now=NOW)

    row = run.rows.get(order=changed)
    assert (row.state, row.code, states(run)) == ("refused", "T5", {"done": 1, "refused": 1})
    assert Flag.objects.get(order=changed, ended_at=None).label == "留货"

    again = running.again(run.pk, actor=agent, now=NOW)
    running.start(again.pk, RED_FLAG, actor=agent, hand_to=_never, now=NOW)

    assert list(again.rows.values_list("order_id", "state")) == [(changed.tid, "done")]
    assert Flag.objects.get(order=changed, ended_at=None).label == "等到货"


def test_a_run_is_started_once(agent: Staff) -> None:
    run = run_now("note", [make_order().tid], "一次", agent)
    with pytest.raises(Conflict):
        running.start(run.pk, "两次", actor=agent, hand_to=_never)
    running.work(run.pk)
    assert Note.objects.count() == 1


def test_where_the_worker_cannot_be_told_nothing_is_started(agent: Staff) -> None:
    from kombu.exceptions import OperationalError

    def unreachable(run_id: int) -> None:
        raise OperationalError

    run = running.prepare("note", make_many(running.AT_ONCE + 1), actor=agent, now=NOW)
    with pytest.raises(WorkerUnreachable):
        running.start(run.pk, "周末不发货", actor=agent, hand_to=unreachable, now=NOW)
    run.refresh_from_db()
    assert (run.status, Note.objects.count()) == ("preview", 0)


def test_a_killed_worker_leaves_finished_batches_and_the_rest_is_resumed(
    agent: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 50)
    run = running.prepare("note", make_many(120), actor=agent, now=NOW)
    real, calls = running.PERFORM["note"], []

    def killed_at_the_second(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "PERFORM", {"note": killed_at_the_second})
    with pytest.raises(KeyboardInterrupt):
        running.start(run.pk, "周末不发货", actor=agent, hand_to=running.work, now=NOW)
    assert (states(run), Note.objects.count()) == ({"done": 50, "waiting": 70}, 50)

    running.resume(run.pk, actor=agent, hand_to=running.work)

    run.refresh_from_db()
    assert (run.status, states(run)) == ("done", {"done": 120})
    assert Note.objects.values("order").distinct().count() == Note.objects.count() == 120


def test_a_time_that_is_past_by_now_is_refused_with_its_rule(agent: Staff) -> None:
    run = running.prepare("flag", make_many(running.AT_ONCE + 1), actor=agent, now=NOW)
    running.start(run.pk, RED_FLAG, actor=agent, hand_to=lambda run_id: None, now=NOW)

    running.work(run.pk, now=NOW + timedelta(days=2))

    assert set(run.rows.values_list("state", "code")) == {("refused", "N3")}
    assert not Note.objects.exists()


def test_one_that_fails_does_not_stop_the_others(agent: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    tids = make_many(5)
    real = running.PERFORM["note"]

    def failing(rows: list[BulkRow], *arguments: object) -> object:
        if any(row.order_id == tids[2] for row in rows):
            raise RuntimeError("disk full")
        return real(rows, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "PERFORM", {"note": failing})

    run = run_now("note", tids, "周末不发货", agent)

    assert (run.status, states(run)) == ("done", {"done": 4, "refused": 1})
    assert run.rows.get(state="refused").reason == "An error on our side. Try this one again."


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_no_order_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 20)
    agent = make_staff("agent")
    run = running.prepare("note", make_many(200), actor=agent, now=NOW)
    running.start(run.pk, "周末不发货", actor=agent, hand_to=lambda run_id: None, now=NOW)
    together = Barrier(2)

    def worker() -> None:
        try:
            together.wait()
            running.work(run.pk)
        finally:
            connections.close_all()

    threads = [Thread(target=worker) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    run.refresh_from_db()
    assert (run.status, states(run)) == ("done", {"done": 200})
    assert Note.objects.values("order").distinct().count() == Note.objects.count() == 200
    assert AuditEntry.objects.filter(action="note.added").count() == 200


class TestPages:
    """From the list to the results."""

    @pytest.fixture
    def client(self, agent: Staff) -> Client:
        client = Client()
        client.force_login(agent)
        return client

    def test_from_the_list_to_the_results(self, client: Client) -> None:
        good, protected = make_order(), make_order("另一位")
        set_flag(protected.tid, PROTECTED, actor=make_staff("supervisor"), now=NOW)
        assert 'form="bulk"' in client.get("/orders/").content.decode()

        answer = client.post(
            reverse("orders:bulk"), {"action": "flag", "tid": [good.tid, protected.tid]}, follow=True
        )
        address = answer.redirect_chain[-1][0]
        page = answer.content.decode()
        assert protected.tid in page
        assert "waits here to be acknowledged" in page

        start = f"{address}start/"
        sent = {
            "seller_flag": "1",
            "label": "等到货",
            "text": "",
            "addressee": "agent",
            "until": "2036-01-01T09:00",
        }
        refused = client.post(start, sent)
        assert refused.status_code == 422
        assert 'value="等到货"' in refused.content.decode()
        done = client.post(start, sent | {"text": "缺货"}, follow=True)

        assert done.context["report"].counts == {"waiting": 0, "done": 1, "refused": 1}
        assert Order.objects.get(pk=good.pk).seller_flag == RED

    def test_all_that_match_are_those_of_the_filter(self, client: Client) -> None:
        for number in range(60):
            make_order(receiver_state="浙江" if number % 2 else "上海")
        answer = client.post(
            reverse("orders:bulk"), {"action": "note", "all": "1", "receiver_state": "浙江"}, follow=True
        )
        assert answer.context["report"].counts["waiting"] == 30

    def test_only_who_started_it_sees_it(self, client: Client, client_of: Callable[..., Client]) -> None:
        run = running.prepare("note", [make_order().tid], actor=make_staff("supervisor"))
        assert client.get(reverse("orders:bulk-run", args=[run.pk])).status_code == 404

    def test_the_number_of_statements_does_not_grow(self, client: Client, agent: Staff) -> None:
        small = running.prepare("note", make_many(2), actor=agent)
        counted = []
        for run in (
            small,
            running.prepare("note", [*Order.objects.values_list("pk", flat=True)], actor=agent),
        ):
            client.get(reverse("orders:bulk-run", args=[run.pk]))
            with CaptureQueriesContext(connection) as captured:
                client.get(reverse("orders:bulk-run", args=[run.pk]))
            counted.append(len(captured))
            Order.objects.bulk_create(
                Order(tid=f"6{number:018d}", status="WAIT_BUYER_PAY", created=NOW) for number in range(90)
            ) if run is small else None
        assert counted[0] == counted[1] <= 6
