"""A11, D3: what stands in the registers, for whom, filtered; and as files."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from afterservice.models import Ticket, UnmatchedReturn
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.selectors.registers import REGISTERS, read_wanted, tickets_in
from afterservice.states import Case, Decision, Goods
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import AuditEntry
from shopdesk.base.services.exports import take
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_line, make_sku, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDRESS = {register.code: f"tickets:register-{register.code}" for register in REGISTERS}


@pytest.fixture
def tickets() -> dict[str, Ticket]:
    """One of each sort; the returned one of two pieces of three, 300.00 paid for the line."""
    exchange = make_ticket(
        make_received_order("换货买家"), kind=TicketKind.EXCHANGE_SKU, postage_due=Decimal("8.00")
    )
    exchange.lines.update(target=make_sku("小白鞋", "颜色分类：白色;尺码：38"))
    returned = make_ticket(
        make_received_order("=退货买家", title="大衣"),
        received_at=NOW,
        goods=Goods.FAILED,
        return_invoice_no="75510000000009",
        inspection="@SUM(A1) 有污渍",
    )
    line = returned.order.lines.get()
    line.num, line.payment = 3, Decimal("300.00")
    line.save()
    returned.lines.update(num=2)
    problem = make_ticket(
        make_received_order("投诉买家"), kind=TicketKind.REFUND_ONLY, problem=Problem.FLAWED,
        opened_at=NOW - 3 * DAY, platform_fee=Decimal("77.00"),
    )  # fmt: skip
    other = make_ticket(make_received_order("改主意"), problem=Problem.CHANGED_MIND)
    return {"exchanges": exchange, "returned": returned, "problems": problem, "other": other}


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def table(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("code", ["exchanges", "returned", "problems"])
def test_what_stands_in_each(code: str, tickets: dict[str, Ticket], client_of: Callable[..., Client]) -> None:
    page = client_of("agent").get(reverse(ADDRESS[code])).content.decode()

    for name, ticket in tickets.items():
        assert (f"/tickets/{ticket.pk}/" in page) == (name == code), name


def test_the_returned_goods_with_all_that_is_asked(
    tickets: dict[str, Ticket], client_of: Callable[..., Client]
) -> None:
    answer = client_of("supervisor").post(reverse("export", args=["returned"]), {"kind": "csv"})

    returned = tickets["returned"]
    (row,) = table(body(answer))
    assert row == {
        "Ticket": returned.number,
        "Received": "2026-11-22 12:00",
        "Order": returned.order_id,
        "Bought on": returned.order.created.astimezone(NOW.tzinfo).strftime("%Y-%m-%d %H:%M"),
        "Product": "大衣",
        "Colour / size": row["Colour / size"],
        "Quantity": "2",
        "Amount": "200.00",
        "Return tracking number": "75510000000009",
        "Goods' state": "failed inspection",
        "Note": "'@SUM(A1) 有污渍",
    }


def test_cells_that_a_spreadsheet_would_run_are_defused(
    tickets: dict[str, Ticket], client_of: Callable[..., Client]
) -> None:
    returned = tickets["returned"]
    Ticket.objects.filter(pk=returned.pk).update(problem=Problem.DAMAGED, category="quality")

    answer = client_of("manager").post(
        reverse("export", args=["problems"]) + "?problem=damaged", {"kind": "csv"}
    )

    (row,) = table(body(answer))
    assert (row["Buyer"], row["Note"]) == ("'=退货买家", "'@SUM(A1) 有污渍")


def test_a_workbook_has_the_same_rows(tickets: dict[str, Ticket], client_of: Callable[..., Client]) -> None:
    client = client_of("supervisor")
    lines = list(
        csv.reader(io.StringIO(body(client.post(reverse("export", args=["exchanges"]))).decode("utf-8-sig")))
    )

    answer = client.post(reverse("export", args=["exchanges"]), {"kind": "xlsx"})

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [str(cell) for cell in sheet[0]] == lines[0]
    assert len(sheet) == len(lines) == 2
    row = dict(zip(sheet[0], sheet[1], strict=True))
    assert (row["Wanted instead"], row["Postage to pay"]) == ("白色 / 38", 8)
    assert answer["Content-Disposition"].startswith('attachment; filename="exchanges-')


@pytest.mark.parametrize(
    ("code", "amounts"),
    [
        ("exchanges", ("8.00", "Postage to pay")),
        ("returned", ("200.00", "Amount")),
        ("problems", ("77.00", "Refunded")),
    ],
)
def test_the_warehouse_sees_no_amounts(
    code: str, amounts: tuple[str, str], tickets: dict[str, Ticket], client_of: Callable[..., Client]
) -> None:
    page = client_of("warehouse").get(reverse(ADDRESS[code])).content.decode()
    prices = client_of("agent").get(reverse(ADDRESS[code])).content.decode()

    assert not any(f">{words}<" in page or f"¥{words}" in page for words in amounts)
    assert all(words in prices for words in amounts)


def test_the_warehouse_takes_out_its_own_list_without_amounts(
    tickets: dict[str, Ticket], client_of: Callable[..., Client]
) -> None:
    client = client_of("warehouse")

    (row,) = table(body(client.post(reverse("export", args=["returned"]))))

    assert "Amount" not in row
    assert row["Quantity"] == "2"
    for code in ("problems", "exchanges"):
        assert client.post(reverse("export", args=[code]))["Location"] == reverse("exports")
    assert AuditEntry.objects.filter(action="list.exported").count() == 1


def test_agents_export_nothing(tickets: dict[str, Ticket]) -> None:
    for register in REGISTERS:
        with pytest.raises(Forbidden):
            take(register.code, {}, kind="csv", actor=make_staff("agent"), hand_to=print, now=NOW)

    assert not AuditEntry.objects.filter(action="list.exported").exists()


def test_who_took_what_is_on_record_and_what_was_looked_for_is_not(
    tickets: dict[str, Ticket], client_of: Callable[..., Client]
) -> None:
    client = client_of("supervisor")

    client.post(
        reverse("export", args=["problems"]) + "?category=quality&q=投诉买家&from=2026-11-01", {"kind": "csv"}
    )

    entry = AuditEntry.objects.get(action="list.exported")
    assert entry.subject_id == "problems"
    assert entry.after["filters"] == {"category": "quality", "q": "*", "from": "2026-11-01"}
    assert (entry.after["kind"], entry.after["rows"]) == ("csv", 1)
    assert entry.actor_id


def names(code: str, tickets: dict[str, Ticket], **address: str) -> set[str]:
    register = next(register for register in REGISTERS if register.code == code)
    found = set(tickets_in(register, read_wanted(register, address)))
    return {name for name, ticket in tickets.items() if ticket in found}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({}, True),
        ({"from": "2026-11-19", "to": "2026-11-19"}, True),
        ({"from": "2026-11-20"}, False),
        ({"to": "2026-11-18"}, False),
        ({"q": "投诉买家"}, True),
        ({"q": "投诉"}, False),
        ({"state": "open"}, True),
        ({"state": "over"}, False),
        ({"category": "quality"}, True),
        ({"category": "logistics"}, False),
        ({"problem": "flawed", "kind": "refund_only"}, True),
        ({"problem": "damaged"}, False),
        (
            {
                "problem": "'; DROP TABLE",
                "kind": "nothing",
                "state": "x",
                "from": "tomorrow",
                "to": "9999-99-99",
            },
            True,
        ),
        ({"q": "\x00"}, True),
        ({"q": "x" * 70}, True),
    ],
)
def test_filters(address: dict[str, str], found: bool, tickets: dict[str, Ticket]) -> None:
    assert names("problems", tickets, **address) == ({"problems"} if found else set())


def test_by_ticket_order_and_tracking_number(tickets: dict[str, Ticket]) -> None:
    returned = tickets["returned"]

    for text in (returned.number, returned.number.lower(), returned.order_id, "75510000000009"):
        assert names("returned", tickets, q=text) == {"returned"}
    assert names("returned", tickets, q=f"T{10**18}") == set()


def test_over_are_the_closed_and_the_withdrawn(tickets: dict[str, Ticket]) -> None:
    Ticket.objects.filter(pk=tickets["problems"].pk).update(case=Case.CANCELLED)

    assert names("problems", tickets, state="over") == {"problems"}
    assert names("problems", tickets, state="open") == set()


def test_a_ticket_of_several_lines_has_a_row_for_each(client_of: Callable[..., Client]) -> None:
    order = make_received_order()
    make_line(order, "大衣")
    make_ticket(order, received_at=NOW, decision=Decision.ACCEPTED)

    rows = table(body(client_of("supervisor").post(reverse("export", args=["returned"]))))

    assert [row["Product"] for row in rows] == ["小白鞋", "大衣"]


def test_what_came_back_without_a_ticket_stands_there_too(client_of: Callable[..., Client]) -> None:
    client = client_of("supervisor")
    UnmatchedReturn.objects.create(
        invoice_no="SF1234567890", note="门口捡到", found_at=NOW, found_by=make_staff("warehouse")
    )

    (row,) = table(body(client.post(reverse("export", args=["returned"]))))

    assert (row["Ticket"], row["Return tracking number"], row["Note"], row["Received"]) == (
        "", "SF1234567890", "门口捡到", "2026-11-22 12:00",
    )  # fmt: skip
    assert "SF1234567890" in client.get(reverse("tickets:register-returned")).content.decode()
    assert table(body(client.post(reverse("export", args=["returned"]) + "?goods=failed"))) == []


def test_pages_go_on_where_the_last_one_ended_and_ask_as_often(
    client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    order = make_received_order()
    for number in range(60):
        make_ticket(order, problem=Problem.FLAWED, opened_at=NOW - timedelta(minutes=number))
    Ticket.objects.update(kind=TicketKind.EXCHANGE_SKU, received_at=NOW, owner=make_staff("agent"))
    client = client_of("agent")
    for code in ADDRESS.values():
        client.get(reverse(code))
        with django_assert_max_num_queries(5):
            assert len(client.get(reverse(code)).context["rows"]) == 50
    first = client.get(reverse("tickets:register-problems"))

    second = client.get(reverse("tickets:register-problems"), {"cursor": first.context["page"].older})

    seen = [[row.ticket.pk for row in answer.context["rows"]] for answer in (first, second)]
    assert [len(part) for part in seen] == [50, 10]
    assert len({pk for part in seen for pk in part}) == 60


@pytest.mark.parametrize("code", ["exchanges", "returned", "problems"])
def test_each_list_is_read_by_its_own_index(code: str) -> None:
    register = next(register for register in REGISTERS if register.code == code)
    tickets = tickets_in(register, read_wanted(register, {})).order_by(*register.keyset.ordering)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = tickets.prefetch_related(None)[:51].explain()

    index = {"exchanges": "ticket_exchanges", "returned": "ticket_returned", "problems": "ticket_problems"}[
        code
    ]
    assert index in plan
    assert "Sort" not in plan
