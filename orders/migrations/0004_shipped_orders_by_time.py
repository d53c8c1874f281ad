"""The orders that the clock finishes come straight from an index (O1)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_parcels_changes_supply")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "WAIT_BUYER_CONFIRM_GOODS")),
                fields=["consign_time", "tid"],
                name="order_to_confirm",
            ),
        ),
    ]
