import django.contrib.postgres.constraints
import django.contrib.postgres.operations
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("base", "__first__"),
        ("members", "0001_initial"),
        ("orders", "0002_notes_are_never_edited"),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        migrations.CreateModel(
            name="BuyingRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "buying run",
                "verbose_name_plural": "buying runs",
                "indexes": [models.Index(fields=["-opened_at", "-id"], name="buyingrun_newest")],
            },
        ),
        migrations.CreateModel(
            name="BuyingRunLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("num", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("bought", "bought"),
                            ("unavailable", "unavailable"),
                            ("dropped", "dropped"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buying_runs",
                        to="orders.orderline",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.buyingrun",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a buying run",
                "verbose_name_plural": "lines of a buying run",
                "constraints": [
                    models.UniqueConstraint(fields=("run", "line"), name="buyingrunline_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "")),
                        fields=("line",),
                        name="buyingrunline_one_undecided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("num__gt", 0)), name="buyingrunline_has_pieces"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeNotice",
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
                        choices=[
                            ("sku", "colour or size"),
                            ("address", "address"),
                            ("refund", "refund"),
                            ("joined", "joined orders"),
                        ],
                        max_length=8,
                    ),
                ),
                ("before", models.CharField(blank=True, default="", max_length=255)),
                ("after", models.CharField(blank=True, default="", max_length=255)),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("planned", "planned"),
                            ("printed", "printed"),
                            ("packed", "packed"),
                            ("shipped", "shipped"),
                            ("voided", "voided"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.note",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "change notice",
                "verbose_name_plural": "change notices",
                "indexes": [
                    models.Index(fields=["order", "-made_at"], name="notice_by_order"),
                    models.Index(
                        condition=models.Q(("acknowledged_at__isnull", True)),
                        fields=["made_at", "id"],
                        name="notice_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                            models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="notice_acknowledged_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkSettlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("rule", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="orders.order",
                    ),
                ),
                (
                    "paid_by",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="settles", to="orders.order"
                    ),
                ),
            ],
            options={
                "verbose_name": "settled difference",
                "verbose_name_plural": "settled differences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="linksettlement_is_money"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid_by", models.F("order")), _negated=True),
                        name="linksettlement_between_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PrintBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
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
                "verbose_name": "print batch",
                "verbose_name_plural": "print batches",
                "indexes": [models.Index(fields=["-created_at", "-id"], name="printbatch_newest")],
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[("whole", "everything"), ("shelf", "shelf goods"), ("rest", "the rest")],
                        default="whole",
                        max_length=8,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("printed", "printed"),
                            ("packed", "packed"),
                            ("shipped", "shipped"),
                            ("voided", "voided"),
                        ],
                        default="planned",
                        max_length=8,
                        verbose_name="stage",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("slip_version", models.PositiveIntegerField(default=0)),
                ("carrier", models.CharField(blank=True, default="", max_length=24, verbose_name="carrier")),
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
                        blank=True, decimal_places=3, max_digits=7, null=True, verbose_name="weight (kg)"
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("printed_at", models.DateTimeField(null=True)),
                ("packed_at", models.DateTimeField(null=True)),
                ("shipped_at", models.DateTimeField(null=True)),
                ("ship_by", models.DateTimeField(null=True, verbose_name="to be shipped by")),
                ("late_flagged_at", models.DateTimeField(null=True)),
                ("missed_flagged_at", models.DateTimeField(null=True)),
                ("returned_to_desk_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("tracking_state", models.PositiveSmallIntegerField(null=True)),
                ("tracking_at", models.DateTimeField(null=True)),
                ("deliver_by", models.DateTimeField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("trouble_at", models.DateTimeField(null=True)),
                ("followed_up_at", models.DateTimeField(null=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        db_column="buyer_nick",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.buyer",
                    ),
                ),
                (
                    "followed_up_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcels",
                        to="orders.order",
                    ),
                ),
                (
                    "packed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shipped_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcels",
                        to="orders.printbatch",
                    ),
                ),
            ],
            options={
                "verbose_name": "parcel",
                "verbose_name_plural": "parcels",
                "indexes": [
                    models.Index(fields=["order", "id"], name="parcel_by_order"),
                    models.Index(
                        condition=models.Q(("stage__in", ["planned", "printed", "packed"])),
                        fields=["stage", "ship_by", "id"],
                        name="parcel_open",
                    ),
                    models.Index(
                        condition=models.Q(("stage", "shipped")),
                        fields=["-shipped_at", "-id"],
                        name="parcel_shipped",
                    ),
                    models.Index(
                        condition=models.Q(("signed_at__isnull", True), ("stage", "shipped")),
                        fields=["deliver_by", "id"],
                        name="parcel_on_the_way",
                    ),
                    models.Index(
                        condition=models.Q(("signed_at__isnull", True), ("trouble_at__isnull", False)),
                        fields=["-trouble_at", "-id"],
                        name="parcel_in_trouble",
                    ),
                    models.Index(
                        condition=models.Q(("returned_to_desk_at__isnull", False), ("told_at__isnull", True)),
                        fields=["-returned_to_desk_at", "-id"],
                        name="parcel_to_tell",
                    ),
                    models.Index(
                        condition=models.Q(("invoice_no", ""), _negated=True),
                        fields=["invoice_no"],
                        name="parcel_by_tracking",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["planned", "printed", "packed", "shipped", "voided"])
                        ),
                        name="parcel_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "shipped"), _negated=True),
                            models.Q(
                                ("shipped_at__isnull", False),
                                models.Q(("carrier", ""), _negated=True),
                                models.Q(("invoice_no", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="parcel_shipped_with_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["planned", "voided"]), ("slip_version__gt", 0), _connector="OR"
                        ),
                        name="parcel_printed_has_slip",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("invoice_no", ""), _negated=True),
                        expressions=[("invoice_no", "="), ("buyer", "<>")],
                        name="parcel_number_of_one_buyer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ParcelLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("live", models.BooleanField(db_default=True, default=True)),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcel_lines",
                        to="orders.orderline",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcel_lines",
                        to="orders.order",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.parcel"
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a parcel",
                "verbose_name_plural": "lines of a parcel",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("live", True)), fields=("line",), name="parcelline_one_live"
                    ),
                    models.UniqueConstraint(fields=("parcel", "line"), name="parcelline_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for the warehouse"),
                            ("due", "to be paid out"),
                            ("done", "refunded"),
                            ("withdrawn", "taken back"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "goods_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="for goods"),
                ),
                (
                    "post_fee",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="for postage"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.changenotice",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
                "indexes": [
                    models.Index(fields=["order", "-asked_at"], name="refund_by_order"),
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "due"])),
                        fields=["asked_at", "id"],
                        name="refund_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("goods_fee__gte", 0), ("post_fee__gte", 0)),
                        name="refund_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("goods_fee__gt", 0), ("post_fee__gt", 0), _connector="OR"),
                        name="refund_is_money",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefundLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="orders.orderline",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.refund"
                    ),
                ),
            ],
            options={
                "verbose_name": "refunded line",
                "verbose_name_plural": "refunded lines",
                "constraints": [
                    models.UniqueConstraint(fields=("refund", "line"), name="refundline_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="refundline_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shortage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("remark", models.CharField(blank=True, default="", max_length=200, verbose_name="remark")),
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="expected on")),
                ("reported_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shortages",
                        to="orders.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "shortage",
                "verbose_name_plural": "shortages",
                "indexes": [models.Index(fields=["-reported_at", "-id"], name="shortage_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("sku",),
                        name="shortage_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Slip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("printed_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(null=True)),
                (
                    "void_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("changed", "the order was changed"),
                            ("refunded", "the order is being refunded"),
                            ("pulled", "the parcel was pulled"),
                            ("reprinted", "a newer slip was printed"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("found_at", models.DateTimeField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="orders.printbatch",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="orders.changenotice",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="orders.parcel",
                    ),
                ),
                (
                    "printed_by",
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
                "verbose_name": "slip",
                "verbose_name_plural": "slips",
                "constraints": [
                    models.UniqueConstraint(fields=("parcel", "version"), name="slip_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("voided_at__isnull", True)),
                        fields=("parcel",),
                        name="slip_one_valid",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_reason", ""), ("voided_at__isnull", True)),
                            models.Q(
                                ("voided_at__isnull", False), models.Q(("void_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="slip_void_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
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
                        choices=[
                            ("received", "received"),
                            ("counted", "counted"),
                            ("shipped", "shipped"),
                            ("returned", "returned"),
                        ],
                        max_length=12,
                    ),
                ),
                ("num", models.IntegerField(verbose_name="pieces")),
                ("stock", models.PositiveIntegerField(verbose_name="stock after it")),
                ("reason", models.CharField(blank=True, default="", max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="orders.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
                "indexes": [models.Index(fields=["sku", "-at", "-id"], name="stockmovement_by_sku")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("num", 0), _negated=True), name="stockmovement_moves"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackingNews",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", models.CharField(max_length=24)),
                ("invoice_no", models.CharField(db_collation="C", max_length=64)),
                ("state", models.PositiveSmallIntegerField()),
                ("text", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("push", "pushed by Kuaidi100"),
                            ("file", "from a file"),
                            ("hand", "entered by hand"),
                        ],
                        max_length=8,
                    ),
                ),
                ("heard_at", models.DateTimeField()),
                (
                    "heard_from",
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
                "verbose_name": "tracking news",
                "verbose_name_plural": "tracking news",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice_no", "at", "state", "text"), name="trackingnews_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__lte", 14)), name="trackingnews_state_known"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="hold",
            name="line",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="orders.orderline",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="forwarder",
            field=models.BooleanField(db_default=False, default=False, verbose_name="to a forwarder"),
        ),
        migrations.AddField(
            model_name="order",
            name="joined",
            field=models.CharField(blank=True, db_collation="C", db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            model_name="order",
            name="shelf_goods_first",
            field=models.BooleanField(db_default=False, default=False, verbose_name="shelf goods first"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="ordered_properties_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="orderline",
            name="refunded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="refunded before shipping"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="supply",
            field=models.CharField(
                blank=True,
                choices=[
                    ("to_buy", "to buy"),
                    ("bought", "bought"),
                    ("unavailable", "unavailable"),
                    ("arrived", "arrived"),
                    ("to_make", "to make"),
                    ("making", "in making"),
                    ("made", "made"),
                ],
                db_default="",
                default="",
                max_length=12,
                verbose_name="supply",
            ),
        ),
        migrations.AddField(
            model_name="sku",
            name="price",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="price"
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="release",
            field=models.CharField(
                blank=True,
                choices=[
                    ("closed", "order closed"),
                    ("expired", "expired"),
                    ("cancelled", "cancelled"),
                    ("consumed", "shipped"),
                    ("changed", "order changed"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="platformtask",
            name="kind",
            field=models.CharField(
                choices=[
                    ("flag", "Set the flag"),
                    ("memo", "Copy the memo"),
                    ("close", "Close the order"),
                    ("price", "Change the price"),
                    ("shipment", "Enter the shipment"),
                    ("sku", "Change colour or size"),
                    ("address", "Change the address"),
                    ("refund", "Refund"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="refundtask",
            name="reason",
            field=models.CharField(
                choices=[
                    ("joined_postage", "postage left over after joining orders"),
                    ("late_postage", "postage of an order that was not shipped in 15 days"),
                    ("lower_postage", "postage is less to the new address"),
                    ("lower_price", "the other colour or size costs less"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("joined", ""), _negated=True), fields=["joined"], name="order_by_joined"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "supply__in",
                        ["", "to_buy", "bought", "unavailable", "arrived", "to_make", "making", "made"],
                    )
                ),
                name="line_supply_known",
            ),
        ),
    ]
