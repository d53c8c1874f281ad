"""Default-deny: a call names who may make it."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shopdesk.api.models import ApiToken
from shopdesk.base.models import Staff


class NamedAccess(BasePermission):
    """Default-deny: a call is answered only to an account with its permission, by a token with its scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may make this call. A session that the pages would not let on does not come in here."""
        if isinstance(request.user, Staff) and request.auth is None and request.user.must_set_up_sign_in:
            return False
        if request.method == "OPTIONS":
            return bool(request.user.is_authenticated)
        access = view.access.get((request.method or "").lower())
        if access is None or not isinstance(request.user, Staff) or not request.user.may(access.permission):
            return False
        return not isinstance(request.auth, ApiToken) or access.allows(request.auth.scopes)
