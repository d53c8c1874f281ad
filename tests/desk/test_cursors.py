"""No position in an address brings a list down, whoever made it up."""

import base64
import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from members.models import Buyer
from shopdesk.base.listing import Keyset, Position
from tests.factories import NOW, make_order

pytestmark = pytest.mark.django_db

LISTS = [
    ("agent", "/orders/"),
    ("agent", "/orders/?q=张三"),
    ("agent", "/orders/import/"),
    ("agent", "/orders/import/?only=rejected"),
    ("agent", "/taobao/"),
    ("agent", "/taobao/?tab=done"),
    ("supervisor", "/approvals/"),
    ("supervisor", "/approvals/?tab=decided"),
    ("supervisor", "/approvals/?tab=mine"),
    ("supervisor", "/jobs/"),
    ("agent", "/refunds/"),
    ("agent", "/refunds/?tab=done"),
    ("agent", "/members/"),
    ("agent", "/members/?view=lifetime"),
    ("agent", "/members/买家/"),
]


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor(moment: object, key: object = "1", backwards: object = 0) -> str:
    return packed(json.dumps([moment, key, backwards]))


TIME = NOW.isoformat()
FORGED = {
    "nested": packed("[" * 4000),
    "nested shortly": packed("[" * 200),
    "no base64": "!!!",
    "no ascii": "，，",
    "no utf-8": "_____w",
    "no list": packed("1"),
    "short": packed("[1]"),
    "numbers": cursor(1, 2, 3),
    "lists": cursor([], {}, []),
    "large number": packed("1" * 5000),
    "not a number": packed("[NaN,Infinity,0]"),
    "no time": cursor("yesterday"),
    "no such time": cursor("2026-13-41T25:61:00+08:00"),
    "no offset": cursor("2026-11-22T12:00:00"),
    "far offset": cursor("2026-11-22T12:00:00+23:59"),
    "far offset west": cursor("2026-11-22T12:00:00-16:00"),
    "split second offset": cursor("2026-11-22T12:00:00+08:00:00.000001"),
    "first year": cursor("0001-01-01T00:00:00+14:00"),
    "last year": cursor("9999-12-31T23:59:59-14:00"),
    "surrogate": cursor(TIME, "\ud800"),
    "surrogate in time": cursor("\ud800"),
    "nul": cursor(TIME, "\x00"),
    "long key": cursor(TIME, "1" * 65),
    "longer key": cursor(TIME, "1" * 4000),
    "large key": cursor(TIME, "9" * 18),
    "nick": cursor(TIME, "买家"),
    "digits of another script": cursor(TIME, "٣"),
    "amount": cursor("499.00", "买家"),
    "amount, surrogate": cursor("499.00", "\udfff"),
    "amount, nul": cursor("499.00", "a\x00"),
    "amount, long": cursor("499.00", "买" * 65),
    "amount, large": cursor("9999999999.99", "买"),
    "amount, backwards": cursor("-1.00", "买", [1]),
}


@pytest.mark.parametrize(("role", "address"), LISTS)
def test_a_forged_position_is_no_error(client_of: Callable[..., Client], role: str, address: str) -> None:
    Buyer.objects.create(nick="买家", first_seen_at=NOW)
    make_order("买家")
    client = client_of(role)
    for name, forged in FORGED.items():
        answer = client.get(address, {**_query(address), "cursor": forged})
        assert answer.status_code == 200, name


def _query(address: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in address.partition("?")[2].split("&") if pair)


@pytest.mark.parametrize(
    "name",
    [name for name in FORGED if name not in {"first year", "last year", "large key", "split second offset"}],
)
def test_what_no_list_by_time_gave_out_is_no_position(name: str) -> None:
    assert Keyset("at", "id", numeric=True).read(FORGED[name]) is None


@pytest.mark.parametrize("key", ["4326000000000000777", "a-1", "1" * 64])
def test_a_position_by_time_is_read_back(key: str) -> None:
    assert Position.parse(Position(NOW, key, True).cursor()) == Position(NOW, key, True)


@pytest.mark.parametrize("nick", ["买家", "买" * 64, "😀" * 64, '"' * 64, "\\" * 64, "\x01" * 64, "a b&c=d"])
def test_a_position_by_amount_and_nick_is_read_back(nick: str) -> None:
    position = Position(Decimal("9999999999.99"), nick)
    assert Position.parse(position.cursor(), money=True) == position


@pytest.mark.parametrize("text", ["", "帆布包", "😀" * 200, "\x01" * 200, '"' * 200, "a b&c=d"])
def test_a_position_by_text_is_read_back(text: str) -> None:
    position = Position(text, text, True)
    assert Position.parse(position.cursor(), text=True) == position


@pytest.mark.parametrize("title", ["买" * 201, "\x00", "\ud800", 7, None, ["a"]])
@pytest.mark.parametrize("as_key", [False, True])
def test_what_no_list_by_text_gave_out_is_no_position(title: object, as_key: bool) -> None:
    forged = cursor("a", title) if as_key else cursor(title, "a")
    assert Keyset("title", "name", text=True).read(forged) is None


def test_members_with_long_nicks_are_paged_through(client_of: Callable[..., Client]) -> None:
    nicks = ["😀" * 60 + f"{number:04d}" for number in range(60)]
    Buyer.objects.bulk_create(Buyer(nick=nick, first_seen_at=NOW, spend=Decimal("1.00")) for nick in nicks)
    client = client_of("agent")
    first = client.get("/members/")
    second = client.get("/members/", {"cursor": first.context["page"].older})

    shown = [row.nick for page in (first, second) for row in page.context["page"].rows]
    assert shown == nicks
