"""Parcels and change notices: what a warehouse system works with. No prices, no phones (T1)."""

from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from orders.api.showing import NoticeShown, ParcelShown
from orders.models import ChangeNotice, Order, Parcel
from orders.selectors.notices import notices_page
from orders.selectors.warehouse import parcels_in_order
from orders.services.acknowledging import acknowledge_notice
from orders.services.parcels.locks import lock_parcel
from orders.services.parcels.printing import print_anew, print_parcels
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack, pull
from shipping.carriers import CARRIERS
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import VersionIn
from shopdesk.api.lists import ListQuery, page_of
from shopdesk.api.views import ActionView, ApiView
from shopdesk.base.permissions import Permission

SEE = Access(Permission.SEE_ORDERS, Scope.WAREHOUSE)
WORK = Access(Permission.WORK_WAREHOUSE, Scope.WAREHOUSE)


class ParcelsCall(ApiView):
    """The parcels of an order."""

    access: ClassVar[dict[str, Access]] = {"get": SEE}
    told: ClassVar[dict[int, Any]] = {200: page_of(ParcelShown, "ParcelList")}

    def get(self, request: Request, tid: str) -> Response:
        """List the parcels that the order's goods are or were in, oldest first. The list has one page."""
        if not Order.objects.filter(pk=tid).exists():
            raise exceptions.NotFound(_("There is no such order."))
        parcels = [parcel for parcel, _pieces in parcels_in_order(tid)]
        return Response({"results": ParcelShown(parcels, many=True).data, "next": None, "previous": None})


class ParcelDone(ParcelShown):
    """The parcel, and what is odd about it."""

    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta(ParcelShown.Meta):
        fields: tuple[str, ...] = (*ParcelShown.Meta.fields, "warnings")
        read_only_fields = fields


class ParcelAction(ActionView):
    """An action on a parcel, by `id`. It answers the parcel as it is then; 204 where planning left no such one."""

    access: ClassVar[dict[str, Access]] = {"post": WORK}
    takes: ClassVar[type[Serializer[Any]]] = VersionIn
    answers: ClassVar[Any] = {200: ParcelDone, 204: None}

    def perform(self, parcel_id: int, data: dict[str, Any], version: int | None) -> Any:
        """Call the service."""
        raise NotImplementedError

    def act(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Do it, where the order has such a parcel."""
        tid, number = kwargs["tid"], kwargs["number"]
        if number not in {parcel.pk for parcel, _pieces in parcels_in_order(tid)}:
            raise exceptions.NotFound(_("This order has no such parcel."))
        done = self.perform(number, data, self.seen_version(data))
        # Planning may have put its goods into another one.
        left = Parcel.objects.filter(pk=number).first()
        if left is None:
            return Response(status=204)
        return Response({**ParcelShown(left).data, "warnings": [str(text) for text in done or ()]})


class PrintIn(VersionIn):
    """Whether the paper was lost."""

    again = serializers.BooleanField(default=False, help_text="Print a new slip; the old one is void (F3).")


class PrintCall(ParcelAction):
    """Print the slip of a parcel that is ready (F1, O16)."""

    takes: ClassVar[type[Serializer[Any]]] = PrintIn

    def perform(self, parcel_id: int, data: dict[str, Any], version: int | None) -> Any:
        """Print it. Raises why it is left."""
        if data["again"]:
            print_anew(parcel_id, version=version, actor=self.staff)
            return None
        with transaction.atomic():
            if version is not None:
                lock_parcel(parcel_id, version=version)
            printed = print_parcels([parcel_id], actor=self.staff)
        for refusal in printed.reasons.values():
            raise refusal
        return None


class PackCall(ParcelAction):
    """Say that the goods of a printed parcel are in it (F1)."""

    def perform(self, parcel_id: int, data: dict[str, Any], version: int | None) -> Any:
        """Pack it."""
        pack(parcel_id, version=version, actor=self.staff)


class ShipIn(VersionIn):
    """With whom, under which number (F6)."""

    carrier = serializers.ChoiceField(choices=[(code, carrier.name) for code, carrier in CARRIERS.items()])
    invoice_no = serializers.CharField(max_length=64)


class ShipCall(ParcelAction):
    """Send a packed parcel out (F6, N5)."""

    takes: ClassVar[type[Serializer[Any]]] = ShipIn

    def perform(self, parcel_id: int, data: dict[str, Any], version: int | None) -> Any:
        """Ship it; answers what is odd about the number (S1)."""
        shipped = ship(
            parcel_id,
            carrier=data["carrier"],
            invoice_no=data["invoice_no"],
            version=version,
            actor=self.staff,
        )
        return shipped.warnings


class PullIn(VersionIn):
    """Why."""

    reason = serializers.CharField(max_length=200)


class PullCall(ParcelAction):
    """Take a printed or packed parcel out of the pile; its slip is void (F2, F4)."""

    takes: ClassVar[type[Serializer[Any]]] = PullIn

    def perform(self, parcel_id: int, data: dict[str, Any], version: int | None) -> Any:
        """Pull it."""
        pull(parcel_id, reason=data["reason"], version=version, actor=self.staff)


class NoticesQuery(ListQuery):
    """Which notices."""

    acknowledged = serializers.BooleanField(
        default=False, help_text="Those that the warehouse knows of already."
    )


class NoticesCall(ApiView):
    """Change notices."""

    access: ClassVar[dict[str, Access]] = {"get": WORK}
    query = NoticesQuery
    told: ClassVar[dict[int, Any]] = {200: page_of(NoticeShown, "NoticePage")}

    def get(self, request: Request) -> Response:
        """List changes that wait for the warehouse, newest first (O9)."""
        asked = NoticesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        page = notices_page(done=data["acknowledged"], cursor=data.get("cursor", ""), size=data["limit"])
        return Response(
            {"results": NoticeShown(page.rows, many=True).data, "next": page.older, "previous": page.newer}
        )


class AcknowledgeIn(serializers.Serializer[Any]):
    """What the warehouse says."""

    found = serializers.BooleanField(
        default=False, help_text="The paper of its void slips is in the warehouse's hands (F2)."
    )


class AcknowledgeCall(ActionView):
    """Acknowledge a change: what it is about can be printed, packed and shipped again (O9, F2)."""

    access: ClassVar[dict[str, Access]] = {"post": WORK}
    takes: ClassVar[type[Serializer[Any]]] = AcknowledgeIn
    answers = NoticeShown
    versioned = False

    def act(self, data: dict[str, Any], **kwargs: Any) -> ChangeNotice:
        """Acknowledge it."""
        if not ChangeNotice.objects.filter(pk=kwargs["pk"]).exists():
            raise exceptions.NotFound(_("There is no such change notice."))
        return acknowledge_notice(kwargs["pk"], found=data["found"], actor=self.staff)
