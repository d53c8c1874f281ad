"""Webhooks as a manager lays them down: where they may lead, what they are told, who may."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.test import Client

from afterservice.selectors.timeline_words import WORDS
from orders.selectors.timeline import _SENTENCES
from shopdesk.api import addresses, events
from shopdesk.api.models import Delivery, OutboxEvent, Sender, Webhook
from shopdesk.api.services.deliveries import MOST_ACTIVE, resend, send_test
from shopdesk.api.services.webhooks import (
    WebhookRequest,
    change_webhook,
    make_sender,
    make_webhook,
    renew_secret,
    revoke_sender,
)
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
PUBLIC = "https://93.184.216.34/hook"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://127.1/", "https://2130706433/",
        "https://0x7f.0.0.1/", "https://0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://224.0.0.1/",
        "https://255.255.255.255/", "https://192.0.2.1/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/",
        "https://[fc00::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[ff02::1]/", "http://93.184.216.34/",
        "http://nobody.invalid/", "ftp://93.184.216.34/", "https://user:pass@93.184.216.34/", "https:///hook",
        "https://93.184.216.34:0/", "https://93.184.216.34:99999/", "https://93.184.216.34/#x", "javascript:1",
        "https://93.184.216.34\\@127.0.0.1/", "https://93.184.216.34/ x", "https://[::1", "",
    ],
)  # fmt: skip
def test_addresses_that_nothing_is_delivered_to(url: str) -> None:
    with pytest.raises(DomainError) as refusal:
        make_webhook(WebhookRequest("x", url, ["order.paid"]), actor=make_staff("manager"))

    assert refusal.value.field == "url"
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (PUBLIC, ""),
        ("https://93.184.216.34:8443/hook?x=1", ""),
        ("https://[2606:4700::1111]/", ""),
        ("https://nobody.invalid/", ""),
        ("http://127.0.0.1:8001/", "127.0.0.0/8"),
        ("https://[fd00::5]/", "fd00::/8"),
    ],
)
def test_addresses_that_may_be_told(url: str, allowed: str, settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = [ip_network(allowed)] if allowed else []

    assert make_webhook(WebhookRequest("x", url, ["order.paid"]), actor=make_staff("manager"))[0].url == url


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    target = addresses.target_of("https://two.example/")
    both = [ip_address("93.184.216.34"), ip_address("10.0.0.1")]

    assert addresses.choose(target, both[:1], []) == both[0]
    with pytest.raises(addresses.Forbidden):
        addresses.choose(target, both, [])


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (WebhookRequest(" ", PUBLIC, ["order.paid"]), "name"),
        (WebhookRequest("x" * 61, PUBLIC, ["order.paid"]), "name"),
        (WebhookRequest("x", PUBLIC, []), "events"),
        (WebhookRequest("x", PUBLIC, ["phone.revealed"]), "events"),
    ],
)
def test_a_webhook_that_cannot_be(wanted: WebhookRequest, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        make_webhook(wanted, actor=make_staff("manager"))

    assert refusal.value.field == field


def _webhook(manager: Staff, **more: Any) -> Webhook:
    return make_webhook(WebhookRequest("ERP", PUBLIC, ["order.paid"], **more), actor=manager)[0]


def test_as_many_are_active_as_are_delivered_to_at_once() -> None:
    manager = make_staff("manager")
    for _ in range(MOST_ACTIVE):
        _webhook(manager)
    off = _webhook(manager, active=False)

    with pytest.raises(DomainError):
        _webhook(manager)
    with pytest.raises(DomainError):
        change_webhook(off.pk, WebhookRequest("ERP", PUBLIC, ["order.paid"]), actor=manager)

    assert Webhook.objects.filter(active=True).count() == MOST_ACTIVE


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
def test_only_a_manager_works_on_webhooks(role: str) -> None:
    manager, actor = make_staff("manager"), make_staff(role)
    webhook, sender = _webhook(manager), make_sender("bank", actor=manager)[0]
    delivery = send_test(webhook.pk, actor=manager)
    wanted = WebhookRequest("x", PUBLIC, ["order.paid"], active=False)
    before = [list(model.objects.values()) for model in (Webhook, Sender, Delivery, OutboxEvent)]

    for attempt in (
        lambda: make_webhook(wanted, actor=actor),
        lambda: change_webhook(webhook.pk, wanted, actor=actor),
        lambda: renew_secret(webhook.pk, actor=actor),
        lambda: send_test(webhook.pk, actor=actor),
        lambda: resend(delivery.pk, actor=actor),
        lambda: make_sender("x", actor=actor),
        lambda: revoke_sender(sender.pk, actor=actor),
    ):
        with pytest.raises(Forbidden):
            attempt()

    assert [list(model.objects.values()) for model in (Webhook, Sender, Delivery, OutboxEvent)] == before


def test_every_event_is_one_that_the_audit_log_has() -> None:
    for subject, known in (("order", _SENTENCES), ("ticket", WORDS)):
        for kind in events.registered()[subject]:
            assert kind.name in known or kind.name == "refund.paid_out", kind.name


def test_only_the_facts_that_are_meant_for_others_are_told() -> None:
    event = OutboxEvent(
        name="refund.asked", subject_kind="order", subject_id="1", at=NOW,
        before={}, after={"refund": 1, "amount": "5.00", "reason": "客户说不要了"},
    )  # fmt: skip

    assert events.body_of(event)["after"] == {"refund": 1, "amount": "5.00"}


def test_pages_show_a_secret_once_and_never_again() -> None:
    manager = make_staff("manager")
    browser = Client()
    browser.force_login(manager)

    token = browser.post(
        "/integrations/tokens/make/",
        {"name": "ERP", "role": "agent", "scopes": ["orders:read"], "days": "30", "calls_a_minute": "60"},
    )
    webhook = browser.post(
        "/integrations/webhooks/make/",
        {"name": "ERP", "url": PUBLIC, "events": ["order.paid"], "active": "on"},
    )
    sender = browser.post("/integrations/payments/make/", {"name": "bank"})
    secrets = [answer.context["secret"] for answer in (token, webhook, sender)]
    number = Webhook.objects.get().pk
    renewed = browser.post(f"/integrations/webhooks/{number}/secret/").context["secret"]

    for answer, secret in zip((token, webhook, sender), secrets, strict=True):
        assert secret in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    assert Webhook.objects.get().secret == renewed != secrets[1]
    for path in ("", "webhooks/", f"webhooks/{number}/", "deliveries/", "payments/"):
        page = browser.get(f"/integrations/{path}")
        assert page.status_code == 200
        for secret in (*secrets, renewed):
            assert secret not in page.content.decode()
    logged = str(list(AuditEntry.objects.values_list("before", "after")))
    assert not [secret for secret in (*secrets, renewed) if secret in logged]


def test_a_refused_form_keeps_what_was_typed() -> None:
    browser = Client()
    browser.force_login(make_staff("manager"))

    answer = browser.post(
        "/integrations/webhooks/make/",
        {"name": "ERP", "url": "https://10.0.0.1/", "events": ["order.paid", "ticket.opened"]},
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="https://10.0.0.1/"' in page
    assert page.count(" checked") == 2


def test_deliveries_by_state_and_webhook_with_few_statements(django_assert_max_num_queries: Any) -> None:
    manager = make_staff("manager")
    browser = Client()
    browser.force_login(manager)
    ours, other = _webhook(manager), _webhook(manager)
    for webhook in (ours, ours, other):
        send_test(webhook.pk, actor=manager)
    dead = Delivery.objects.filter(webhook=ours).first()
    assert dead is not None
    Delivery.objects.filter(pk=dead.pk).update(state="dead", response_code=503, problem="answer")

    with django_assert_max_num_queries(6):
        page = browser.get(f"/integrations/deliveries/?state=dead&webhook={ours.pk}")
    sent = browser.post(f"/integrations/deliveries/{dead.pk}/resend/")

    assert [row.pk for row in page.context["page"].rows] == [dead.pk]
    assert "503" in page.content.decode()
    assert sent.status_code == 302
    assert Delivery.objects.get(pk=dead.pk).state == "waiting"
    assert browser.get("/integrations/deliveries/?state=nonsense&webhook=x&cursor=y").status_code == 200
