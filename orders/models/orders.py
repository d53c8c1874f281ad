"""Orders and their lines (O1, O2). Field names are Taobao's where Taobao has one."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from members.models import Buyer
from orders.models.goods import Product, Sku
from orders.rules.closing import closing_moment
from orders.states import CloseReason, Status, Supply
from shopdesk.base.fields import MoneyField
from shopdesk.base.search import SearchGrams


class Order(models.Model):
    """An order of one buyer, by its Taobao number.

    ``version`` grows with every change that staff could have a view on; edits compare it (T5).
    ``created`` is when the buyer placed it: the 72 hours of O4 run from there.
    """

    class SellerFlag(models.IntegerChoices):
        """Taobao's flag numbers (N1)."""

        GREY = 0, _("grey")
        RED = 1, _("red")
        YELLOW = 2, _("yellow")
        GREEN = 3, _("green")
        BLUE = 4, _("blue")
        PINK = 5, _("pink")

    tid = models.CharField(_("order number"), primary_key=True, max_length=32, db_collation="C")
    buyer = models.ForeignKey(
        Buyer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_column="buyer_nick",
        related_name="orders",
        db_index=False,
    )
    status = models.CharField(_("state"), max_length=24, choices=Status)
    close_reason = models.CharField(max_length=8, choices=CloseReason, blank=True, default="")
    partly_shipped = models.BooleanField(default=False)
    # The platform is still confirming a payment: such an order is not closed at 72 hours.
    payment_pending = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    goods_payable = MoneyField(_("goods payable"), default=0)
    post_fee = MoneyField(_("postage"), default=0)
    discount_fee = MoneyField(_("discount"), default=0)
    # S7: postage paid on joined orders that was taken off this order's total.
    post_fee_credit = MoneyField(_("postage credited"), default=0, db_default=0)
    payment = MoneyField(_("total payable"), default=0)
    paid_fee = MoneyField(_("paid"), default=0)
    refund_fee = MoneyField(_("refunded"), default=0)

    created = models.DateTimeField(_("placed"))
    pay_time = models.DateTimeField(_("paid at"), null=True, blank=True)
    consign_time = models.DateTimeField(_("shipped at"), null=True, blank=True)
    signed_time = models.DateTimeField(_("signed for at"), null=True, blank=True)
    end_time = models.DateTimeField(_("ended at"), null=True, blank=True)

    seller_flag = models.PositiveSmallIntegerField(choices=SellerFlag, default=SellerFlag.GREY)
    buyer_message = models.TextField(_("buyer's message"), blank=True, default="")
    seller_memo = models.TextField(_("memo on Taobao"), blank=True, default="")
    memo_tag = models.CharField(_("memo tag on Taobao"), max_length=64, blank=True, default="")

    receiver_name = models.CharField(_("receiver"), max_length=64, blank=True, default="")
    receiver_state = models.CharField(_("province"), max_length=8, blank=True, default="")
    receiver_address = models.CharField(_("address"), max_length=500, blank=True, default="")
    receiver_zip = models.CharField(_("postcode"), max_length=12, blank=True, default="")
    receiver_mobile = models.CharField(_("mobile"), max_length=32, blank=True, default="")
    receiver_phone = models.CharField(_("phone"), max_length=32, blank=True, default="")

    logistics_company = models.CharField(_("carrier"), max_length=64, blank=True, default="")
    invoice_no = models.CharField(
        _("tracking number"), max_length=128, blank=True, default="", db_collation="C"
    )
    num = models.PositiveIntegerField(_("pieces"), default=0)
    # S5: it goes to a forwarder in China, all at once.
    forwarder = models.BooleanField(_("to a forwarder"), default=False, db_default=False)
    # S8: the buyer asked for what is on the shelf ahead of the rest.
    shelf_goods_first = models.BooleanField(_("shelf goods first"), default=False, db_default=False)
    # S7: orders with the same number here add up and ship in one parcel; it is the lowest of theirs.
    joined = models.CharField(max_length=32, blank=True, default="", db_default="", db_collation="C")
    # A8: placed for an exchange of style and not to be paid: exempt from O4, O14 and S7.
    tied = models.BooleanField(_("placed for an exchange"), default=False, db_default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
    )

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["-created", "-tid"], name="order_newest"),
            models.Index(fields=["status", "-created", "-tid"], name="order_by_status"),
            # T4: money by day.
            models.Index(
                fields=["pay_time", "tid"], name="order_by_payment", condition=Q(pay_time__isnull=False)
            ),
            models.Index(fields=["buyer", "-created", "-tid"], name="order_by_buyer"),
            models.Index(fields=["receiver_state", "-created", "-tid"], name="order_by_province"),
            models.Index(
                fields=["seller_flag", "-created", "-tid"],
                name="order_by_flag",
                condition=Q(seller_flag__gt=0),
            ),
            models.Index(
                fields=["owner", "-created", "-tid"], name="order_by_owner", condition=Q(owner__isnull=False)
            ),
            models.Index(fields=["joined"], name="order_by_joined", condition=~Q(joined="")),
            models.Index(fields=["-created", "-tid"], name="order_with_memo", condition=~Q(seller_memo="")),
            models.Index(
                fields=["created", "tid"], name="order_unpaid_due", condition=Q(status=Status.WAIT_BUYER_PAY)
            ),
            models.Index(
                fields=["consign_time", "tid"],
                name="order_to_confirm",
                condition=Q(status=Status.WAIT_BUYER_CONFIRM_GOODS),
            ),
            models.Index(
                fields=["invoice_no", "-created"], name="order_by_tracking", condition=~Q(invoice_no="")
            ),
            models.Index(
                fields=["receiver_mobile", "-created", "-tid"],
                name="order_by_mobile",
                condition=~Q(receiver_mobile=""),
            ),
            models.Index(
                Right("receiver_mobile", 4),
                F("created").desc(),
                F("tid").desc(),
                name="order_by_mobile_end",
                condition=~Q(receiver_mobile=""),
            ),
            GinIndex(SearchGrams("receiver_name"), name="order_receiver_grams"),
            GinIndex(SearchGrams("seller_memo"), name="order_memo_grams", condition=~Q(seller_memo="")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="order_status_known"),
            models.CheckConstraint(
                condition=Q(
                    status=Status.TRADE_CLOSED_BY_TAOBAO,
                    close_reason__in=[
                        CloseReason.TIMEOUT,
                        CloseReason.BUYER,
                        CloseReason.SELLER,
                        CloseReason.UNPAID,
                    ],
                )
                | Q(status=Status.TRADE_CLOSED, close_reason=CloseReason.REFUND)
                | (~Q(status__in=[Status.TRADE_CLOSED, Status.TRADE_CLOSED_BY_TAOBAO]) & Q(close_reason="")),
                name="order_closed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(goods_payable__gte=0, post_fee__gte=0, payment__gte=0, paid_fee__gte=0)
                & Q(refund_fee__gte=0, discount_fee__gte=0),
                name="order_money_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.WAIT_BUYER_PAY, Status.TRADE_CLOSED_BY_TAOBAO])
                | Q(pay_time__isnull=True),
                name="order_unpaid_has_no_pay_time",
            ),
            models.CheckConstraint(
                condition=Q(seller_flag__in=[0, 1, 2, 3, 4, 5]), name="order_flag_is_taobaos"
            ),
        ]

    def __str__(self) -> str:
        return self.tid

    @property
    def closes_at(self) -> datetime | None:
        """When the order is closed if nobody pays (O4); nothing where it is not about to be."""
        return closing_moment(self)


