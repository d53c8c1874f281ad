"""What programs are shown of orders. Who may not see prices gets ``null`` in their place, and no phone (T1)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model
from django.utils.functional import cached_property
from rest_framework import serializers

from orders.models import ChangeNotice, Flag, Note, Order, OrderLine, Parcel, Payment
from orders.rules.products import ProductKind
from orders.selectors.discretion import masked, without_phones
from orders.selectors.lists import OrderRow
from shopdesk.api.fields import Money
from shopdesk.api.showing import Shown
from shopdesk.base.models import Approval, Staff
from shopdesk.base.permissions import Permission


def _without_phones(text: str, staff: Staff) -> str:
    return text if staff.may(Permission.REVEAL_PHONE) else without_phones(text)


class Discreet(Shown):
    """A row of which some fields are ``null`` for those who may not see prices."""

    prices: ClassVar[Sequence[str]] = ()

    def get_extra_kwargs(self) -> dict[str, Any]:
        """Everything is only shown; what may be kept back may be ``null``."""
        given: dict[str, Any] = super().get_extra_kwargs()
        for name in self.prices:
            given.setdefault(name, {})["allow_null"] = True
        return given

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The row as this account may see it."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.staff.may(Permission.SEE_PRICES):
            shown.update(dict.fromkeys(self.prices))
        return shown

    @property
    def staff(self) -> Staff:
        """Whom it is shown to."""
        staff: Staff = self.context["staff"]
        return staff


class LineShown(Discreet):
    """One line of an order."""

    prices = ("price", "discount_fee", "payment", "refund_fee")
    title = serializers.CharField(source="product.title", read_only=True)
    kind = serializers.ChoiceField(source="product.kind", choices=ProductKind.choices, read_only=True)
    num_iid = serializers.CharField(source="product.num_iid", read_only=True)
    sku_id = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model: type[Model] = OrderLine
        fields = (
            "position", "oid", "title", "kind", "num_iid", "sku_id", "sku_properties_name", "outer_sku_id", "num",
            "price", "discount_fee", "payment", "refund_status", "refund_fee", "supply", "refunded_at",
        )  # fmt: skip
        read_only_fields = fields


class FlagShown(Shown):
    """The flag that stands on the order (N1, N3)."""

    class Meta:
        model = Flag
        fields = ("id", "seller_flag", "label", "addressee", "until", "set_at", "acknowledged_at")
        read_only_fields = fields


class NoteShown(serializers.Serializer[Any]):
    """A signed note (N2)."""

    id = serializers.IntegerField(read_only=True)
    text = serializers.SerializerMethodField(help_text="As it is signed: `text(nameM.D)`.")
    at = serializers.DateTimeField(read_only=True)

    def get_text(self, note: Note) -> str:
        """The note, signed."""
        return _without_phones(str(note), self.context["staff"])


class OrderListed(Discreet):
    """One order of the list. Phones are masked; reading one in full is logged on the page."""

    prices = (
        "payment",
        "post_fee",
        "post_fee_credit",
        "discount_fee",
        "goods_payable",
        "paid_fee",
        "refund_fee",
    )
    buyer_nick = serializers.CharField(source="buyer_id", read_only=True, allow_null=True)
    receiver_mobile = serializers.CharField(
        read_only=True, allow_null=True, help_text="Masked; `null` where the account sees no phones."
    )
    owner = serializers.CharField(source="owner.signature", read_only=True, default=None, allow_null=True)

    class Meta:
        model: type[Model] = Order
        fields: tuple[str, ...] = (
            "tid", "version", "buyer_nick", "status", "close_reason", "partly_shipped", "payment", "post_fee",
            "post_fee_credit", "discount_fee", "goods_payable", "paid_fee", "refund_fee", "num", "created",
            "pay_time",
            "consign_time", "signed_time", "end_time", "seller_flag", "seller_memo", "buyer_message", "receiver_name",
            "receiver_state", "receiver_address", "receiver_zip", "receiver_mobile", "logistics_company",
            "invoice_no",
            "forwarder", "shelf_goods_first", "owner",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Order) -> dict[str, Any]:
        """The order, its phones hidden."""
        shown = super().to_representation(instance)
        if self.staff.may(Permission.REVEAL_PHONE):
            shown["receiver_mobile"] = masked(instance.receiver_mobile)
        else:
            shown["receiver_mobile"] = None
            for name in ("buyer_message", "seller_memo", "receiver_address"):
                shown[name] = without_phones(shown[name])
        return shown


class PaymentShown(Shown):
    """Money that came in (O5, O11)."""

    class Meta:
        model = Payment
        fields = ("payment_no", "amount", "method", "status", "paid_at", "heard_at")
        read_only_fields = fields


class OrderShown(serializers.Serializer[Any]):
    """An order with its lines, its flag and its latest note. The lines are `orders`, as Taobao calls them."""

    def to_representation(self, instance: OrderRow) -> dict[str, Any]:
        """The order's own fields, and what hangs on it."""
        return {
            **self._listed.to_representation(instance.order),
            "orders": self.fields["orders"].to_representation(instance.lines),
            "flag": self.fields["flag"].to_representation(instance.flag) if instance.flag else None,
            "note": _without_phones(str(instance.note), self.context["staff"]) if instance.note else None,
            "ship_by": self.fields["ship_by"].to_representation(instance.ship_by)
            if instance.ship_by
            else None,
        }

    @cached_property
    def _listed(self) -> OrderListed:
        # One for all orders of a list: to build it takes longer than to use it.
        return OrderListed(context=self.context)

    def get_fields(self) -> dict[str, Any]:
        """The same, for the schema."""
        return {
            **OrderListed(context=self.context).get_fields(),
            "orders": LineShown(many=True, read_only=True),
            "flag": FlagShown(read_only=True, allow_null=True),
            "note": serializers.CharField(
                read_only=True, allow_null=True, help_text="The latest note, signed."
            ),
            "ship_by": serializers.DateTimeField(
                read_only=True, allow_null=True, help_text="By when its next parcel is promised (O13)."
            ),
        }


