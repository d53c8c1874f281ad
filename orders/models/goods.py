"""Products, their SKUs with shelf stock, and holds on that stock (O12, F5)."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.rules.products import ProductKind
from orders.rules.sizes import LONGEST_SIZE, SizeRow
from shopdesk.base.fields import MoneyField
from shopdesk.base.search import SearchGrams


class Product(models.Model):
    """A product of the shop, known by its title."""

    title = models.CharField(_("title"), max_length=200, unique=True)
    num_iid = models.CharField(_("Taobao product id"), max_length=32, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=16, choices=ProductKind)
    special_price = models.BooleanField(_("special price"), default=False)
    virtual = models.BooleanField(_("virtual"), default=False)
    lead_days = models.PositiveSmallIntegerField(_("days to make or buy"), null=True, blank=True)
    # T6: what an agent is asked about it.
    origin = models.CharField(_("origin"), max_length=60, blank=True, default="", db_default="")
    material = models.CharField(_("material"), max_length=200, blank=True, default="", db_default="")
    care = models.CharField(_("care"), max_length=300, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [GinIndex(SearchGrams("title"), name="product_title_grams")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProductKind.values), name="product_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductSize(models.Model):
    """A row of a product's size chart: whom a size is for, by height (cm) and weight (kg), bounds included (T6)."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="sizes", db_index=False)
    position = models.PositiveSmallIntegerField()
    size = models.CharField(_("size"), max_length=LONGEST_SIZE)
    height_from = models.DecimalField(max_digits=5, decimal_places=2)
    height_to = models.DecimalField(max_digits=5, decimal_places=2)
    weight_from = models.DecimalField(max_digits=5, decimal_places=2)
    weight_to = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("size")
        verbose_name_plural = _("sizes")
        constraints = [
            models.UniqueConstraint(fields=["product", "position"], name="productsize_once"),
            models.CheckConstraint(
                condition=Q(
                    height_from__lte=F("height_to"), weight_from__lte=F("weight_to"), height_from__gt=0
                )
                & Q(weight_from__gt=0),
                name="productsize_makes_sense",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.size}"

    def as_row(self) -> SizeRow:
        """As the rule takes it."""
        return SizeRow(self.size, self.height_from, self.height_to, self.weight_from, self.weight_to)


class Sku(models.Model):
    """One colour and size of a product, with its place and stock on the shelf.

    ``held`` is the sum of the open holds; the database keeps it within the stock whatever races (F5).
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus", db_index=False)
    sku_properties_name = models.CharField(_("colour and size"), max_length=200, blank=True, default="")
    outer_sku_id = models.CharField(_("code"), max_length=64, blank=True, default="", db_collation="C")
    shelf = models.CharField(_("shelf"), max_length=16, blank=True, default="")
    # What it cost when it was last ordered (CNY); nothing where nobody ordered it yet.
    price = MoneyField(_("price"), null=True, blank=True)
    stock = models.PositiveIntegerField(_("stock"), default=0)
    held = models.PositiveIntegerField(_("held"), default=0)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.UniqueConstraint(fields=["product", "sku_properties_name"], name="sku_once"),
            models.CheckConstraint(condition=Q(held__lte=F("stock")), name="sku_never_over_held"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.sku_properties_name}"


class Hold(models.Model):
    """Pieces kept from the shelf: by whom, why, for which order, until when (F5)."""

    class Release(models.TextChoices):
        """How a hold ended."""

        CLOSED = "closed", _("order closed")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        CONSUMED = "consumed", _("shipped")
        CHANGED = "changed", _("order changed")

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="holds")
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="holds", db_index=False
    )
    # The line that it is for; a hold by hand may be for nothing in particular.
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="holds")
    num = models.PositiveIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=200)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    placed_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    # A7: for what is sent after the sale; it stands until that is shipped or let go of.
    after_sale = models.BooleanField(default=False, db_default=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    release = models.CharField(max_length=12, choices=Release, blank=True, default="")

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [
            models.Index(fields=["order", "released_at"], name="hold_by_order"),
            models.Index(fields=["until"], name="hold_open_until", condition=Q(released_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(released_at__isnull=True, until__isnull=True),
                name="hold_one_by_itself",
            ),
            models.CheckConstraint(condition=Q(num__gt=0), name="hold_has_pieces"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, release="")
                | (Q(released_at__isnull=False) & ~Q(release="")),
                name="hold_ends_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="hold_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.num} × {self.sku_id}"
