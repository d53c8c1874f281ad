import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import shopdesk.base.search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("base", "__first__"),
        ("members", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
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
                            ("queued", "queued"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True, default="")),
                ("created", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("waiting", models.PositiveIntegerField(default=0)),
                ("waiting_orders", models.PositiveIntegerField(default=0)),
                ("rejected", models.PositiveIntegerField(default=0)),
                ("lines", models.PositiveIntegerField(default=0)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [models.Index(fields=["-created_at", "-id"], name="importrun_newest")],
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("content", models.FileField(blank=True, max_length=255, upload_to="imports/%Y/%m")),
                ("kind", models.CharField(blank=True, default="", max_length=8)),
                ("header", models.JSONField(default=list)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("rows_read", models.PositiveIntegerField(default=0)),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("refusal_code", models.CharField(blank=True, default="", max_length=24)),
                ("refusal", models.TextField(blank=True, default="")),
                ("refusal_values", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="orders.importrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "imported file",
                "verbose_name_plural": "imported files",
            },
        ),
        migrations.CreateModel(
            name="ImportRejection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.PositiveIntegerField()),
                ("code", models.CharField(max_length=24)),
                ("column", models.CharField(max_length=120)),
                ("value", models.TextField()),
                ("reason", models.TextField()),
                ("cells", models.JSONField(default=list)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejections",
                        to="orders.importfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "rejected row",
                "verbose_name_plural": "rejected rows",
                "ordering": ["file", "row"],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "tid",
                    models.CharField(
                        db_collation="C",
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                        verbose_name="order number",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("WAIT_BUYER_PAY", "Waiting for payment"),
                            ("WAIT_SELLER_SEND_GOODS", "Paid"),
                            ("WAIT_BUYER_CONFIRM_GOODS", "Shipped"),
                            ("TRADE_FINISHED", "Finished"),
                            ("TRADE_CLOSED", "Closed"),
                            ("TRADE_CLOSED_BY_TAOBAO", "Closed"),
                        ],
                        max_length=24,
                        verbose_name="state",
                    ),
                ),
                (
                    "close_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("timeout", "not paid in time"),
                            ("buyer", "by the buyer"),
                            ("seller", "by us, with consent"),
                            ("unpaid", "never paid"),
                            ("refund", "refunded"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("partly_shipped", models.BooleanField(default=False)),
                ("payment_pending", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "goods_payable",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="goods payable"
                    ),
                ),
                (
                    "post_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="postage"),
                ),
                (
                    "discount_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="discount"),
                ),
                (
                    "post_fee_credit",
                    models.DecimalField(
                        db_default=0,
                        decimal_places=2,
                        default=0,
                        max_digits=12,
                        verbose_name="postage credited",
                    ),
                ),
                (
                    "payment",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="total payable"
                    ),
                ),
                (
                    "paid_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="paid"),
                ),
                (
                    "refund_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="refunded"),
                ),
                ("created", models.DateTimeField(verbose_name="placed")),
                ("pay_time", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                ("consign_time", models.DateTimeField(blank=True, null=True, verbose_name="shipped at")),
                ("signed_time", models.DateTimeField(blank=True, null=True, verbose_name="signed for at")),
                ("end_time", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "seller_flag",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "grey"),
                            (1, "red"),
                            (2, "yellow"),
                            (3, "green"),
                            (4, "blue"),
                            (5, "pink"),
                        ],
                        default=0,
                    ),
                ),
                ("buyer_message", models.TextField(blank=True, default="", verbose_name="buyer's message")),
                ("seller_memo", models.TextField(blank=True, default="", verbose_name="memo on Taobao")),
                (
                    "memo_tag",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="memo tag on Taobao"
                    ),
                ),
                (
                    "receiver_name",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="receiver"),
                ),
                (
                    "receiver_state",
                    models.CharField(blank=True, default="", max_length=8, verbose_name="province"),
                ),
                (
                    "receiver_address",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="address"),
                ),
                (
                    "receiver_zip",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="postcode"),
                ),
                (
                    "receiver_mobile",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="mobile"),
                ),
                (
                    "receiver_phone",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="phone"),
                ),
                (
                    "logistics_company",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="carrier"),
                ),
                (
                    "invoice_no",
                    models.CharField(
                        blank=True,
                        db_collation="C",
                        default="",
                        max_length=128,
                        verbose_name="tracking number",
                    ),
                ),
                ("num", models.PositiveIntegerField(default=0, verbose_name="pieces")),
                (
                    "buyer",
                    models.ForeignKey(
                        blank=True,
                        db_column="buyer_nick",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="members.buyer",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "indexes": [
                    models.Index(fields=["-created", "-tid"], name="order_newest"),
                    models.Index(fields=["status", "-created", "-tid"], name="order_by_status"),
                    models.Index(fields=["buyer", "-created", "-tid"], name="order_by_buyer"),
                    models.Index(fields=["receiver_state", "-created", "-tid"], name="order_by_province"),
                    models.Index(
                        condition=models.Q(("seller_flag__gt", 0)),
                        fields=["seller_flag", "-created", "-tid"],
                        name="order_by_flag",
                    ),
                    models.Index(
                        condition=models.Q(("owner__isnull", False)),
                        fields=["owner", "-created", "-tid"],
                        name="order_by_owner",
                    ),
                    models.Index(
                        condition=models.Q(("seller_memo", ""), _negated=True),
                        fields=["-created", "-tid"],
                        name="order_with_memo",
                    ),
                    models.Index(
                        condition=models.Q(("status", "WAIT_BUYER_PAY")),
                        fields=["created", "tid"],
                        name="order_unpaid_due",
                    ),
                    models.Index(
                        condition=models.Q(("invoice_no", ""), _negated=True),
                        fields=["invoice_no", "-created"],
                        name="order_by_tracking",
                    ),
                    models.Index(
                        condition=models.Q(("receiver_mobile", ""), _negated=True),
                        fields=["receiver_mobile", "-created", "-tid"],
                        name="order_by_mobile",
                    ),
                    models.Index(
                        django.db.models.functions.text.Right("receiver_mobile", 4),
                        models.OrderBy(models.F("created"), descending=True),
                        models.OrderBy(models.F("tid"), descending=True),
                        condition=models.Q(("receiver_mobile", ""), _negated=True),
                        name="order_by_mobile_end",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        shopdesk.base.search.SearchGrams("receiver_name"), name="order_receiver_grams"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        shopdesk.base.search.SearchGrams("seller_memo"),
                        condition=models.Q(("seller_memo", ""), _negated=True),
                        name="order_memo_grams",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "WAIT_BUYER_PAY",
                                    "WAIT_SELLER_SEND_GOODS",
                                    "WAIT_BUYER_CONFIRM_GOODS",
                                    "TRADE_FINISHED",
                                    "TRADE_CLOSED",
                                    "TRADE_CLOSED_BY_TAOBAO",
                                ],
                            )
                        ),
                        name="order_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("close_reason__in", ["timeout", "buyer", "seller", "unpaid"]),
                                ("status", "TRADE_CLOSED_BY_TAOBAO"),
                            ),
                            models.Q(("close_reason", "refund"), ("status", "TRADE_CLOSED")),
                            models.Q(
                                models.Q(
                                    ("status__in", ["TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"]), _negated=True
                                ),
                                ("close_reason", ""),
                            ),
                            _connector="OR",
                        ),
                        name="order_closed_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("goods_payable__gte", 0),
                            ("paid_fee__gte", 0),
                            ("payment__gte", 0),
                            ("post_fee__gte", 0),
                            ("discount_fee__gte", 0),
                            ("refund_fee__gte", 0),
                        ),
                        name="order_money_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ["WAIT_BUYER_PAY", "TRADE_CLOSED_BY_TAOBAO"]), _negated=True
                            ),
                            ("pay_time__isnull", True),
                            _connector="OR",
                        ),
                        name="order_unpaid_has_no_pay_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seller_flag__in", [0, 1, 2, 3, 4, 5])),
                        name="order_flag_is_taobaos",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("signature", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("free", "free text"),
                            ("carrier", "other carrier"),
                            ("stock_kept", "stock kept"),
                            ("part_sent", "part sent"),
                            ("address", "other address"),
                            ("delivery_time", "delivery time"),
                            ("invoice", "invoice"),
                            ("card", "greeting card"),
                            ("gift", "gift promised"),
                            ("forwarder", "forwarder: send all at once"),
                        ],
                        default="free",
                        max_length=16,
                    ),
                ),
                ("cleared_at", models.DateTimeField(null=True)),
                ("order_created", models.DateTimeField()),
                (
                    "author",
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
                        related_name="notes",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "indexes": [
                    models.Index(fields=["order", "-at", "-id"], name="note_by_order"),
                    models.Index(fields=["-order_created", "-order"], name="note_by_order_time"),
                    django.contrib.postgres.indexes.GinIndex(
                        shopdesk.base.search.SearchGrams("text"), name="note_text_grams"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="note_says_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller_flag",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "grey"),
                            (1, "red"),
                            (2, "yellow"),
                            (3, "green"),
                            (4, "blue"),
                            (5, "pink"),
                        ]
                    ),
                ),
                ("label", models.CharField(blank=True, default="", max_length=24, verbose_name="label")),
                (
                    "addressee",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("warehouse", "warehouse"),
                            ("supervisor", "supervisor"),
                            ("next_shift", "next shift"),
                            ("agent", "agents"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("until", models.DateTimeField(null=True)),
                ("set_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "set_by",
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
                        related_name="flags",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "flag",
                "verbose_name_plural": "flags",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["addressee", "until"],
                        name="flag_open_for",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("order",),
                        name="flag_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seller_flag__in", [1, 2, 3, 4, 5])), name="flag_is_a_colour"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seller_flag", 1), _negated=True),
                            models.Q(
                                ("note__isnull", False),
                                ("until__isnull", False),
                                models.Q(("addressee", ""), _negated=True),
                                models.Q(("label", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="flag_red_says_why_to_whom_until_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("wangwang", "Wangwang chat"), ("phone", "phone"), ("other", "other")],
                        max_length=12,
                    ),
                ),
                ("agreed_at", models.DateTimeField()),
                ("remark", models.CharField(blank=True, default="", max_length=200)),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
            },
        ),
        migrations.CreateModel(
            name="OrderTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quote", models.JSONField()),
                ("tariff_version", models.CharField(blank=True, max_length=16)),
                ("tier_version", models.CharField(blank=True, max_length=16)),
                ("priced_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="orders.order",
                    ),
                ),
                (
                    "priced_by",
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
                "verbose_name": "terms",
                "verbose_name_plural": "terms",
                "indexes": [models.Index(fields=["order", "-priced_at", "-id"], name="orderterms_by_order")],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "payment_no",
                    models.CharField(db_collation="C", max_length=64, verbose_name="payment number"),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("alipay_balance", "Alipay balance"),
                            ("yuebao", "Yu'e Bao"),
                            ("huabei", "Huabei"),
                            ("net_bank", "net bank"),
                            ("quick_pay", "quick pay"),
                            ("bank_transfer", "bank transfer"),
                            ("credit_card", "credit card"),
                            ("international_card", "international card"),
                            ("friend_pays", "friend pays"),
                            ("unknown", "not known"),
                        ],
                        default="unknown",
                        max_length=20,
                        verbose_name="method",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("applied", "applied"),
                            ("unapplied", "unapplied"),
                            ("refund_due", "to be refunded"),
                            ("refunded", "refunded"),
                        ],
                        max_length=12,
                    ),
                ),
                ("paid_at", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "payment_no"), name="payment_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_is_money"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlatformTask",
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
                            ("flag", "Set the flag"),
                            ("memo", "Copy the memo"),
                            ("close", "Close the order"),
                            ("price", "Change the price"),
                            ("shipment", "Enter the shipment"),
                            ("refund", "Refund"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("opened_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "done_by",
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
                        related_name="platform_tasks",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "task on Taobao",
                "verbose_name_plural": "tasks on Taobao",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["-opened_at", "-id"],
                        name="platformtask_open",
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", False)),
                        fields=["-done_at", "-id"],
                        name="platformtask_done",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=("order", "kind"),
                        name="platformtask_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PostageCredit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("at", models.DateTimeField()),
                (
                    "given_to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postage_credits",
                        to="orders.order",
                    ),
                ),
                (
                    "paid_on",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postage_given_back",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "postage credit",
                "verbose_name_plural": "postage credits",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="postagecredit_is_money"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid_on", models.F("given_to")), _negated=True),
                        name="postagecredit_between_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, unique=True, verbose_name="title")),
                (
                    "num_iid",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="Taobao product id"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("proxy_preorder", "bought in Korea after the order"),
                            ("proxy_stock", "bought in Korea, on our shelf"),
                            ("custom", "made to order"),
                            ("postage_link", "postage link"),
                            ("standard", "standard"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("special_price", models.BooleanField(default=False, verbose_name="special price")),
                ("virtual", models.BooleanField(default=False, verbose_name="virtual")),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="days to make or buy"
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        shopdesk.base.search.SearchGrams("title"), name="product_title_grams"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["proxy_preorder", "proxy_stock", "custom", "postage_link", "standard"],
                            )
                        ),
                        name="product_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RefundTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[("joined_postage", "postage left over after joining orders")], max_length=16
                    ),
                ),
                ("rule", models.CharField(max_length=8)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("opened_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "done_by",
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
                        related_name="refund_tasks",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "refund owed",
                "verbose_name_plural": "refunds owed",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["-opened_at", "-id"],
                        name="refundtask_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "reason"), name="refundtask_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="refundtask_is_money"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sku",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sku_properties_name",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="colour and size"),
                ),
                (
                    "outer_sku_id",
                    models.CharField(
                        blank=True, db_collation="C", default="", max_length=64, verbose_name="code"
                    ),
                ),
                ("shelf", models.CharField(blank=True, default="", max_length=16, verbose_name="shelf")),
                ("stock", models.PositiveIntegerField(default=0, verbose_name="stock")),
                ("held", models.PositiveIntegerField(default=0, verbose_name="held")),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="skus",
                        to="orders.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "SKU",
                "verbose_name_plural": "SKUs",
                "constraints": [
                    models.UniqueConstraint(fields=("product", "sku_properties_name"), name="sku_once"),
                    models.CheckConstraint(
                        condition=models.Q(("held__lte", models.F("stock"))), name="sku_never_over_held"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("oid", models.CharField(blank=True, db_collation="C", default="", max_length=32)),
                (
                    "sku_properties_name",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="colour and size"),
                ),
                (
                    "outer_sku_id",
                    models.CharField(
                        blank=True, db_collation="C", default="", max_length=64, verbose_name="code"
                    ),
                ),
                ("price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="unit price")),
                ("num", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "discount_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="discount"),
                ),
                (
                    "payment",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="payable"),
                ),
                ("refund_status", models.CharField(blank=True, default="", max_length=64)),
                (
                    "refund_fee",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="refunded"),
                ),
                ("order_created", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.product",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "order line",
                "verbose_name_plural": "order lines",
                "indexes": [
                    models.Index(fields=["product", "-order_created", "-order"], name="line_by_product"),
                    models.Index(
                        condition=models.Q(("outer_sku_id", ""), _negated=True),
                        fields=["outer_sku_id", "-order_created", "-order"],
                        name="line_by_code",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "position"), name="line_position_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("oid", ""), _negated=True), fields=("oid",), name="line_oid_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("num__gt", 0)), name="line_has_pieces"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_fee__gte", 0),
                            ("payment__gte", 0),
                            ("price__gte", 0),
                            ("refund_fee__gte", 0),
                        ),
                        name="line_money_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("num", models.PositiveIntegerField(verbose_name="quantity")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("placed_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "release",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("closed", "order closed"),
                            ("expired", "expired"),
                            ("cancelled", "cancelled"),
                            ("consumed", "shipped"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="orders.order",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="orders.sku"
                    ),
                ),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "indexes": [
                    models.Index(fields=["order", "released_at"], name="hold_by_order"),
                    models.Index(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=["until"],
                        name="hold_open_until",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("num__gt", 0)), name="hold_has_pieces"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("release", ""), ("released_at__isnull", True)),
                            models.Q(
                                ("released_at__isnull", False), models.Q(("release", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="hold_ends_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("signed_at__isnull", True), ("signed_by__isnull", True)),
                            models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="hold_signed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitingRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("order", "order list"), ("item", "item list")], max_length=8),
                ),
                ("tid", models.CharField(db_collation="C", max_length=32)),
                ("key", models.CharField(blank=True, db_collation="C", default="", max_length=32)),
                ("fields", models.JSONField()),
                ("file_name", models.CharField(max_length=255)),
                ("row", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "verbose_name": "waiting row",
                "verbose_name_plural": "waiting rows",
                "constraints": [
                    models.UniqueConstraint(fields=("tid", "kind", "key"), name="waitingrow_once")
                ],
            },
        ),
    ]
