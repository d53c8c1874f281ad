"""What the shop says of its products itself: kind, lead time, material, size chart (O12, O13, T6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Product, ProductSize
from orders.rules.products import ProductKind
from orders.rules.sizes import MOST_ROWS, SizeRow, write_chart
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

FIELDS = ("kind", "special_price", "virtual", "lead_days", "origin", "material", "care")
LONGEST_LEAD = 180


@transaction.atomic
def change_product(
    product_id: int,
    values: Mapping[str, Any],
    *,
    chart: Sequence[SizeRow] | None = None,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Product:
    """Change ``FIELDS`` of a product, and its size chart where one is given.

    Parcels that are planned keep the date that was promised; what is planned, priced and judged from now on goes by
    the new values. Raises ``Forbidden`` (O12) by role, ``DomainError`` (O12) for a kind that there is not or no such
    product, (O13) for a lead time out of bounds, (T6) for a chart past ``MOST_ROWS``, ``VersionConflict`` (T5) when
    ``version`` is given and the product has changed since.
    """
    if not actor.may(Permission.CHANGE_PRODUCTS):
        raise Forbidden("O12", _("Only a manager changes products."))
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise DomainError("O12", _("There is no such product."))
    if version is not None and product.version != version:
        raise VersionConflict(
            "T5", _("Somebody changed this product meanwhile. Look at it as it is now, then try again.")
        )
    wanted = {name: values[name] for name in FIELDS if name in values}
    _check(wanted, chart)
    changed = {name: value for name, value in wanted.items() if value != getattr(product, name)}
    before = {name: getattr(product, name) for name in changed}
    for name, value in changed.items():
        setattr(product, name, value)
    if chart is not None:
        known = write_chart([row.as_row() for row in product.sizes.order_by("position")])
        if known != write_chart(chart):
            before["chart"], changed["chart"] = known, write_chart(chart)
            _keep_chart(product, chart)
    if changed:
        product.version += 1
        product.save(update_fields=[*(name for name in changed if name != "chart"), "version"])
        fact = Fact("product.changed", "product", str(product.pk), before, changed)
        audit.record(fact, at=now or clock.now(), actor=actor)
    return product


def _check(wanted: Mapping[str, Any], chart: Sequence[SizeRow] | None) -> None:
    if wanted.get("kind", ProductKind.STANDARD) not in ProductKind.values:
        raise DomainError("O12", _("There is no such kind of product."), field="kind")
    lead_days = wanted.get("lead_days")
    if lead_days is not None and not 1 <= lead_days <= LONGEST_LEAD:
        raise DomainError("O13", _("Days to make or buy are from 1 to 180."), field="lead_days")
    if chart is not None and len(chart) > MOST_ROWS:
        raise DomainError("T6", _("A size chart has 30 rows at most."), field="chart")


def _keep_chart(product: Product, chart: Sequence[SizeRow]) -> None:
    product.sizes.all().delete()
    ProductSize.objects.bulk_create(
        ProductSize(
            product=product,
            position=position,
            size=row.size,
            height_from=row.height_from,
            height_to=row.height_to,
            weight_from=row.weight_from,
            weight_to=row.weight_to,
        )
        for position, row in enumerate(chart, start=1)
    )
