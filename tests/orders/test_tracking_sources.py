"""F7: news of parcels by hand, by file and by Kuaidi100's push: what is read, and what is refused."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from orders.imports.tracking_push import PushRefused, is_signed, read_push, signature
from orders.models import TrackingNews
from orders.rules.deliveries import News
from orders.services.tracking import enter_news
from orders.services.tracking_files import import_news
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.spreadsheets import xlsx_file
from tests.factories import NOW, make_staff
from tests.orders.shipped_parcels import make_shipped_parcel
from tests.orders.tracking_scenes import news, state

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


# By hand ----------------------------------------------------------------------------------------------


def test_news_by_hand_keeps_who_read_it() -> None:
    parcel, agent = make_shipped_parcel(), make_staff("agent")

    enter_news(news(parcel, 3, 1, "电话问过，已签收"), actor=agent, now=NOW)

    kept = TrackingNews.objects.get()
    assert (kept.source, kept.heard_from, kept.state) == ("hand", agent, 3)


def test_what_is_refused_by_hand() -> None:
    parcel, agent = make_shipped_parcel(), make_staff("agent")
    for piece, field in (
        (news(parcel, 15), "state"),
        (news(parcel, 3, -0.5), "at"),
        (News("", "7551", 3, NOW), "invoice_no"),
    ):
        with pytest.raises(DomainError) as refusal:
            enter_news(piece, actor=agent, now=NOW)
        assert (refusal.value.code, refusal.value.field) == ("F7", field)
    for role in ("warehouse", "manager"):
        with pytest.raises(Forbidden):
            enter_news(news(parcel, 3), actor=make_staff(role), now=NOW)
    assert not TrackingNews.objects.exists()


# By file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["utf-8-sig", "gb18030", "xlsx"])
def test_a_file_accounts_for_every_row(kind: str) -> None:
    first, second = make_shipped_parcel(), make_shipped_parcel()
    header = ["快递公司", "快递单号", "物流状态", "更新时间", "最新物流信息"]
    rows: list[list[str]] = [
        ["中通快递", first.invoice_no, "签收", "2026-11-22 09:00:00", "已签收"],
        ["中通快递", first.invoice_no, "签收", "2026-11-22 09:00:00", "已签收"],
        ["中通快递", second.invoice_no, "2", "2026-11-22 08:00:00", "地址不详"],
        ["中通快递", second.invoice_no, "飞了", "2026-11-22 08:00:00", ""],
        ["中通快递", second.invoice_no, "3", "昨天", ""],
        ["中通快递", "", "3", "2026-11-22 08:00:00", ""],
        ["中通快递", "75510000000000", "0", "2026-11-22 08:00:00", ""],
    ]
    if kind == "xlsx":
        content = xlsx_file(header, rows)
    else:
        content = "\n".join(",".join(row) for row in [header, *rows]).encode(kind)

    report = import_news(io.BytesIO(content), actor=make_staff("agent"), now=NOW)

    assert (report.rows, report.new, report.rejected, report.known_already) == (7, 3, 3, 1)
    assert [(row.row, row.column, row.value) for row in report.rejections] == [
        (5, "物流状态", "飞了"),
        (6, "更新时间", "昨天"),
        (7, "快递单号", ""),
    ]
    assert report.unknown == {"75510000000000"}
    assert state(first)["signed_at"] == NOW - 3 * HOUR
    assert state(second)["tracking_state"] == 2
    assert set(TrackingNews.objects.values_list("source", flat=True)) == {"file"}


@pytest.mark.parametrize("content", [b"", "快递单号,时间\n1,2".encode(), b"%PDF-1.4", b"\x00\x01"])
def test_a_file_that_is_no_such_list_is_refused(content: bytes) -> None:
    with pytest.raises(DomainError) as refusal:
        import_news(io.BytesIO(content), actor=make_staff("agent"), now=NOW)
    assert refusal.value.code == "D2"


# Kuaidi100's push -------------------------------------------------------------------------------------


def pushed(**changes: Any) -> str:
    result = {
        "message": "ok", "state": "3", "status": "200", "condition": "F00", "ischeck": "1",
        "com": "zhongtong", "nu": "75510001112223",
        "data": [
            {"context": "已签收", "time": "2026-11-22 11:00:00", "ftime": "2026-11-22 11:00:00", "status": "签收"},
            {"context": "派件中", "time": "2026-11-22 08:00:00", "ftime": "2026-11-22 08:00:00", "status": "派件"},
            {"context": "已揽收", "time": "2026-11-21 20:00:00"},
        ],
    }  # fmt: skip
    body = {"status": "shutdown", "billstatus": "check", "message": "", "lastResult": result | changes}
    return json.dumps(body, ensure_ascii=False)


def test_a_push_is_read_by_its_documented_form() -> None:
    read = read_push(pushed())

    assert [(piece.state, f"{piece.at:%d %H}", piece.text) for piece in read] == [
        (3, "22 11", "已签收"),
        (5, "22 08", "派件中"),
        (0, "21 20", "已揽收"),
    ]
    assert {(piece.carrier, piece.invoice_no) for piece in read} == {("zhongtong", "75510001112223")}


@pytest.mark.parametrize(
    ("changes", "states"),
    [
        ({"state": 14}, [14, 5, 0]),
        ({"state": "202"}, [2, 5, 0]),
        ({"data": []}, []),
        ({"data": None}, []),
        ({"data": {}}, []),
        ({"data": ["x", {"context": "y"}, {"time": "soon"}]}, []),
        ({"data": [{"time": "2026-11-22 11:00:00", "status": "在途", "context": "\x00\ud800a"}]}, [3]),
    ],
)
def test_odd_pushes_are_read_as_far_as_they_say_something(changes: dict[str, Any], states: list[int]) -> None:
    assert [piece.state for piece in read_push(pushed(**changes))] == states


@pytest.mark.parametrize(
    "param",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"lastResult": []}',
        pushed(nu=""),
        pushed(nu=None),
        pushed(data="x"),
        pushed(state="x"),
        pushed(state=None),
        "[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_refused(param: str) -> None:
    with pytest.raises(PushRefused):
        read_push(param)


def test_the_foreign_carriers_news_counts_too() -> None:
    body = json.loads(pushed(state="0"))
    body["destResult"] = json.loads(pushed())["lastResult"]

    assert read_push(json.dumps(body))[-3].state == 3


def test_the_sign_is_md5_of_param_and_key_in_capitals() -> None:
    assert signature("{}", "secret") == "27C48657ADE44C9EB1A76D47C863006E"
    assert is_signed("{}", signature("{}", "secret"), "secret")
    assert is_signed("{}", signature("{}", "secret").lower(), "secret")
    assert not is_signed("{}", signature("{}", "other"), "secret")
    assert not is_signed("{}", "", "secret")
    assert not is_signed("{}", signature("{}", ""), "")
