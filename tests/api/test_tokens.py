"""Tokens: kept as digests, within their scopes and their time, counted by the minute."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from shopdesk.api.models import ApiToken
from shopdesk.api.services.tokens import NewToken, make_token, revoke_token
from shopdesk.base import clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from tests.api.callers import Caller
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once_and_kept_as_its_digest() -> None:
    made, key = make_token(NewToken("ERP", "agent", ["orders:read"]), actor=make_staff("manager"), now=NOW)

    assert key.startswith("sd_")
    assert len(key) > 40
    assert key not in str(ApiToken.objects.values().get())
    assert made.account.role == "agent"
    assert not made.account.has_usable_password()
    entry = AuditEntry.objects.get(action="token.made")
    assert key not in str(entry.after)
    assert entry.after["scopes"] == ["orders:read"]


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
def test_only_a_manager_makes_and_revokes(role: str) -> None:
    caller = Caller("agent")
    assert caller.token is not None
    actor = make_staff(role)
    before = ApiToken.objects.count()

    with pytest.raises(Forbidden):
        make_token(NewToken("ERP", "agent", ["orders:read"]), actor=actor)
    with pytest.raises(Forbidden):
        revoke_token(caller.token.pk, actor=actor)

    assert ApiToken.objects.count() == before
    assert not ApiToken.objects.filter(revoked_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewToken("", "agent", ["export"]), "name"),
        (NewToken("x", "owner", ["export"]), "role"),
        (NewToken("x", "agent", []), "scopes"),
        (NewToken("x", "agent", ["everything"]), "scopes"),
        (NewToken("x", "agent", ["export"], expires_at=NOW), "expires_at"),
        (NewToken("x", "agent", ["export"], calls_a_minute=0), "calls_a_minute"),
    ],
)
def test_a_token_that_cannot_be(wanted: NewToken, field: str) -> None:
    manager = make_staff("manager")

    with pytest.raises(DomainError) as refusal:
        make_token(wanted, actor=manager, now=NOW)

    assert refusal.value.field == field
    assert Staff.objects.count() == 1


def test_unknown_revoked_expired_and_absent_tokens_are_refused_alike() -> None:
    with clock.fixed(NOW):
        caller = Caller("agent", expires_at=NOW + timedelta(days=1))
        assert caller.get("orders/").status_code == 200
    with clock.fixed(NOW + timedelta(days=1)):
        assert caller.get("orders/").status_code == 401
    with clock.fixed(NOW):
        assert caller.token is not None
        revoke_token(caller.token.pk, actor=make_staff("manager"))
        refused = caller.get("orders/")
    caller.headers["Authorization"] = "Token sd_nobody"
    unknown = caller.get("orders/")
    absent = Caller().get("orders/")

    for answer in (refused, unknown, absent):
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthenticated"
        assert answer["WWW-Authenticate"] == "Token"


def test_last_use_is_noted_once_in_five_minutes(django_assert_num_queries: object) -> None:
    caller = Caller("agent")
    for minutes, noted in ((0, 0), (4, 0), (6, 6)):
        with clock.fixed(NOW + timedelta(minutes=minutes)):
            caller.get("orders/")

        assert ApiToken.objects.get().last_used_at == NOW + timedelta(minutes=noted)


def test_more_calls_than_a_minute_has_are_put_off() -> None:
    cache.clear()
    caller = Caller("agent", calls_a_minute=2)
    with clock.fixed(NOW + timedelta(seconds=15)):
        statuses = [caller.get("orders/").status_code for _ in range(3)]
        answer = caller.get("orders/")
    with clock.fixed(NOW + timedelta(minutes=1)):
        later = caller.get("orders/")

    assert statuses == [200, 200, 429]
    assert answer.json()["code"] == "too_many_requests"
    assert answer["Retry-After"] == "45"
    assert later.status_code == 200
