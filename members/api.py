"""Members for programs: spend, tier, what is missing to the next, free shipping for life."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.models import Buyer
from members.selectors import standing_of
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import Money
from shopdesk.api.views import ApiView
from shopdesk.base import clock
from shopdesk.base.permissions import Permission


class TierShown(serializers.Serializer[Any]):
    """A tier: from which spend (CNY) on, under which name (M4)."""

    name = serializers.CharField(read_only=True)
    threshold = Money()


class MemberShown(serializers.Serializer[Any]):
    """Where a buyer stands (M1, M4, M5)."""

    nick = serializers.CharField(read_only=True)
    spend = Money()
    tier = TierShown(read_only=True, allow_null=True)
    next_tier = TierShown(read_only=True, allow_null=True)
    to_next_tier = Money(source="missing", allow_null=True)
    lifetime_free_shipping = serializers.BooleanField(read_only=True)
    lifetime_address = serializers.CharField(read_only=True, help_text="The one address that it is for (M5).")


class MemberCall(ApiView):
    """One member."""

    access: ClassVar[dict[str, Access]] = {"get": Access(Permission.SEE_MEMBERS, Scope.ORDERS_READ)}
    told: ClassVar[dict[int, Any]] = {200: MemberShown}

    def get(self, request: Request, nick: str) -> Response:
        """Read where a buyer stands, by nick."""
        buyer = None if "\x00" in nick else Buyer.objects.filter(pk=nick).first()
        if buyer is None:
            raise exceptions.NotFound(_("There is no buyer of this nick."))
        standing = standing_of(buyer, clock.now())
        shown = {
            "nick": buyer.nick,
            "spend": standing.spend,
            "tier": standing.tier,
            "next_tier": standing.next_tier,
            "missing": standing.missing,
            "lifetime_free_shipping": bool(standing.lifetime_address),
            "lifetime_address": standing.lifetime_address,
        }
        return Response(MemberShown(shown).data)
