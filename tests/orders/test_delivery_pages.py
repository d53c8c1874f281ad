"""The pages of deliveries (F7, O15) and Kuaidi100's push, as a browser and Kuaidi100 use them."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.imports.tracking_push import signature
from orders.models import Note, Order, Parcel, TrackingNews
from orders.rules.deliveries import News
from orders.services.missed import return_unshipped_to_desk
from orders.services.tracking import record_news
from orders.states import ParcelStage, Status
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order
from tests.orders.shipped_parcels import make_parcel, make_shipped_order, make_shipped_parcel

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
KEY = "kuaidi100-key"
HOUR = timedelta(hours=1)
EVENING = NOW.replace(hour=17, minute=30)


@pytest.fixture(autouse=True)
def in_the_evening() -> Iterator[None]:
    with clock.fixed(EVENING):
        yield


def troubled(text: str = "地址不详", **fields: Any) -> Parcel:
    parcel = make_shipped_parcel(**fields)
    record_news(
        [News("zhongtong", parcel.invoice_no, 2, NOW, text)], source=TrackingNews.Source.PUSH, now=NOW
    )
    return parcel


def shown(client: Client, address: str) -> list[int]:
    return [row.parcel.pk for row in client.get(address).context["rows"]]


# Deliveries in trouble --------------------------------------------------------------------------------


def test_the_list_holds_trouble_until_it_is_followed_up_or_signed_for(client_of: ClientOf) -> None:
    client = client_of("agent")
    first, second, signed = troubled(), troubled("电话不通"), troubled()
    make_shipped_parcel()
    record_news([News("", signed.invoice_no, 3, NOW)], source="push", now=NOW)

    page = client.get("/deliveries/")

    assert [row.parcel.pk for row in page.context["rows"]] == [second.pk, first.pk]
    text = page.content.decode()
    for said in ("problem", "电话不通", second.invoice_no, second.order_id, "中通快递"):
        assert said in text
    answer = client.post(f"/deliveries/{first.pk}/follow-up/", {"text": "快递说明天派"})
    assert answer.headers["Location"] == "/deliveries/"
    assert shown(client, "/deliveries/") == [second.pk]
    assert shown(client, "/deliveries/?tab=followed") == [first.pk]


def test_following_up_with_htmx_answers_the_row(client_of: ClientOf) -> None:
    client, parcel = client_of("agent"), troubled()

    answer = client.post(
        f"/deliveries/{parcel.pk}/follow-up/", {"text": "快递说明天派"}, headers={"HX-Request": "true"}
    )

    assert f'id="parcel-{parcel.pk}"' in answer.content.decode()
    assert f"P{parcel.pk} is followed up." in answer.content.decode()


def test_a_refused_follow_up_loses_nothing(client_of: ClientOf) -> None:
    client, parcel = client_of("agent"), troubled()

    answer = client.post(f"/deliveries/{parcel.pk}/follow-up/", {"text": "长" * 501})
    swapped = client.post(
        f"/deliveries/{parcel.pk}/follow-up/", {"text": " "}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 422
    assert "长" * 501 in answer.content.decode()
    assert (swapped.status_code, swapped["HX-Retarget"]) == (422, f"#refusal-{parcel.pk}")
    assert Parcel.objects.get().followed_up_at is None


def test_news_by_hand(client_of: ClientOf) -> None:
    client, parcel = client_of("agent"), troubled()
    form = {
        "invoice_no": f" {parcel.invoice_no} ",
        "state": "3",
        "at": "2026-11-22T15:30",
        "text": "门卫代收",
    }

    answer = client.post("/deliveries/news/", form, follow=True)

    assert "The news is kept." in answer.content.decode()
    assert Order.objects.get().signed_time == NOW + 3 * HOUR + HOUR / 2
    assert "This was known already." in client.post("/deliveries/news/", form, follow=True).content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"invoice_no": "7551"}, "No shipped parcel has the tracking number 7551."),
        ({"invoice_no": ""}, "Tracking number: "),
        ({"state": "15"}, "State: "),
        ({"at": "2026-11-23T15:30"}, "This time is still to come"),
        ({"at": "soon"}, "When: "),
    ],
)
def test_refused_news_by_hand_stays_typed(client_of: ClientOf, change: dict[str, str], said: str) -> None:
    parcel = make_shipped_parcel()
    form = {
        "invoice_no": parcel.invoice_no,
        "state": "3",
        "at": "2026-11-22T15:30",
        "text": "门卫代收",
    } | change

    answer = client_of("agent").post("/deliveries/news/", form)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "门卫代收" in answer.content.decode()
    assert not TrackingNews.objects.exists()


def test_news_by_file_accounts_for_its_rows(client_of: ClientOf) -> None:
    client, parcel = client_of("supervisor"), make_shipped_parcel()
    rows = f"快递单号,物流状态,更新时间\n{parcel.invoice_no},签收,2026-11-22 11:00:00\n75510,x,2026-11-22 11:00:00\n"
    file = SimpleUploadedFile("news.csv", rows.encode("gb18030"))

    answer = client.post("/deliveries/news/file/", {"file": file})

    report = answer.context["report"]
    assert (report.rows, report.new, report.rejected) == (2, 1, 1)
    assert "No state of Kuaidi100" in answer.content.decode()
    assert Order.objects.get().signed_time == NOW - HOUR


@pytest.mark.parametrize("content", [None, b"", b"%PDF-1.4"])
def test_a_file_that_is_none_is_refused_on_the_page(client_of: ClientOf, content: bytes | None) -> None:
    files = {} if content is None else {"file": SimpleUploadedFile("news.csv", content)}

    answer = client_of("agent").post("/deliveries/news/file/", files)

    assert answer.status_code == 422
    assert "notice error" in answer.content.decode()


@pytest.mark.parametrize("address", ["/deliveries/", "/deliveries/tell/"])
def test_pages_cost_the_same_however_long_the_lists_are(
    client_of: ClientOf, address: str, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = client_of("agent")
    statements = 5 if address == "/deliveries/" else 4

    def more(times: int) -> None:
        for _number in range(times):
            troubled()
            make_parcel(stage=ParcelStage.PRINTED)
        return_unshipped_to_desk(EVENING, False)

    more(1)
    with django_assert_num_queries(statements):
        client.get(address)
    more(12)
    with django_assert_num_queries(statements):
        assert len(shown(client, address)) == 13


def test_lists_are_read_by_pages(client_of: ClientOf) -> None:
    client = client_of("agent")
    order = make_shipped_order()
    parcels = [make_shipped_parcel(order, trouble_at=NOW - timedelta(minutes=number)) for number in range(53)]

    first = client.get("/deliveries/")
    older = client.get(f"/deliveries/?cursor={first.context['page'].older}")

    assert [row.parcel.pk for row in [*first.context["rows"], *older.context["rows"]]] == [
        parcel.pk for parcel in parcels
    ]


# Telling the buyer ------------------------------------------------------------------------------------


def test_who_is_to_be_told_is_ticked_off(client_of: ClientOf) -> None:
    client = client_of("agent")
    parcel, packed, shipped = (make_parcel(stage=ParcelStage.PRINTED) for _number in range(3))
    return_unshipped_to_desk(EVENING, False)
    Parcel.objects.filter(pk=packed.pk).update(stage=ParcelStage.PACKED)
    Parcel.objects.filter(pk=shipped.pk).update(
        stage=ParcelStage.SHIPPED, shipped_at=NOW, carrier="ems", invoice_no="1"
    )
    assert set(shown(client, "/deliveries/tell/")) == {parcel.pk, packed.pk}

    client.post(f"/deliveries/{parcel.pk}/told/")
    swapped = client.post(f"/deliveries/{packed.pk}/told/", headers={"HX-Request": "true"})
    again = client.post(f"/deliveries/{packed.pk}/told/", headers={"HX-Request": "true"})

    assert f"The buyer of P{packed.pk} was told." in swapped.content.decode()
    assert again.status_code == 409
    assert shown(client, "/deliveries/tell/") == []
    assert AuditEntry.objects.filter(action="parcel.buyer_told").count() == 2


# Kuaidi100's push -------------------------------------------------------------------------------------


def param(parcel: Parcel, state: str = "3") -> str:
    data = [
        {"context": "已签收", "time": "2026-11-22 11:00:00", "ftime": "2026-11-22 11:00:00", "status": "签收"}
    ]
    result = {"state": state, "com": "zhongtong", "nu": parcel.invoice_no, "ischeck": "1", "data": data}
    return json.dumps({"status": "shutdown", "lastResult": result}, ensure_ascii=False)


def push(param: str, sign: str | None = None) -> Any:
    form = {"param": param, "sign": signature(param, KEY) if sign is None else sign}
    # As Kuaidi100 sends it: no session, no token, from another host.
    return Client(enforce_csrf_checks=True).post("/tracking/kuaidi100/", form)


def test_a_signed_push_is_taken_once(settings: Any) -> None:
    settings.KUAIDI100_KEY = KEY
    parcel = make_shipped_parcel()

    answers = [push(param(parcel)) for _time in range(3)]

    for answer in answers:
        assert (answer.status_code, answer.json()) == (
            200,
            {"result": True, "returnCode": "200", "message": "成功"},
        )
    assert TrackingNews.objects.get().source == "push"
    assert Order.objects.get().signed_time == NOW - HOUR
    entry = AuditEntry.objects.get(action="order.signed")
    assert (entry.origin, entry.actor) == ("api", None)


@pytest.mark.parametrize("key", [KEY, ""])
@pytest.mark.parametrize("sign", ["", "0" * 32, "签名", signature("{}", KEY)])
def test_a_push_with_a_wrong_sign_changes_nothing(settings: Any, key: str, sign: str) -> None:
    settings.KUAIDI100_KEY = key
    parcel = make_shipped_parcel()

    answer = push(param(parcel), sign)

    assert (answer.status_code, answer.json()["result"]) == (403, False)
    assert not TrackingNews.objects.exists()
    assert Order.objects.get().signed_time is None


def test_without_a_key_no_push_is_taken(settings: Any) -> None:
    settings.KUAIDI100_KEY = ""
    parcel = make_shipped_parcel()

    assert push(param(parcel), signature(param(parcel), "")).status_code == 403


@pytest.mark.parametrize("body", ["", "{", "[]", '{"lastResult": {"nu": "1", "state": "x", "data": [1]}}'])
def test_a_push_that_cannot_be_read_is_no_error_of_ours(settings: Any, body: str) -> None:
    settings.KUAIDI100_KEY = KEY

    answer = push(body)

    assert answer.status_code in (200, 400)
    assert not TrackingNews.objects.exists()


def test_a_push_is_answered_to_posts_only(client: Client) -> None:
    assert client.get("/tracking/kuaidi100/").status_code == 405


# The order page ---------------------------------------------------------------------------------------


def test_the_buyers_confirmation_from_the_order_page(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_shipped_order()
    assert "Buyer confirmed" in client.get(f"/orders/{order.tid}/").content.decode()

    stale = client.post(f"/orders/{order.tid}/finish/", {"version": 9})
    done = client.post(f"/orders/{order.tid}/finish/", {"version": 1}, follow=True)

    assert stale.status_code == 409
    assert "The order is finished." in done.content.decode()
    assert "Finished: the buyer confirmed the receipt" in done.content.decode()
    assert Order.objects.get().status == Status.TRADE_FINISHED
    assert "Buyer confirmed" not in client.get(f"/orders/{make_order().tid}/").content.decode()


def test_the_timeline_tells_what_happened_on_the_way(client_of: ClientOf) -> None:
    parcel = troubled()
    client = client_of("agent")
    client.post(f"/deliveries/{parcel.pk}/follow-up/", {"text": "快递说明天派"})
    record_news([News("", parcel.invoice_no, 3, NOW + HOUR)], source="push", now=EVENING)

    page = client.get(f"/orders/{parcel.order_id}/").content.decode()

    for said in (
        f"Delivery of P{parcel.pk} in trouble: problem",
        f"Delivery of P{parcel.pk} followed up",
        "Signed for: 11-22 13:00",
    ):
        assert said in page
    assert Note.objects.filter(text="快递说明天派").count() == 1
