"""Holds that the desk placed by itself get the line that they are for: the nth of an order's to its nth line."""

from django.db import migrations, models
from django.db.models import Q

_GIVE_LINES = """
WITH unnamed AS (
    SELECT id, order_id, sku_id, num,
           row_number() OVER (PARTITION BY order_id, sku_id, num, released_at ORDER BY id) AS nth
    FROM orders_hold WHERE line_id IS NULL AND until IS NULL AND order_id IS NOT NULL
), goods AS (
    SELECT id, order_id, sku_id, num,
           row_number() OVER (PARTITION BY order_id, sku_id, num ORDER BY position) AS nth
    FROM orders_orderline
)
UPDATE orders_hold AS hold SET line_id = goods.id
FROM unnamed JOIN goods USING (order_id, sku_id, num, nth)
WHERE hold.id = unnamed.id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    """Data first, then the rule that a line is held by itself once."""

    dependencies = [("orders", "0004_shipped_orders_by_time")]

    operations = [
        migrations.RunSQL(_GIVE_LINES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                fields=["line"],
                condition=Q(released_at__isnull=True, until__isnull=True),
                name="hold_one_by_itself",
            ),
        ),
    ]
