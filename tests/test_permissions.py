"""T1: every URL × every role. What is refused is refused before anything changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from afterservice.models import Evidence, UnmatchedReturn
from members.models import LifetimeShipping
from orders.models import CarrierBill, ChangeNotice, Enquiry, ImportFile, ImportRun, RefundTask, Reminder
from orders.services import buying, hand_holds, shortages
from orders.services.bulk.running import prepare
from orders.services.closing import close_unpaid_orders
from orders.services.flags import FlagRequest, set_flag
from orders.services.payments import PaymentMessage, record_payment
from shipping.services import ensure_starting_tariffs
from shopdesk.api.models import Delivery, OutboxEvent, Webhook
from shopdesk.api.services.tokens import NewToken, make_token
from shopdesk.api.services.webhooks import make_sender
from shopdesk.api.signing import new_secret
from shopdesk.base.models import Approval, Export, JobExemption, JobRun, SavedView, ShiftSwap
from shopdesk.base.permissions import MATRIX, Role
from shopdesk.desk.services.handovers import hand_over
from shopdesk.desk.services.promises import make_promise
from tests.afterservice.requests import make_condition
from tests.afterservice.scenes import make_ticket
from tests.desk.reply_scenes import make_reply
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.parcel_scenes import printed, ready_order
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel
from tests.permission_table import CONTRACT, EXPECTED, PUBLIC, A

TID = "4327000000000000777"
pytestmark = pytest.mark.django_db


@pytest.fixture
def arguments(db: None) -> dict[str, list[Any]]:
    """One subject of every kind, and the arguments that lead to it."""
    order = make_order(tid=TID)
    line = make_line(order)
    agent = make_staff("agent")
    manager = make_staff("manager")
    webhook = Webhook.objects.create(
        name="ERP", url="https://erp.example/", secret=new_secret(), events=["order.paid"], created_at=NOW,
        created_by=manager,
    )  # fmt: skip
    sku = make_sku("【韩国直送】大衣", stock=2)
    make_line(make_paid_order(pay_time=NOW), "【韩国直送】大衣", sku=sku)
    buying_run = buying.open_run(actor=agent, now=NOW)
    hold = hand_holds.keep(sku.pk, 1, reason="等补款", actor=agent, now=NOW)
    shortage = shortages.report(sku.pk, actor=agent, now=NOW)
    red = FlagRequest(1, "改尺码", "客户要求改尺码", "warehouse", NOW + timedelta(days=400))
    flag = set_flag(TID, red, actor=agent, now=NOW)
    assert flag is not None
    closed = make_order(created=NOW - timedelta(hours=72))
    close_unpaid_orders(NOW, False)
    record_payment(closed.tid, PaymentMessage("p", Decimal("505.00"), NOW), now=NOW)
    run = ImportRun.objects.create(created_at=NOW, status=ImportRun.Status.DONE)
    file = ImportFile.objects.create(run=run, name="a.csv", header=["订单编号"])
    view = SavedView.objects.create(page="orders", owner=agent, name="mine", query="view=mine")
    bill = CarrierBill.objects.create(
        carrier="zhongtong", month=NOW.date().replace(day=1), file_name="账单.csv", read_at=NOW
    )
    job = JobRun.objects.create(name="upkeep", moment=NOW, started_at=NOW, ended_at=NOW, trigger="clock")
    exemption = JobExemption.objects.create(
        job="upkeep", subject=TID, reason="等", until=NOW + timedelta(days=400), made_by=agent, made_at=NOW
    )
    task = order.platform_tasks.first()
    approval = Approval.objects.get()
    owed = RefundTask.objects.create(
        order=order, reason="joined_postage", rule="S7", amount=Decimal("6.00"), opened_at=NOW
    )
    reminder = Reminder.objects.create(order=order, at=NOW, by=agent, channel="wangwang")
    enquiry = Enquiry.objects.create(
        nick="只问不买", asked_at=NOW, question="有货吗", written_by=agent, written_at=NOW
    )
    notice = ChangeNotice.objects.create(order=order, kind="sku", made_at=NOW)
    taken = Export.objects.create(
        code="board", kind="csv", language="en", created_by=agent, created_at=NOW, status="failed", error="no"
    )
    bulk = prepare("note", [TID], actor=agent, now=NOW)
    ensure_starting_tariffs()
    LifetimeShipping.objects.create(
        buyer_id=order.buyer_id, address="甲", status="confirmed", proposed_at=NOW, decided_at=NOW
    )
    shipped = make_shipped_parcel(make_shipped_order(), trouble_at=NOW)
    parcel = printed(ready_order())
    ticket = make_ticket()
    back = make_ticket(case="decided", decision="accepted", goods="received", received_at=NOW)
    unmatched = UnmatchedReturn.objects.create(invoice_no="SF1234567", found_at=NOW, found_by=agent)
    condition = make_condition()
    reply = make_reply()
    photo = Evidence.objects.create(
        ticket=ticket, file="evidence/x", name="x.jpg", content_type="image/jpeg", size=1, added_at=NOW
    )
    promise = make_promise(TID, "答应今晚发", NOW + timedelta(days=400), actor=agent, now=NOW)
    line_over = hand_over(words="看一下", actor=agent, now=NOW).lines.first()
    assert line_over is not None
    swap = ShiftSwap.objects.create(
        asked_by=agent, colleague=make_staff("agent"), day=NOW.date(), shift="day", asked_at=NOW
    )
    return {
        **{name: [ticket.pk] for name, *_ in EXPECTED if name.startswith("tickets:")},
        **{f"tickets:condition-{name}": [condition.pk] for name in ("change", "try", "on", "off")},
        "tickets:conditions": [],
        "tickets:condition-make": [],
        **{name: [photo.pk] for name in ("tickets:evidence", "tickets:evidence-small")},
        **{name: [] for name, *_ in EXPECTED if "register-" in name},
        "tickets:clocks": [],
        "tickets:clock-terms": ["answer"],
        **{name: [] for name in ("tickets:list", "tickets:view-save")},
        "tickets:view-delete": [view.pk],
        **{name: [TID] for name in ("tickets:open", "tickets:open-preview", "tickets:open-save")},
        **{name: [] for name in ("tickets:return-address", "tickets:return-address-change")},
        **{f"returns:{name}": [back.pk] for name in ("inspection", "inspect")},
        "returns:match-return": [unmatched.pk],
        "notices:notice-acknowledge": [notice.pk],
        "chasing:reminder-sent": [TID],
        "chasing:reminder-result": [reminder.pk],
        "chasing:why-unpaid": [closed.tid],
        "chasing:enquiry-correct": [enquiry.pk],
        **{name: [TID] for name, *_ in EXPECTED if name.startswith("orders:") and "import" not in name},
        **{f"stock:{name}": [sku.pk] for name in ("sku", "receive", "count", "keep", "shortage", "check-in")},
        **{f"stock:{name}": [buying_run.pk] for name in ("run", "run-sheet", "decide")},
        **{f"stock:{name}": [hold.pk] for name in ("sign", "give-back")},
        **{f"products:{name}": [sku.product_id] for name in ("detail", "card", "change")},
        "stock:shortage-end": [shortage.pk],
        "orders:wait": [TID, line.pk],
        "orders:list": [],
        "orders:bulk": [],
        **{f"orders:bulk-{name}": [bulk.pk] for name in ("run", "start", "resume", "again")},
        "orders:view-save": [],
        "orders:view-delete": [view.pk],
        "orders:import-report": [run.pk],
        "orders:import-mended": [file.pk],
        "approval-approve": [approval.pk],
        "approval-refuse": [approval.pk],
        "approval-withdraw": [approval.pk],
        "job-run": [job.pk],
        "export": ["board"],
        **{f"export-{name}": [taken.pk] for name in ("file", "again")},
        "report-rows": ["orders-placed"],
        "carrier-bill": [bill.pk],
        "carrier-bill-resolve": [bill.pk, 1],
        "carrier-bill-rejected": [bill.pk],
        "report-rows-export": ["orders-placed"],
        "job-run-now": ["upkeep"],
        "job-dry-run": ["upkeep"],
        "tonight-exemption-end": [exemption.pk],
        "platform-task-done": [task.pk],
        "deliveries:follow-up": [shipped.pk],
        "deliveries:told": [shipped.pk],
        "deliveries:flag-seen": [TID],
        "member": [order.buyer_id],
        **{name: [order.buyer_id] for name, *_ in EXPECTED if name.startswith("lifetime-address")},
        "buyer-tag-change": [1],
        **{name: [order.buyer_id] for name in ("buyer-tag-put", "buyer-tag-take")},
        "refund-paid": ["task", owed.pk],
        **{name: [parcel.pk] for name, *_ in EXPECTED if name.startswith("warehouse:parcel")},
        **{
            name: [parcel.batch_id]
            for name in ("warehouse:batch", "warehouse:labels-csv", "warehouse:labels-xlsx")
        },
        "handover-packet": [line_over.handover_id],
        **{f"handover-{name}": [line_over.pk] for name in ("accept", "ask", "answer")},
        **{f"promise-{name}": [TID] for name in ("propose", "make")},
        "promise-end": [promise.pk],
        "person": [agent.pk],
        **{
            f"person-{name}": [agent.pk]
            for name in ("change", "password", "unlock", "sign-out", "second-factor")
        },
        **{f"swap-{name}": [swap.pk] for name in ("accept", "refuse", "withdraw")},
        **{f"reply-{name}": [reply.pk] for name in ("change", "copy", "retire")},
        **{name: [TID] for name in ("replies-of-order", "reply-sent-order")},
        **{name: [ticket.pk] for name in ("replies-of-ticket", "reply-sent-ticket")},
        "webhook": [webhook.pk],
        "webhook-change": [webhook.pk],
        "webhook-secret": [webhook.pk],
        "webhook-test": [webhook.pk],
        "delivery-resend": [
            Delivery.objects.create(
                event=OutboxEvent.objects.create(
                    name="order.paid", subject_kind="order", subject_id=TID, at=NOW
                ),
                webhook=webhook,
                created_at=NOW,
                since=NOW,
                due_at=NOW,
            ).pk
        ],
        "token-revoke": [make_token(NewToken("ERP", A, ["export"]), actor=manager)[0].pk],
        "sender-revoke": [make_sender("bank", actor=manager)[0].pk],
        "tariff": ["zhongtong", "浙江"],
        "tariff-change": ["zhongtong", "浙江"],
    }


def writes() -> int:
    """How many rows of our tables were written in this transaction so far, undone ones too."""
    own = ("base", "desk", "orders", "members", "shipping", "afterservice", "api")
    tables = [model._meta.db_table for app in own for model in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables WHERE relname = ANY (%s)",
            [tables],
        )
        return int(cursor.fetchone()[0])


def ask(client: Client, method: str, address: str) -> Any:
    return getattr(client, method)(address)


@contextmanager
def undone(name: str, method: str) -> Iterator[None]:
    """Undo whatever the block does, so that every address meets the same scene; a failure says whose it is."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    except Exception as error:
        error.add_note(f"{method} {name}")
        raise


