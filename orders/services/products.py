"""What the shop says of its products itself: kind, special price, virtual, days to make or buy (O12, O13)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Product
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

FIELDS = ("kind", "special_price", "virtual", "lead_days")


@transaction.atomic
def change_product(
    product_id: int, values: Mapping[str, Any], *, actor: Staff, now: datetime | None = None
) -> Product:
    """Change ``FIELDS`` of a product. Raises ``Forbidden`` (O12) by role."""
    if not actor.may(Permission.ADMINISTER):
        raise Forbidden("O12", _("Only a manager changes products."))
    product = Product.objects.select_for_update().get(pk=product_id)
    changed = {name: values[name] for name in FIELDS if values[name] != getattr(product, name)}
    if changed:
        before = {name: getattr(product, name) for name in changed}
        for name, value in changed.items():
            setattr(product, name, value)
        product.save(update_fields=list(changed))
        audit.record(
            Fact("product.changed", "product", str(product.pk), before, changed),
            at=now or clock.now(),
            actor=actor,
        )
    return product
