import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("base", "__first__"),
        ("orders", "0012_bulk_actions"),
    ]

    operations = [
        migrations.CreateModel(
            name="CarrierBill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", models.CharField(max_length=24, verbose_name="carrier")),
                ("month", models.DateField(verbose_name="month")),
                ("file_name", models.CharField(max_length=255)),
                ("header", models.JSONField(default=list)),
                ("read_at", models.DateTimeField()),
                (
                    "read_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "carrier's bill",
                "verbose_name_plural": "carriers' bills",
                "constraints": [
                    models.UniqueConstraint(fields=("month", "carrier"), name="carrierbill_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CarrierBillLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(db_collation="C", max_length=40)),
                ("row", models.PositiveIntegerField(null=True)),
                (
                    "invoice_no",
                    models.CharField(
                        blank=True,
                        db_collation="C",
                        default="",
                        max_length=64,
                        verbose_name="tracking number",
                    ),
                ),
                (
                    "weight_kg",
                    models.DecimalField(
                        decimal_places=3, max_digits=7, null=True, verbose_name="weight (kg)"
                    ),
                ),
                (
                    "fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="billed"),
                ),
                (
                    "destination",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="destination"),
                ),
                ("billed_on", models.DateField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("over", "over-charged"),
                            ("unknown", "unknown parcel"),
                            ("doubled", "billed twice"),
                            ("no_tariff", "no tariff"),
                            ("never", "never billed"),
                            ("under", "charged less"),
                            ("right", "as agreed"),
                            ("rejected", "rejected row"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "expected_fee",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, null=True, verbose_name="by the tariff"
                    ),
                ),
                (
                    "stake",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="at stake"),
                ),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[("settled", "settled"), ("disputed", "disputed")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("word", models.CharField(blank=True, default="", max_length=200)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("column", models.CharField(blank=True, default="", max_length=120)),
                ("reason", models.TextField(blank=True, default="")),
                ("cells", models.JSONField(default=list)),
                (
                    "bill",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.carrierbill",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.parcel",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a carrier's bill",
                "verbose_name_plural": "lines of a carrier's bill",
                "indexes": [
                    models.Index(fields=["bill", "verdict", "-stake", "-id"], name="billline_by_verdict"),
                    models.Index(
                        fields=["bill", "verdict", "resolution"],
                        include=("stake", "fee"),
                        name="billline_totals",
                    ),
                    models.Index(
                        condition=models.Q(("invoice_no", ""), _negated=True),
                        fields=["invoice_no"],
                        name="billline_by_tracking",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("bill", "key"), name="billline_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verdict__in",
                                [
                                    "over",
                                    "unknown",
                                    "doubled",
                                    "no_tariff",
                                    "never",
                                    "under",
                                    "right",
                                    "rejected",
                                ],
                            )
                        ),
                        name="billline_verdict_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fee__gte", 0), ("stake__gte", 0)), name="billline_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolution", ""), ("resolved_at__isnull", True)),
                            models.Q(
                                ("resolution__in", ["settled", "disputed"]),
                                ("resolved_at__isnull", False),
                                models.Q(("word", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="billline_resolved_with_a_word",
                    ),
                ],
            },
        ),
    ]
