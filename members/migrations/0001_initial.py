import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import shopdesk.base.search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("base", "0001_initial"),
        ("base", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Buyer",
            fields=[
                (
                    "nick",
                    models.CharField(
                        db_collation="C",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                        verbose_name="nick",
                    ),
                ),
                ("first_seen_at", models.DateTimeField()),
                (
                    "spend",
                    models.DecimalField(
                        db_default=0, decimal_places=2, default=0, max_digits=12, verbose_name="spend"
                    ),
                ),
            ],
            options={
                "verbose_name": "buyer",
                "verbose_name_plural": "buyers",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        shopdesk.base.search.SearchGrams("nick"), name="buyer_nick_grams"
                    ),
                    models.Index(fields=["-spend", "nick"], name="buyer_by_spend"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "tier table",
                "verbose_name_plural": "tier tables",
                "constraints": [models.UniqueConstraint(fields=("valid_from",), name="tierversion_once")],
            },
        ),
        migrations.CreateModel(
            name="TierRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=16, verbose_name="name")),
                (
                    "threshold",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="from (CNY)"),
                ),
                ("rate", models.DecimalField(decimal_places=3, max_digits=4, verbose_name="rate")),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="members.tierversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "tier",
                "verbose_name_plural": "tiers",
                "ordering": ["threshold"],
                "constraints": [
                    models.UniqueConstraint(fields=("table", "threshold"), name="tier_threshold_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0), ("rate__lte", 1), ("threshold__gt", 0)),
                        name="tier_makes_sense",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LifetimeShipping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(null=True, verbose_name="year")),
                (
                    "spend",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="spend of the year"
                    ),
                ),
                ("address", models.CharField(max_length=500, verbose_name="address")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("confirmed", "confirmed"),
                            ("refused", "refused"),
                        ],
                        default="proposed",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lifetime",
                        to="members.buyer",
                    ),
                ),
            ],
            options={
                "verbose_name": "free shipping for life",
                "verbose_name_plural": "free shipping for life",
                "indexes": [models.Index(fields=["-proposed_at", "-id"], name="lifetime_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("buyer", "year"), name="lifetime_once_a_year"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "confirmed")),
                        fields=("buyer",),
                        name="lifetime_one_confirmed",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "proposed")),
                        fields=("buyer",),
                        name="lifetime_one_proposed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["proposed", "confirmed", "refused"]),
                            models.Q(("address", ""), _negated=True),
                        ),
                        name="lifetime_has_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("status", "proposed")),
                            models.Q(
                                models.Q(("status", "proposed"), _negated=True), ("decided_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="lifetime_decided_or_proposed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpendEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("order", "order"), ("refund", "refund"), ("opening", "starting balance")],
                        max_length=8,
                    ),
                ),
                ("tid", models.CharField(db_collation="C", max_length=64)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("at", models.DateTimeField()),
                (
                    "buyer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger",
                        to="members.buyer",
                    ),
                ),
            ],
            options={
                "verbose_name": "spend entry",
                "verbose_name_plural": "spend entries",
                "indexes": [models.Index(fields=["buyer", "-at", "-id"], name="spendentry_by_buyer")],
                "constraints": [models.UniqueConstraint(fields=("tid", "kind"), name="spendentry_once")],
            },
        ),
    ]
