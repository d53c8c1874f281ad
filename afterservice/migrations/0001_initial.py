import datetime
import uuid

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import afterservice.models.evidence


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("base", "__first__"),
        ("members", "0001_initial"),
        ("orders", "0006_after_sale"),
    ]

    operations = [
        migrations.CreateModel(
            name="AcceptCondition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("return", "return"),
                            ("refund_only", "refund only"),
                            ("exchange_sku", "exchange of size or colour"),
                            ("exchange_style", "exchange of style"),
                            ("repair", "repair"),
                            ("resend", "resend of missing parts"),
                            ("postage_refund", "postage refund"),
                            ("bad_review", "bad review"),
                            ("dispute", "platform dispute"),
                            ("compensation", "compensation"),
                            ("price_protection", "price protection"),
                        ],
                        max_length=16,
                        verbose_name="request",
                    ),
                ),
                (
                    "product_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("proxy_preorder", "bought in Korea after the order"),
                            ("proxy_stock", "bought in Korea, on our shelf"),
                            ("custom", "made to order"),
                            ("postage_link", "postage link"),
                            ("standard", "standard"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="product kind",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[("on_the_way", "shipped, not received"), ("received", "received")],
                        default="",
                        max_length=12,
                        verbose_name="stage",
                    ),
                ),
                (
                    "amount_up_to",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="amount up to"
                    ),
                ),
                (
                    "tier_from",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        verbose_name="buyer's spend from",
                    ),
                ),
                ("needs_evidence", models.BooleanField(default=False, verbose_name="with evidence")),
                ("active", models.BooleanField(default=False, verbose_name="switched on")),
                ("version", models.PositiveIntegerField(default=1)),
                ("tried_at", models.DateTimeField(null=True)),
                ("tried_version", models.PositiveIntegerField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("active", False),
                            models.Q(
                                ("tried_version", models.F("version")), ("tried_version__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="condition_tried_first",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClockPolicy",
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
                            ("answer", "answer the buyer"),
                            ("decide", "decide"),
                            ("send_back", "send the goods back"),
                            ("inspect", "inspect the goods"),
                            ("repair", "repair"),
                            ("agree_visit", "agree on a visit"),
                            ("visit", "visit"),
                            ("visit_repair", "finish the repair on site"),
                            ("confirm", "confirm the exchange"),
                            ("follow_up", "say whether all is well"),
                            ("platform", "due on Taobao"),
                        ],
                        max_length=12,
                        verbose_name="clock",
                    ),
                ),
                ("hours", models.PositiveIntegerField(verbose_name="hours")),
                ("warning_hours", models.PositiveIntegerField(verbose_name="warns so many hours ahead")),
                (
                    "at_zero",
                    models.CharField(
                        choices=[
                            ("supervisor", "red flag, to the supervisor"),
                            ("accept", "accepted where the rules allow it, else to the supervisor"),
                            ("close", "closed; the buyer may open it again"),
                            ("offer_return", "to the supervisor, return and refund offered"),
                            ("settle", "settled as done"),
                            ("flag", "red flag"),
                        ],
                        max_length=12,
                        verbose_name="at zero",
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                (
                    "changed_by",
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
                "verbose_name": "terms of a clock",
                "verbose_name_plural": "terms of clocks",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "valid_from"), name="clockpolicy_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "answer",
                                    "decide",
                                    "send_back",
                                    "inspect",
                                    "repair",
                                    "agree_visit",
                                    "visit",
                                    "visit_repair",
                                    "confirm",
                                    "follow_up",
                                    "platform",
                                ],
                            )
                        ),
                        name="clockpolicy_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hours", 0), ("warning_hours__lt", models.F("hours")), _connector="OR"
                        ),
                        name="clockpolicy_warns_before",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
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
                            ("return", "return"),
                            ("refund_only", "refund only"),
                            ("exchange_sku", "exchange of size or colour"),
                            ("exchange_style", "exchange of style"),
                            ("repair", "repair"),
                            ("resend", "resend of missing parts"),
                            ("postage_refund", "postage refund"),
                            ("bad_review", "bad review"),
                            ("dispute", "platform dispute"),
                            ("compensation", "compensation"),
                            ("price_protection", "price protection"),
                        ],
                        max_length=16,
                        verbose_name="request",
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        choices=[
                            ("changed_mind", "does not fit or is not wanted"),
                            ("damaged", "damaged"),
                            ("flawed", "flawed"),
                            ("delayed", "delayed"),
                            ("lost", "lost or parts missing"),
                            ("wrong_item", "wrong item sent"),
                            ("size", "size not as described"),
                            ("colour", "colour not as described"),
                            ("material", "material not as described"),
                            ("how_to", "use, fitting, care"),
                        ],
                        max_length=16,
                        verbose_name="problem",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("quality", "quality"),
                            ("logistics", "logistics"),
                            ("not_as_described", "not as described"),
                            ("how_to", "how-to"),
                            ("choice", "the buyer's choice"),
                        ],
                        max_length=16,
                        verbose_name="category",
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "high"), (2, "medium"), (3, "low")], verbose_name="priority"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "case",
                    models.CharField(
                        choices=[
                            ("opened", "opened"),
                            ("answered", "answered"),
                            ("decided", "decided"),
                            ("platform", "platform steps in"),
                            ("settled", "settled"),
                            ("closed", "closed"),
                            ("cancelled", "withdrawn"),
                        ],
                        default="opened",
                        max_length=10,
                        verbose_name="case",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("pending", "not decided"),
                            ("asked", "with a supervisor"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                (
                    "goods",
                    models.CharField(
                        choices=[
                            ("none", "with the buyer"),
                            ("awaited", "waiting for goods"),
                            ("sent", "on their way back"),
                            ("received", "received"),
                            ("passed", "passed inspection"),
                            ("failed", "failed inspection"),
                            ("taken", "taken back all the same"),
                            ("sent_back", "to be sent back"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="goods",
                    ),
                ),
                (
                    "money",
                    models.CharField(
                        choices=[
                            ("none", "nothing is due"),
                            ("asked", "with a supervisor"),
                            ("due", "to be refunded"),
                            ("paid", "refunded"),
                        ],
                        default="none",
                        max_length=6,
                        verbose_name="money",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("answered_at", models.DateTimeField(null=True)),
                ("escalated_at", models.DateTimeField(null=True)),
                ("received_time", models.DateTimeField(null=True, verbose_name="received by the buyer")),
                (
                    "received_source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("carrier", "the carrier's signing"),
                            ("buyer", "the buyer's confirmation"),
                            ("chat", "the buyer said so"),
                            ("other", "another source"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("allowed", "allowed"),
                            ("needs_receipt_time", "the receipt time is missing"),
                            ("needs_evidence", "evidence is missing"),
                            ("supervisor", "a supervisor decides"),
                            ("outside", "outside the rules: a supervisor's exception"),
                            ("not_now", "not this way"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("verdict_rule", models.CharField(blank=True, default="", max_length=8)),
                ("decided_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "refusal",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="why it was refused"
                    ),
                ),
                ("resale_asked_at", models.DateTimeField(null=True)),
                ("exception_told_at", models.DateTimeField(null=True)),
                (
                    "postage_due",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, null=True, verbose_name="postage to pay"
                    ),
                ),
                (
                    "difference_due",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="difference to pay"
                    ),
                ),
                ("address_given_at", models.DateTimeField(null=True)),
                (
                    "return_carrier",
                    models.CharField(blank=True, default="", max_length=24, verbose_name="carrier"),
                ),
                (
                    "return_invoice_no",
                    models.CharField(
                        blank=True,
                        db_collation="C",
                        default="",
                        max_length=64,
                        verbose_name="return tracking number",
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True)),
                ("return_signed_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField(null=True)),
                ("inspected_at", models.DateTimeField(null=True)),
                (
                    "inspection",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="what the inspection found"
                    ),
                ),
                (
                    "repair_place",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("shop", "sent to the shop"),
                            ("on_site", "on site"),
                            ("buyer", "by the buyer, the shop pays the invoice"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("visit_at", models.DateTimeField(null=True, verbose_name="visit agreed for")),
                ("visited_at", models.DateTimeField(null=True)),
                (
                    "owed",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="owed beside the refund"
                    ),
                ),
                (
                    "settlement",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refunded", "refunded"),
                            ("exchanged", "exchange sent"),
                            ("repaired", "repaired"),
                            ("resent", "resent"),
                            ("sent_back", "goods sent back"),
                            ("done", "done without goods or money"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("satisfaction", models.PositiveSmallIntegerField(null=True, verbose_name="satisfaction")),
                ("remark", models.CharField(blank=True, default="", max_length=500, verbose_name="remark")),
                ("followed_up_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "close_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("followed_up", "followed up"),
                            ("no_answer", "no answer to the follow-up"),
                            ("not_sent_back", "the goods were not sent back in time"),
                            ("refused", "refused, and the buyer left it at that"),
                        ],
                        default="",
                        max_length=14,
                    ),
                ),
                (
                    "platform_no",
                    models.CharField(
                        blank=True,
                        db_collation="C",
                        default="",
                        max_length=32,
                        verbose_name="number on Taobao",
                    ),
                ),
                ("platform_status", models.CharField(blank=True, default="", max_length=64)),
                (
                    "platform_fee",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, null=True, verbose_name="amount on Taobao"
                    ),
                ),
                ("platform_help", models.CharField(blank=True, default="", max_length=64)),
                ("next_due_at", models.DateTimeField(null=True)),
                (
                    "awaits",
                    models.CharField(
                        blank=True, choices=[("us", "us"), ("buyer", "the buyer")], default="", max_length=8
                    ),
                ),
                (
                    "agreed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "condition",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="afterservice.acceptcondition",
                    ),
                ),
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
                    "inspected_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
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
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parcel",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.parcel",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.refund",
                    ),
                ),
                (
                    "tied_order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket",
                "verbose_name_plural": "tickets",
                "indexes": [
                    models.Index(fields=["order", "-opened_at"], name="ticket_by_order"),
                    models.Index(fields=["buyer", "-opened_at"], name="ticket_by_buyer"),
                    models.Index(fields=["-opened_at", "-id"], name="ticket_newest"),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled")),
                            ("awaits__in", ["us", ""]),
                        ),
                        name="ticket_due_by_us",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled")),
                            ("awaits", "buyer"),
                        ),
                        name="ticket_due_by_buyer",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled")),
                            models.Q(
                                ("escalated_at__isnull", False),
                                ("decision", "asked"),
                                ("money", "asked"),
                                ("goods", "failed"),
                                _connector="OR",
                            ),
                        ),
                        name="ticket_due_supervisor",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled")),
                            models.Q(
                                ("case", "platform"),
                                models.Q(("platform_no", ""), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="ticket_due_platform",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled")),
                            ("priority", 1),
                        ),
                        name="ticket_due_high",
                    ),
                    models.Index(
                        models.F("owner"),
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled"))
                        ),
                        name="ticket_due_owner",
                    ),
                    models.Index(fields=["case", "-opened_at", "-id"], name="ticket_by_case"),
                    models.Index(fields=["kind", "-opened_at", "-id"], name="ticket_by_kind"),
                    models.Index(
                        condition=models.Q(("kind__in", ["exchange_sku", "exchange_style"])),
                        fields=["-opened_at", "-id"],
                        name="ticket_exchanges",
                    ),
                    models.Index(
                        condition=models.Q(("received_at__isnull", False)),
                        fields=["-received_at", "-id"],
                        name="ticket_returned",
                    ),
                    models.Index(
                        condition=models.Q(("category", "choice"), _negated=True),
                        fields=["-opened_at", "-id"],
                        name="ticket_problems",
                    ),
                    models.Index(
                        condition=models.Q(("return_invoice_no", ""), _negated=True),
                        fields=["return_invoice_no"],
                        name="ticket_by_return",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("case__in", ("opened", "answered", "decided", "platform", "settled")),
                            ("return_signed_at__isnull", True),
                            models.Q(("return_invoice_no", ""), _negated=True),
                        ),
                        fields=["return_invoice_no"],
                        name="ticket_return_awaited",
                    ),
                    models.Index(
                        condition=models.Q(("case", "decided"), ("parcel__isnull", False)),
                        fields=["parcel"],
                        name="ticket_parcel_awaited",
                    ),
                    models.Index(
                        condition=models.Q(("money", "due")), fields=["id"], name="ticket_money_awaited"
                    ),
                    models.Index(
                        condition=models.Q(("goods__in", ["received", "failed"])),
                        fields=["goods", "received_at", "id"],
                        name="ticket_goods_here",
                    ),
                    models.Index(
                        condition=models.Q(("goods__in", ["awaited", "sent"])),
                        fields=["address_given_at", "id"],
                        name="ticket_goods_awaited",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("platform_no", ""), _negated=True),
                        fields=("platform_no",),
                        name="ticket_platform_no_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "return",
                                    "refund_only",
                                    "exchange_sku",
                                    "exchange_style",
                                    "repair",
                                    "resend",
                                    "postage_refund",
                                    "bad_review",
                                    "dispute",
                                    "compensation",
                                    "price_protection",
                                ],
                            )
                        ),
                        name="ticket_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "case__in",
                                [
                                    "opened",
                                    "answered",
                                    "decided",
                                    "platform",
                                    "settled",
                                    "closed",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="ticket_case_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", ["pending", "asked", "accepted", "refused"])),
                        name="ticket_decision_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "goods__in",
                                [
                                    "none",
                                    "awaited",
                                    "sent",
                                    "received",
                                    "passed",
                                    "failed",
                                    "taken",
                                    "sent_back",
                                ],
                            )
                        ),
                        name="ticket_goods_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("money__in", ["none", "asked", "due", "paid"])),
                        name="ticket_money_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "refused"), _negated=True),
                            models.Q(("refusal", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ticket_refused_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("satisfaction__isnull", True), ("satisfaction__range", (1, 5)), _connector="OR"
                        ),
                        name="ticket_satisfaction_one_to_five",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("money__in", ["none", "asked"]),
                            ("refund__isnull", False),
                            ("owed__gt", 0),
                            ("platform_fee__gt", 0),
                            _connector="OR",
                        ),
                        name="ticket_money_has_a_refund",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("case", "closed"), _negated=True),
                            models.Q(
                                ("closed_at__isnull", False), models.Q(("close_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="ticket_closed_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("difference_due__gte", 0), ("owed__gte", 0), ("postage_due__gte", 0)
                        ),
                        name="ticket_money_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("request", "the request"),
                            ("talk", "the talk with the buyer"),
                            ("inspection", "the inspection"),
                        ],
                        default="request",
                        max_length=12,
                    ),
                ),
                (
                    "file",
                    models.FileField(max_length=80, upload_to=afterservice.models.evidence.evidence_path),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("content_type", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="afterservice.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="evidence_has_content")
                ],
            },
        ),
        migrations.CreateModel(
            name="Clock",
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
                            ("answer", "answer the buyer"),
                            ("decide", "decide"),
                            ("send_back", "send the goods back"),
                            ("inspect", "inspect the goods"),
                            ("repair", "repair"),
                            ("agree_visit", "agree on a visit"),
                            ("visit", "visit"),
                            ("visit_repair", "finish the repair on site"),
                            ("confirm", "confirm the exchange"),
                            ("follow_up", "say whether all is well"),
                            ("platform", "due on Taobao"),
                        ],
                        max_length=12,
                    ),
                ),
                ("awaits", models.CharField(choices=[("us", "us"), ("buyer", "the buyer")], max_length=8)),
                (
                    "at_zero",
                    models.CharField(
                        choices=[
                            ("supervisor", "red flag, to the supervisor"),
                            ("accept", "accepted where the rules allow it, else to the supervisor"),
                            ("close", "closed; the buyer may open it again"),
                            ("offer_return", "to the supervisor, return and refund offered"),
                            ("settle", "settled as done"),
                            ("flag", "red flag"),
                        ],
                        max_length=12,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("warn_at", models.DateTimeField(null=True)),
                ("warned_at", models.DateTimeField(null=True)),
                ("last_warn_at", models.DateTimeField(null=True)),
                ("last_warned_at", models.DateTimeField(null=True)),
                ("expired_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("pause_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "paused_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="afterservice.clockpolicy",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="afterservice.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "clock",
                "verbose_name_plural": "clocks",
                "indexes": [
                    models.Index(fields=["ticket", "started_at"], name="clock_by_ticket"),
                    models.Index(
                        condition=models.Q(
                            ("expired_at__isnull", True),
                            ("paused_at__isnull", True),
                            ("stopped_at__isnull", True),
                        ),
                        fields=["due_at", "id"],
                        name="clock_due",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("expired_at__isnull", True),
                            ("paused_at__isnull", True),
                            ("stopped_at__isnull", True),
                            ("warn_at__isnull", False),
                            ("warned_at__isnull", True),
                        ),
                        fields=["warn_at", "id"],
                        name="clock_to_warn",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("expired_at__isnull", True),
                            ("last_warn_at__isnull", False),
                            ("last_warned_at__isnull", True),
                            ("paused_at__isnull", True),
                            ("stopped_at__isnull", True),
                        ),
                        fields=["last_warn_at", "id"],
                        name="clock_to_warn_again",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("expired_at__isnull", True), ("stopped_at__isnull", True)),
                        fields=("ticket", "kind"),
                        name="clock_one_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "answer",
                                    "decide",
                                    "send_back",
                                    "inspect",
                                    "repair",
                                    "agree_visit",
                                    "visit",
                                    "visit_repair",
                                    "confirm",
                                    "follow_up",
                                    "platform",
                                ],
                            )
                        ),
                        name="clock_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pause_reason", ""), ("paused_at__isnull", True)),
                            models.Q(
                                ("paused_at__isnull", False), models.Q(("pause_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="clock_paused_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("num", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "hold",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.hold",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.sku",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="afterservice.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a ticket",
                "verbose_name_plural": "lines of a ticket",
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "line"), name="ticketline_once"),
                    models.CheckConstraint(condition=models.Q(("num__gt", 0)), name="ticketline_has_pieces"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("to_buyer", "to the buyer"),
                            ("from_buyer", "from the buyer"),
                            ("staff", "among us"),
                            ("platform", "from Taobao"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("wangwang", "Wangwang chat"),
                            ("phone", "phone"),
                            ("taobao", "Taobao's request page"),
                            ("other", "other"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                ("at", models.DateTimeField()),
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
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="afterservice.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "indexes": [models.Index(fields=["ticket", "at", "id"], name="ticketmessage_by_ticket")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="ticketmessage_says_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("postage", "postage"), ("difference", "difference")], max_length=10
                    ),
                ),
                (
                    "settlement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.linksettlement",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="afterservice.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment of a ticket",
                "verbose_name_plural": "payments of tickets",
            },
        ),
        migrations.CreateModel(
            name="ReturnAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="return address")),
                ("valid_from", models.DateTimeField()),
                (
                    "changed_by",
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
                "verbose_name": "return address",
                "verbose_name_plural": "return addresses",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="returnaddress_says_where"
                    ),
                    models.UniqueConstraint(fields=("valid_from",), name="returnaddress_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnmatchedReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice_no",
                    models.CharField(db_collation="C", max_length=64, verbose_name="return tracking number"),
                ),
                ("note", models.CharField(blank=True, default="", max_length=300, verbose_name="note")),
                ("found_at", models.DateTimeField(verbose_name="found")),
                ("matched_at", models.DateTimeField(null=True)),
                (
                    "found_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "matched_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="afterservice.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "returned goods without a ticket",
                "verbose_name_plural": "returned goods without a ticket",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ticket__isnull", True)),
                        fields=["-found_at", "-id"],
                        name="unmatched_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ticket__isnull", True)),
                        fields=("invoice_no",),
                        name="unmatched_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("invoice_no", ""), _negated=True), name="unmatched_has_a_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("matched_at__isnull", True), ("ticket__isnull", True)),
                            models.Q(("matched_at__isnull", False), ("ticket__isnull", False)),
                            _connector="OR",
                        ),
                        name="unmatched_until_matched",
                    ),
                ],
            },
        ),
    ]