@pytest.mark.parametrize("role", [*Role, None], ids=[*Role, "nobody"])
def test_every_url_for_every_role(
    role: str | None, arguments: dict[str, list[Any]], client_of: Callable[..., Client]
) -> None:
    refused = client_of(role, is_staff=True) if role else Client()
    for name, method, allowed in EXPECTED:
        with undone(name, method):
            address = reverse(name, args=arguments.get(name, []))
            # What is allowed may sign out: it comes from a window of its own.
            client = client_of(role, is_staff=True) if role in allowed else refused
            before = writes()

            answer = ask(client, method, address)

            if role in allowed:
                assert answer.status_code not in (401, 403, 500), answer.status_code
                continue
            if role is None:
                assert answer.status_code == 302
                assert answer["Location"].startswith(reverse("sign-in"))
            else:
                assert answer.status_code == 403
            assert writes() == before


def test_the_other_method_is_not_answered(
    arguments: dict[str, list[Any]], client_of: Callable[..., Client]
) -> None:
    clients = {role: client_of(role) for role in Role}
    for name, method, allowed in EXPECTED:
        if name.startswith("admin:"):
            continue
        with undone(name, method):
            client = clients[Role(sorted(allowed)[0])]
            before = writes()

            answer = ask(
                client, {"get": "post", "post": "get"}[method], reverse(name, args=arguments.get(name, []))
            )

            assert answer.status_code == 405
            assert writes() == before


def test_no_url_is_forgotten() -> None:
    """A new address must be added to the table, by hand."""
    known = {name.split(":")[-1] for name, *_ in EXPECTED} | PUBLIC
    here = {pattern.name for pattern in _patterns(get_resolver().url_patterns)}

    assert here == {name for name in known if name in here}
    assert None not in here


def _patterns(patterns: Any) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif pattern.app_name not in ("admin", "api"):  # the calls have a table of their own: tests/api
            yield from _patterns(pattern.url_patterns)


def test_forms_need_their_token(arguments: dict[str, list[Any]]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff("supervisor"))
    before = writes()

    answer = client.post(reverse("orders:notes", args=[TID]), {"text": "x"})

    assert answer.status_code == 403
    assert writes() == before


def test_the_matrix_is_the_contracts() -> None:
    assert {permission: set(roles) for permission, roles in MATRIX.items()} == CONTRACT


def test_somebody_who_was_switched_off_may_nothing() -> None:
    person = make_staff("supervisor", is_active=False)

    assert not person.permission_names
