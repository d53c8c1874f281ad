"""How a program says who it is: ``Authorization: Token …``, or the session of somebody at the desk."""

from datetime import timedelta
from functools import cache

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from shopdesk.api.models import ApiToken
from shopdesk.api.services.tokens import digest_of
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.base.prepared import prepared_cursor

USE_NOTED_EVERY = timedelta(minutes=5)
KEYWORD = "Token"


class TokenAuthentication(BaseAuthentication):
    """By the token of an integration; ``request.auth`` is the token, ``request.user`` its account."""

    def authenticate(self, request: Request) -> tuple[Staff, ApiToken] | None:
        """Find the token. Raises ``AuthenticationFailed`` for one that is none, was revoked, or has expired."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("Send one token: “Authorization: Token …”."))
        token = _find(digest_of(words[1]))
        now = clock.now()
        if token is None or not token.is_valid(now) or not token.account.is_active:
            raise AuthenticationFailed(
                _("This token is not known, was revoked, or has expired. A manager can make a new one.")
            )
        if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
            stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        return token.account, token

    def authenticate_header(self, request: Request) -> str:
        """What a refused caller should send."""
        return KEYWORD


@cache
def _statement() -> str:
    """A token with its account. Composed once: its forty columns took longer than all the rest of finding it."""
    found = ApiToken.objects.select_related("account").filter(digest="")
    return str(found.query.sql_with_params()[0])


def _find(digest: str) -> ApiToken | None:
    with prepared_cursor() as cursor:
        cursor.execute(_statement(), [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    names, of_account = (
        [field.attname for field in model._meta.concrete_fields] for model in (ApiToken, Staff)
    )
    token = ApiToken.from_db(connection.alias, names, row[: len(names)])
    token.account = Staff.from_db(connection.alias, of_account, row[len(names) :])
    return token


__all__ = ["SessionAuthentication", "TokenAuthentication"]
