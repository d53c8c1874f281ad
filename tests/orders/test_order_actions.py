"""The actions of the order page, with htmx and without: what is typed is never lost, and nobody does too much."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from orders.models import Consent, Flag, Note, Order
from orders.rules.flags import RED
from orders.services.flags import FlagRequest, set_flag
from orders.states import CloseReason, Status
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


def red_flag(**fields: str) -> dict[str, str]:
    return {
        "seller_flag": "1", "label": "改地址", "text": "新地址见旺旺", "addressee": "warehouse",
        "until": "2026-11-23T09:00", "form": "address", "seen_flag": "", **fields,
    }  # fmt: skip


def consent(order: Order, **fields: str) -> dict[str, str]:
    return {
        "version": str(order.version), "channel": "wangwang", "agreed_at": "2026-11-22T11:30", "remark": "不要了",
        **fields,
    }  # fmt: skip


# Flags -------------------------------------------------------------------------------------------


def test_a_red_flag_is_set_with_its_note(client_of: ClientOf) -> None:
    order = make_order()

    answer = client_of("agent").post(f"/orders/{order.tid}/flag/", red_flag())

    assert answer.status_code == 302
    assert answer.url == f"/orders/{order.tid}/"
    flag = Flag.objects.get()
    assert (flag.seller_flag, flag.label, flag.addressee, str(flag.note)) == (
        RED, "改地址", "warehouse", "新地址见旺旺(娜娜11.22)",
    )  # fmt: skip
    assert flag.until == clock.parse("2026-11-23T09:00")
    assert flag.note is not None
    assert flag.note.form == "address"


def test_with_htmx_the_order_is_answered_as_it_is_now(client_of: ClientOf) -> None:
    order = make_order()

    answer = client_of("agent").post(f"/orders/{order.tid}/flag/", red_flag(), headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("<html") == 0
    assert "改地址" in page
    assert "The flag is set." in page
    assert f'data-draft-taken="draft-flag-{order.tid}"' in page


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"label": ""}, "N3", "says why"),
        ({"text": " "}, "N3", "cannot be set without a note"),
        ({"addressee": ""}, "N3", "for somebody"),
        ({"until": ""}, "N3", "until when"),
        ({"until": "2026-11-22T11:59"}, "N3", "This time is past"),
        ({"until": "tomorrow"}, "", "Enter a valid date/time"),
        ({"seller_flag": "2"}, "", "Select a valid choice"),
        ({"seller_flag": ""}, "", "This field is required"),
        ({"label": "x" * 25}, "", "at most 24 characters"),
        ({"text": "长" * 501}, "N2", "A note holds 500 characters"),
        ({"text": "a\x00b"}, "", "Null characters are not allowed"),
    ],
)
def test_a_refused_flag_keeps_what_was_typed(
    client_of: ClientOf, changed: dict[str, str], code: str, message: str
) -> None:
    client, order = client_of("agent"), make_order()

    plain = client.post(f"/orders/{order.tid}/flag/", red_flag(**changed))
    part = client.post(f"/orders/{order.tid}/flag/", red_flag(**changed), headers=HTMX)

    assert plain.status_code == part.status_code == 422
    for page in (plain.content.decode(), part.content.decode()):
        assert message in page
        assert not code or f">{code}</span>" in page
    if changed.get("text") is None:
        assert "新地址见旺旺</textarea>" in plain.content.decode()
    assert part["HX-Retarget"] == "#flag-refusal"
    assert not Flag.objects.exists()
    assert not Note.objects.exists()


def test_a_flag_that_somebody_changed_meanwhile_is_not_overwritten(client_of: ClientOf) -> None:
    order = make_order()
    theirs = FlagRequest(RED, "发票", "要发票", Flag.Addressee.AGENT, NOW + timedelta(hours=5))
    set_flag(order.tid, theirs, actor=make_staff("agent"), now=NOW)

    answer = client_of("agent").post(f"/orders/{order.tid}/flag/", red_flag())

    assert answer.status_code == 409
    assert "Somebody changed this flag" in answer.content.decode()
    assert "新地址见旺旺</textarea>" in answer.content.decode()
    assert Flag.objects.get(ended_at__isnull=True).label == "发票"


def test_grey_takes_the_flag_off(client_of: ClientOf) -> None:
    order, agent = make_order(), make_staff("agent")
    flag = set_flag(order.tid, FlagRequest(4, "已留"), actor=agent, now=NOW)
    assert flag is not None

    client_of("agent").post(f"/orders/{order.tid}/flag/", {"seller_flag": "0", "seen_flag": str(flag.pk)})

    order.refresh_from_db()
    assert order.seller_flag == 0


def test_a_flag_is_acknowledged_once(client_of: ClientOf) -> None:
    order = make_order()
    flag = set_flag(
        order.tid,
        FlagRequest(RED, "发票", "要发票", Flag.Addressee.WAREHOUSE, NOW + timedelta(hours=5)),
        actor=make_staff("agent"),
        now=NOW,
    )
    assert flag is not None
    client = client_of("warehouse", signature="阿强")
    address = f"/orders/{order.tid}/flag/acknowledge/"

    first = client.post(address, {"flag": str(flag.pk)}, headers=HTMX)
    second = client.post(address, {"flag": str(flag.pk)}, headers=HTMX)
    nonsense = client.post(address, {"flag": "x"})

    assert first.status_code == 200
    assert "seen by 阿强" in first.content.decode()
    assert second.status_code == 409
    assert nonsense.status_code == 422


# Notes -------------------------------------------------------------------------------------------


def test_a_note_is_kept_and_signed(client_of: ClientOf) -> None:
    order = make_order()

    answer = client_of("warehouse", signature="阿强").post(
        f"/orders/{order.tid}/notes/", {"text": "帆布包已留", "form": "stock_kept"}, follow=True
    )

    assert "帆布包已留(阿强11.22)" in answer.content.decode()
    assert f'data-draft-taken="draft-note-{order.tid}"' in answer.content.decode()
    assert Note.objects.get().form == "stock_kept"


@pytest.mark.parametrize("text", ["", "   ", "长" * 501])
def test_a_note_that_cannot_be_kept_stays_in_its_field(client_of: ClientOf, text: str) -> None:
    order = make_order()
    answer = client_of("agent").post(f"/orders/{order.tid}/notes/", {"text": text})
    assert answer.status_code == 422
    assert f"{text.strip()}</textarea>" in answer.content.decode()
    assert not Note.objects.exists()


# Owner, closing, phone ---------------------------------------------------------------------------


def test_an_order_is_taken_over(client_of: ClientOf) -> None:
    order = make_order(owner=make_staff("agent", signature="小雨"))
    answer = client_of("supervisor", signature="老王").post(f"/orders/{order.tid}/take-over/", headers=HTMX)
    assert "Owner: 老王" in answer.content.decode()
    order.refresh_from_db()
    assert str(order.owner) == "老王"


def test_an_unpaid_order_is_closed_with_the_buyers_consent(client_of: ClientOf) -> None:
    order = make_order()

    answer = client_of("agent").post(f"/orders/{order.tid}/close/", consent(order), follow=True)

    order.refresh_from_db()
    assert (order.status, order.close_reason) == (Status.TRADE_CLOSED_BY_TAOBAO, CloseReason.SELLER)
    kept = Consent.objects.get()
    assert (kept.channel, kept.agreed_at, kept.remark) == (
        "wangwang",
        clock.parse("2026-11-22T11:30"),
        "不要了",
    )
    assert "Closed · by us, with consent" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "changed", "status", "message"),
    [
        ({}, {"channel": ""}, 422, "This field is required"),
        ({}, {"agreed_at": "2026-11-22T13:00"}, 422, "before now"),
        ({}, {"agreed_at": "2026-11-20T13:00"}, 422, "after ordering"),
        ({}, {"version": "7"}, 409, "Somebody changed this order"),
        ({}, {"version": "x"}, 422, "Enter a whole number"),
        (
            {"status": Status.WAIT_SELLER_SEND_GOODS, "pay_time": NOW},
            {},
            409,
            "This is not possible in the state",
        ),
        ({"paid_fee": Decimal("1.00")}, {}, 422, "A supervisor decides"),
    ],
)
def test_closing_is_refused_and_nothing_changes(
    client_of: ClientOf, fields: dict[str, object], changed: dict[str, str], status: int, message: str
) -> None:
    order = make_order(**fields)
    before = order.status

    with_htmx = client_of("agent").post(
        f"/orders/{order.tid}/close/", consent(order, **changed), headers=HTMX
    )
    plain = client_of("agent").post(f"/orders/{order.tid}/close/", consent(order, **changed))

    assert with_htmx.status_code == plain.status_code == status
    assert message in with_htmx.content.decode()
    order.refresh_from_db()
    assert order.status == before
    assert not Consent.objects.exists()


def test_a_phone_is_revealed_and_that_is_logged(client_of: ClientOf) -> None:
    order = make_order(receiver_mobile="13912345678")
    client = client_of("agent")

    part = client.post(f"/orders/{order.tid}/phone/", headers=HTMX)
    whole = client.post(f"/orders/{order.tid}/phone/")

    assert "13912345678" in part.content.decode()
    assert "<section" not in part.content.decode()
    assert "13912345678" in whole.content.decode()
    entries = AuditEntry.objects.filter(action="phone.revealed", subject_id=order.tid)
    assert entries.count() == 2
    assert all("139" not in str(entry.before) + str(entry.after) for entry in entries)


# Who may not -------------------------------------------------------------------------------------

ACTIONS = ["flag/", "flag/acknowledge/", "notes/", "take-over/", "close/", "phone/"]
REFUSED = {"warehouse": {"take-over/", "close/", "phone/"}, "manager": set(ACTIONS) - {"phone/"}}


@pytest.mark.parametrize("role", ["warehouse", "manager"])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_that_may_not_changes_nothing(client_of: ClientOf, role: str, action: str) -> None:
    order = make_order()
    answer = client_of(role).post(f"/orders/{order.tid}/{action}", {**red_flag(), **consent(order)})
    if action in REFUSED[role]:
        assert answer.status_code == 403
        assert not AuditEntry.objects.exists()
    else:
        assert answer.status_code != 403


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_neither_a_get_nor_for_strangers(client_of: ClientOf, action: str) -> None:
    order = make_order()
    address = f"/orders/{order.tid}/{action}"
    assert client_of("supervisor").get(address).status_code == 405
    page = f"/orders/{order.tid}/"
    sent = Client().post(address, headers={"Referer": f"http://testserver{page}"})
    assert sent.url == f"/sign-in/?next={page}"  # where the words that were typed are brought back
    assert Client().post(address).url == "/sign-in/?next=/"
    expired = Client().post(address, headers=HTMX)
    assert expired.status_code == 401
    assert expired["HX-Redirect"].startswith("/sign-in/")


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_on_no_order_is_not_found(client_of: ClientOf, action: str) -> None:
    answer = client_of("supervisor").post(f"/orders/999/{action}", {**red_flag(), "version": "1"})
    assert answer.status_code in (404, 409, 422)
    assert not AuditEntry.objects.exists()