class OrderInFull(OrderShown):
    """An order with all that was paid and noted."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The order, its payments, its notes."""
        row, payments, notes = instance
        sees = self.context["staff"].may(Permission.SEE_PRICES)
        return {
            **super().to_representation(row),
            "payments": PaymentShown(payments, many=True).data if sees else None,
            "notes": NoteShown(notes, many=True, context=self.context).data,
        }

    def get_fields(self) -> dict[str, Any]:
        """The same, for the schema."""
        return {
            **super().get_fields(),
            "payments": PaymentShown(many=True, read_only=True, allow_null=True),
            "notes": NoteShown(many=True, read_only=True),
        }


class ParcelShown(Shown):
    """A parcel (F1). It names no price and no phone."""

    class Meta:
        model = Parcel
        fields: tuple[str, ...] = (
            "id", "version", "stage", "purpose", "part", "slip_version", "carrier", "invoice_no", "planned_at",
            "printed_at", "packed_at", "shipped_at", "ship_by", "tracking_state", "deliver_by", "signed_at",
        )  # fmt: skip
        read_only_fields = fields


class NoticeShown(Shown):
    """A change that the warehouse has to know of before anything goes out (O9)."""

    tid = serializers.CharField(source="order_id", read_only=True)
    made_by = serializers.CharField(source="made_by.signature", read_only=True, default=None, allow_null=True)

    class Meta:
        model = ChangeNotice
        fields = ("id", "tid", "kind", "before", "after", "stage", "made_by", "made_at", "acknowledged_at")
        read_only_fields = fields


class ApprovalAsked(Shown):
    """A supervisor is asked; nothing is changed until they approve (P1, P2)."""

    class Meta:
        model = Approval
        fields = ("id", "kind", "status", "rule", "amount", "reason", "requested_at")
        read_only_fields = fields


class Amounts(serializers.Serializer[Any]):
    """What a quote came to."""

    goods_payable = Money()
    post_fee = Money()
    post_fee_credit = Money()
    payment = Money()
