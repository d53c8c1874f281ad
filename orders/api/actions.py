"""What is done with one order: one address, one service."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from orders.api.orders import in_full
from orders.api.showing import ApprovalAsked, NoticeShown, OrderInFull, PaymentShown
from orders.approval_kinds import FREE_SPLIT, POSTAGE_WAIVER, SPECIAL_PRICE
from orders.models import ChangeNotice, Consent, Flag, Order, Payment, Refund
from orders.rules.changes import Terms
from orders.rules.dropping import DropReason
from orders.rules.notes import NoteForm
from orders.services.changes.address import AddressChange, change_address
from orders.services.changes.sku import SkuChange, change_sku
from orders.services.closing import close_with_consent
from orders.services.finishing import finish
from orders.services.flags import NO_CHECK, FlagRequest, set_flag
from orders.services.locks import lock_order
from orders.services.notes import add_note
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import apply_computed_price, drop_lines
from orders.services.refunding import refund_lines
from orders.services.special_prices import PriceWish, ask_for_price
from shipping.carriers import CARRIERS
from shipping.provinces import PROVINCES
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import MomentIn, Money, MoneyIn, TidIn, VersionIn
from shopdesk.api.showing import Shown
from shopdesk.api.views import ActionView
from shopdesk.base.models import Approval
from shopdesk.base.permissions import Permission

WORK = {"post": Access(Permission.WORK_ORDERS, Scope.ORDERS_WRITE)}
NOTE = {"post": Access(Permission.FLAG_AND_NOTE, Scope.ORDERS_WRITE)}
MOST_LINES = 200
MOST_LINKS = 20
LONGEST_TEXT = 2000


class OrderAction(ActionView):
    """An action on one order; it answers the order as it is then."""

    access: ClassVar[dict[str, Access]] = WORK
    answers: ClassVar[Any] = OrderInFull

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Call the service."""
        raise NotImplementedError

    def act(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Do it, where there is such an order."""
        tid = kwargs["tid"]
        if not Order.objects.filter(pk=tid).exists():
            raise exceptions.NotFound(_("There is no such order."))
        done = self.perform(tid, data)
        if isinstance(done, Approval):
            return Response(ApprovalAsked(done).data, status=202)
        return Response(self.tell(tid, done), status=self.status)

    def tell(self, tid: str, done: Any) -> Any:
        """What the caller is told: the order."""
        return in_full(tid, self)

    def version(self, tid: str, data: dict[str, Any]) -> int:
        """The version that the caller saw; who names none takes the order as it is."""
        seen = self.seen_version(data)
        return seen if seen is not None else Order.objects.values_list("version", flat=True).get(pk=tid)

    def guarded(self, tid: str, data: dict[str, Any], work: Callable[[], Any]) -> Any:
        """Do what has no version of its own, at the version that the caller saw (T5)."""
        with transaction.atomic():
            lock_order(tid, version=self.seen_version(data))
            return work()


class _Positions(serializers.Serializer[Any]):
    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=32767), allow_empty=False, max_length=MOST_LINES,
        help_text="The positions of the lines.",
    )  # fmt: skip


class PaymentIn(VersionIn):
    """What was paid (O5)."""

    payment_no = serializers.CharField(max_length=64)
    amount = MoneyIn()
    paid_at = MomentIn(help_text="When the buyer paid, which is what counts; not when we heard of it.")
    method = serializers.ChoiceField(choices=Payment.Method.choices, default=Payment.Method.UNKNOWN)


class PaymentsCall(OrderAction):
    """Record a payment (O5, O11). The same payment number twice is one payment."""

    takes: ClassVar[type[Serializer[Any]]] = PaymentIn
    answers = PaymentShown
    status = 201

    def perform(self, tid: str, data: dict[str, Any]) -> Payment:
        """Record it."""
        message = PaymentMessage(data["payment_no"], data["amount"], data["paid_at"], data["method"])
        done: Payment = self.guarded(tid, data, lambda: record_payment(tid, message, actor=self.staff))
        return done

    def tell(self, tid: str, done: Payment) -> Any:
        """The payment, and what became of it."""
        return PaymentShown(done).data


class CloseIn(VersionIn):
    """The buyer's consent (O6)."""

    channel = serializers.ChoiceField(choices=Consent.Channel.choices)
    agreed_at = MomentIn()
    remark = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CloseCall(OrderAction):
    """Close an unpaid order with the buyer's consent (O6)."""

    takes: ClassVar[type[Serializer[Any]]] = CloseIn

    def perform(self, tid: str, data: dict[str, Any]) -> Order:
        """Close it."""
        return close_with_consent(
            tid,
            version=self.version(tid, data),
            channel=data["channel"],
            agreed_at=data["agreed_at"],
            remark=data["remark"],
            actor=self.staff,
        )


class DropLinesIn(_Positions, VersionIn):
    """Which lines, and why (O7)."""

    reason = serializers.ChoiceField(choices=DropReason.choices)


class DropLinesCall(OrderAction):
    """Take lines off an unpaid order; its price is worked out anew (O7)."""

    takes: ClassVar[type[Serializer[Any]]] = DropLinesIn

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Drop them."""
        version = self.version(tid, data)
        return drop_lines(tid, data["positions"], reason=data["reason"], version=version, actor=self.staff)


class PriceIn(VersionIn):
    """Nothing but a carrier for the price by the rules; a wish for any other price (O8, P1)."""

    carrier = serializers.ChoiceField(
        choices=[(code, carrier.name) for code, carrier in CARRIERS.items()], required=False, allow_null=True
    )
    shelf_goods_first = serializers.BooleanField(required=False, allow_null=True, default=None)
    wish = serializers.ChoiceField(
        required=False,
        choices=[
            (SPECIAL_PRICE, "Another total (O8)"),
            (POSTAGE_WAIVER, "Postage waived (P1)"),
            (FREE_SPLIT, "Two parcels for the postage of one (S8)"),
        ],
        help_text="Asks a supervisor (202); the order keeps its price until they approve.",
    )
    total = MoneyIn(required=False, help_text="Of a special price: what the buyer pays in all.")
    reason = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A special price names its total."""
        if attrs.get("wish") == SPECIAL_PRICE and attrs.get("total") is None:
            raise serializers.ValidationError({"total": [_("Say what the buyer pays in all.")]})
        return attrs


class PriceCall(OrderAction):
    """Give an unpaid order the price that the rules say, or ask for another (O8)."""

    takes: ClassVar[type[Serializer[Any]]] = PriceIn
    answers: ClassVar[dict[int, Any]] = {200: OrderInFull, 202: ApprovalAsked}

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Apply it, or ask."""
        version, carrier = self.version(tid, data), data.get("carrier")
        shelf = data["shelf_goods_first"]
        if wish := data.get("wish"):
            total: Decimal | None = data.get("total")
            asked = PriceWish(wish, data["reason"], total, carrier, bool(shelf))
            return ask_for_price(tid, asked, version=version, actor=self.staff)
        return apply_computed_price(
            tid, version=version, carrier=carrier, shelf_first=shelf, actor=self.staff
        )


class _Settled(VersionIn):
    terms = serializers.ChoiceField(choices=Terms.choices, default=Terms.KEEP)
    links = serializers.ListField(
        child=TidIn(), required=False, default=list, max_length=MOST_LINKS,
        help_text="Postage links of the same buyer that pay a difference (O12).",
    )  # fmt: skip
    reason = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class ChangeSkuIn(_Settled):
    """Another colour or size of the same product (O9)."""

    position = serializers.IntegerField(min_value=0, max_value=32767)
    sku_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    accept_short = serializers.BooleanField(default=False, help_text="Even where the shelf does not hold it.")


class ChangeCall(OrderAction):
    """A change of a paid order: it opens a notice that the warehouse must acknowledge."""

    answers: ClassVar[dict[int, Any]] = {200: NoticeShown, 202: ApprovalAsked}

    def tell(self, tid: str, done: ChangeNotice) -> Any:
        """The notice."""
        return NoticeShown(done).data


class ChangeSkuCall(ChangeCall):
    """Change colour or size of a line of a paid order (O9, F2)."""

    takes: ClassVar[type[Serializer[Any]]] = ChangeSkuIn

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Change it, or ask a supervisor where goods are bought or in making (O16)."""
        change = SkuChange(
            data["position"],
            data["sku_id"],
            terms=data["terms"],
            links=tuple(dict.fromkeys(data["links"])),
            accept_short=data["accept_short"],
            reason=data["reason"],
        )
        return change_sku(tid, change, version=self.version(tid, data), actor=self.staff)


class ChangeAddressIn(_Settled):
    """Where it goes instead (O10). A name or mobile that is left out stays as it is."""

    receiver_address = serializers.CharField(max_length=500)
    receiver_name = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    receiver_mobile = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    receiver_state = serializers.ChoiceField(
        choices=[(name, name) for name in PROVINCES], required=False, allow_blank=True, default="",
        help_text="The province, where the address does not say it (S2).",
    )  # fmt: skip
    waive = serializers.BooleanField(
        default=False, help_text="Ask that a difference of postage is waived (P1)."
    )


class ChangeAddressCall(ChangeCall):
    """Send a paid order elsewhere (O10, F2)."""

    takes: ClassVar[type[Serializer[Any]]] = ChangeAddressIn

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Change it, or ask for the waiver."""
        change = AddressChange(
            receiver_address=data["receiver_address"],
            receiver_name=data["receiver_name"],
            receiver_mobile=data["receiver_mobile"],
            receiver_state=data["receiver_state"],
            terms=data["terms"],
            links=tuple(dict.fromkeys(data["links"])),
            waive=data["waive"],
            reason=data["reason"],
        )
        return change_address(tid, change, version=self.version(tid, data), actor=self.staff)


class FlagIn(VersionIn):
    """The flag (N1). Red says why, to whom and until when, and has its note (N3)."""

    seller_flag = serializers.ChoiceField(choices=Order.SellerFlag.choices)
    label = serializers.CharField(max_length=24, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    addressee = serializers.ChoiceField(
        choices=Flag.Addressee.choices, required=False, allow_blank=True, default=""
    )
    until = MomentIn(required=False, allow_null=True, default=None)
    form = serializers.ChoiceField(choices=NoteForm.choices, default=NoteForm.FREE)
    seen_flag = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**63 - 1,
        help_text="The id of the flag that the caller saw, `null` for none; left out, nothing is compared (T5).",
    )  # fmt: skip


class FlagCall(OrderAction):
    """Set, change or take off the flag (N1, N3)."""

    access: ClassVar[dict[str, Access]] = NOTE
    takes: ClassVar[type[Serializer[Any]]] = FlagIn

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Set it."""
        wanted = FlagRequest(
            data["seller_flag"], data["label"], data["text"], data["addressee"], data["until"], data["form"]
        )
        seen = data.get("seen_flag", NO_CHECK)
        return self.guarded(tid, data, lambda: set_flag(tid, wanted, actor=self.staff, seen_flag=seen))


class NoteIn(VersionIn):
    """A note (N2)."""

    text = serializers.CharField(max_length=LONGEST_TEXT)
    form = serializers.ChoiceField(choices=NoteForm.choices, default=NoteForm.FREE)


class NotesCall(OrderAction):
    """Write a signed note (N2). Notes are never edited or removed; a correction is a new note."""

    access: ClassVar[dict[str, Access]] = NOTE
    takes: ClassVar[type[Serializer[Any]]] = NoteIn
    status = 201

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Write it."""
        work = lambda: add_note(tid, data["text"], actor=self.staff, form=data["form"])  # noqa: E731
        return self.guarded(tid, data, work)


class RefundIn(_Positions, VersionIn):
    """Which lines, and why (O6, F4)."""

    reason = serializers.CharField(max_length=200)


class RefundShown(Shown):
    """A refund before shipping."""

    tid = serializers.CharField(source="order_id", read_only=True)
    total = Money()

    class Meta:
        model = Refund
        fields = ("id", "tid", "status", "goods_fee", "post_fee", "total", "reason", "asked_at", "due_at")
        read_only_fields = fields


class RefundCall(OrderAction):
    """Refund lines of a paid order that are not shipped; they travel no more (O6, F4)."""

    takes: ClassVar[type[Serializer[Any]]] = RefundIn
    answers: ClassVar[dict[int, Any]] = {200: RefundShown, 202: ApprovalAsked}

    def perform(self, tid: str, data: dict[str, Any]) -> Any:
        """Refund them, or ask where goods are bought or in making (O16)."""
        version = self.version(tid, data)
        return refund_lines(tid, data["positions"], reason=data["reason"], version=version, actor=self.staff)

    def tell(self, tid: str, done: Refund) -> Any:
        """The refund."""
        return RefundShown(done).data


class FinishCall(OrderAction):
    """Finish a shipped order: its buyer confirmed the receipt (O1)."""

    takes: ClassVar[type[Serializer[Any]]] = VersionIn

    def perform(self, tid: str, data: dict[str, Any]) -> Order:
        """Finish it."""
        return finish(tid, version=self.seen_version(data), actor=self.staff)
