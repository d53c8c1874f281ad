import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("base", "__first__"),
        ("orders", "0011_product_cards"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("flag", "Flag"),
                            ("note", "Note"),
                            ("owner", "Owner"),
                            ("star", "Star"),
                            ("snooze", "Put off"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("preview", "not started"), ("running", "running"), ("done", "done")],
                        default="preview",
                        max_length=8,
                    ),
                ),
                ("request", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("moved_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk action",
                "verbose_name_plural": "bulk actions",
                "indexes": [models.Index(fields=["created_at"], name="bulkrun_oldest")],
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_flag", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("done", "done"), ("refused", "not done")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=8)),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="orders.bulkrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "order of a bulk action",
                "verbose_name_plural": "orders of a bulk action",
                "indexes": [models.Index(fields=["run", "state", "order"], name="bulkrow_by_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "order"), name="bulkrow_order_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code", ""), ("reason", ""), ("state__in", ["waiting", "done"])),
                            models.Q(("state", "refused"), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="bulkrow_refused_for_a_reason",
                    ),
                ],
            },
        ),
    ]