class OrderLine(models.Model):
    """One product of an order. Known by its ``oid``, else by its position in the order (D1)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    oid = models.CharField(max_length=32, blank=True, default="", db_collation="C")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", null=True)
    sku_properties_name = models.CharField(_("colour and size"), max_length=200, blank=True, default="")
    outer_sku_id = models.CharField(_("code"), max_length=64, blank=True, default="", db_collation="C")
    price = MoneyField(_("unit price"))
    num = models.PositiveIntegerField(_("quantity"))
    discount_fee = MoneyField(_("discount"), default=0)
    payment = MoneyField(_("payable"), default=0)
    refund_status = models.CharField(max_length=64, blank=True, default="")
    refund_fee = MoneyField(_("refunded"), default=0)
    # O9: the colour and size that the buyer ordered, where staff changed them since: exports still name these.
    ordered_properties_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    # O16: how far its goods are; empty where nothing was done yet (orders.rules.supply says what that means).
    supply = models.CharField(
        _("supply"), max_length=12, choices=Supply, blank=True, default="", db_default=""
    )
    # F4: it was refunded before it was shipped, and so does not travel.
    refunded_at = models.DateTimeField(_("refunded before shipping"), null=True, blank=True)
    # Repeated from the order so that the newest orders of a product come straight from an index.
    order_created = models.DateTimeField()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        indexes = [
            # What somebody bought or makes is looked for among lines of which nothing is said.
            models.Index(fields=["supply"], condition=~Q(supply=""), name="line_by_supply"),
            models.Index(fields=["product", "-order_created", "-order"], name="line_by_product"),
            models.Index(
                fields=["outer_sku_id", "-order_created", "-order"],
                name="line_by_code",
                condition=~Q(outer_sku_id=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.UniqueConstraint(fields=["oid"], condition=~Q(oid=""), name="line_oid_once"),
            models.CheckConstraint(condition=Q(num__gt=0), name="line_has_pieces"),
            models.CheckConstraint(
                condition=Q(price__gte=0, payment__gte=0, discount_fee__gte=0, refund_fee__gte=0),
                name="line_money_not_negative",
            ),
            models.CheckConstraint(condition=Q(supply__in=["", *Supply.values]), name="line_supply_known"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"


class Consent(models.Model):
    """The buyer's consent to close an unpaid order (O6): how, when, by whom recorded."""

    class Channel(models.TextChoices):
        """How the buyer agreed."""

        WANGWANG = "wangwang", _("Wangwang chat")
        PHONE = "phone", _("phone")
        OTHER = "other", _("other")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=12, choices=Channel)
    agreed_at = models.DateTimeField()
    remark = models.CharField(max_length=200, blank=True, default="")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return f"{self.order_id} {self.channel}"
