from django.db import migrations, models

# The guard of N2 leaves this column alone: it says nothing that anybody wrote.
FILL = """
UPDATE orders_note n SET order_created = o.created FROM orders_order o
WHERE o.tid = n.order_id AND n.order_created IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_notes_are_never_edited")]
    operations = [
        migrations.AddField("note", "order_created", models.DateTimeField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("note", "order_created", models.DateTimeField()),
        migrations.AddIndex(
            "note", models.Index(fields=["-order_created", "-order"], name="note_by_order_time")
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                condition=models.Q(("seller_memo", ""), _negated=True),
                fields=["-created", "-tid"],
                name="order_with_memo",
            ),
        ),
    ]
