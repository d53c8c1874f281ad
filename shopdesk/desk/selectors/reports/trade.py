"""Figures of orders, money and postage. The statements hold our own words only; every value is bound."""

from django.utils.translation import gettext_lazy as _

from orders.approval_kinds import ADDRESS_WAIVER, FREE_SPLIT, POSTAGE_WAIVER
from orders.states import CloseReason, Status
from shopdesk.desk.selectors.reports.figures import Figure, Section, Unit

_STATES = {
    **{status.value: status.label for status in Status},
    # The two closings share one word on other screens; here each needs its own.
    Status.TRADE_CLOSED.value: _("Closed after a refund"),
    Status.TRADE_CLOSED_BY_TAOBAO.value: _("Closed, never paid"),
}

ORDERS_PLACED = Figure(
    code="orders-placed",
    section=Section.TRADE,
    title=_("Orders placed"),
    rule="O1",
    meaning=_("Orders by the day on which the buyer placed them, told apart by their state now."),
    rows="""
        SELECT o.created AS at, o.created AS acted_at, 'order' AS kind, o.tid AS key, o.owner_id AS who,
               o.status AS part, o.payment AS amount, o.tid AS ref
          FROM orders_order o WHERE o.created >= %(since)s AND o.created < %(until)s""",
    parts=_STATES,
    listed=(
        "orders:list",
        {"created_from": "{first}", "created_to": "{last}", "status": "{part}", "owner": "{who}"},
    ),
)

MONEY_IN = Figure(
    code="money-in",
    section=Section.TRADE,
    title=_("Money in"),
    rule="O5",
    meaning=_("What buyers paid for orders, goods and postage, by the time that the buyer paid."),
    rows="""
        SELECT o.pay_time AS at, o.pay_time AS acted_at, 'order' AS kind, o.tid AS key, o.owner_id AS who,
               '' AS part, o.paid_fee AS amount, o.tid AS ref
          FROM orders_order o WHERE o.pay_time >= %(since)s AND o.pay_time < %(until)s""",
    unit=Unit.MONEY,
    parts={"": _("Money in")},
)

MONEY_BACK = Figure(
    code="money-back",
    section=Section.TRADE,
    title=_("Money given back"),
    rule="A9",
    meaning=_("Refunds and postage owed that were paid out here, by the time of paying out."),
    rows="""
        SELECT r.done_at AS at, r.done_at AS acted_at, 'order' AS kind, r.order_id AS key, r.asked_by_id AS who,
               CASE WHEN r.after_sale THEN 'after_sale' ELSE 'before' END AS part,
               r.goods_fee + r.post_fee AS amount, 'refund:' || r.id AS ref
          FROM orders_refund r
         WHERE r.status = 'done' AND r.done_at >= %(since)s AND r.done_at < %(until)s
         UNION ALL
        SELECT t.done_at, t.done_at, 'order', t.order_id, t.done_by_id, 'owed', t.amount, 'owed:' || t.id
          FROM orders_refundtask t WHERE t.done_at >= %(since)s AND t.done_at < %(until)s""",
    unit=Unit.MONEY,
    parts={
        "before": _("before shipping"),
        "after_sale": _("after the sale"),
        "owed": _("owed beside a refund"),
    },
)

CONVERSION = Figure(
    code="paid-share",
    section=Section.TRADE,
    title=_("Placed and then paid"),
    rule="O4",
    meaning=_(
        "Of the orders placed in the period, how many were paid; orders that still wait count neither way, orders "
        "for an exchange not at all."
    ),
    rows="""
        SELECT o.created AS at, o.created AS acted_at, 'order' AS kind, o.tid AS key, o.owner_id AS who,
               CASE o.status WHEN 'WAIT_BUYER_PAY' THEN 'waiting' WHEN 'TRADE_CLOSED_BY_TAOBAO' THEN 'unpaid'
                             ELSE 'paid' END AS part,
               CASE o.status WHEN 'WAIT_BUYER_PAY' THEN NULL WHEN 'TRADE_CLOSED_BY_TAOBAO' THEN 0
                             ELSE 1 END AS amount, o.tid AS ref
          FROM orders_order o WHERE o.created >= %(since)s AND o.created < %(until)s AND NOT o.tied""",
    unit=Unit.SHARE,
    parts={"paid": _("paid"), "unpaid": _("closed unpaid"), "waiting": _("still waiting")},
)

LOST = Figure(
    code="closed-unpaid",
    section=Section.TRADE,
    title=_("Lost unpaid"),
    rule="O4",
    meaning=_(
        "What orders placed in the period would have brought that were closed unpaid, by why they closed."
    ),
    rows="""
        SELECT o.created AS at, o.created AS acted_at, 'order' AS kind, o.tid AS key, o.owner_id AS who,
               o.close_reason AS part, o.payment AS amount, o.tid AS ref
          FROM orders_order o WHERE o.created >= %(since)s AND o.created < %(until)s
           AND o.status = 'TRADE_CLOSED_BY_TAOBAO' AND NOT o.tied""",
    unit=Unit.MONEY,
    parts={reason.value: reason.label for reason in CloseReason},
    by_part=True,
)

CHASING = Figure(
    code="chasing-brought-in",
    section=Section.TRADE,
    title=_("Brought in by chasing"),
    rule="O14",
    meaning=_(
        "What was paid for orders whose buyer had been reminded before, within their 72 hours, by the time that the "
        "buyer paid; laid to who sent the last reminder."
    ),
    rows="""
        SELECT o.pay_time AS at, r.at AS acted_at, 'order' AS kind, o.tid AS key, r.by_id AS who,
               CASE WHEN r.asked_before THEN 'asked' ELSE 'not_asked' END AS part, o.paid_fee AS amount, o.tid AS ref
          FROM orders_order o
          JOIN LATERAL (SELECT r.at, r.by_id, r.asked_before FROM orders_reminder r
                         WHERE r.order_id = o.tid AND r.at < o.pay_time
                         ORDER BY r.at DESC, r.id DESC LIMIT 1) r ON true
         WHERE o.pay_time >= %(since)s AND o.pay_time < %(until)s AND o.pay_time < o.created + interval '72 hours'
           AND o.tid IN (SELECT order_id FROM orders_reminder
                          WHERE at >= %(since)s - interval '72 hours' AND at < %(until)s)""",
    unit=Unit.MONEY,
    parts={"asked": _("had asked before"), "not_asked": _("had not asked")},
)

POSTAGE_CHARGED = Figure(
    code="postage-charged",
    section=Section.POSTAGE,
    title=_("Postage charged"),
    rule="S3",
    meaning=_("Postage on orders paid in the period, before credits between joined orders (S7)."),
    rows="""
        SELECT o.pay_time AS at, o.pay_time AS acted_at, 'order' AS kind, o.tid AS key, o.owner_id AS who,
               '' AS part, o.post_fee AS amount, o.tid AS ref
          FROM orders_order o WHERE o.pay_time >= %(since)s AND o.pay_time < %(until)s AND o.post_fee > 0""",
    unit=Unit.MONEY,
    parts={"": _("Postage charged")},
)

POSTAGE_GIVEN = Figure(
    code="postage-given",
    section=Section.POSTAGE,
    title=_("Postage given away"),
    rule="S6–S9, P1",
    meaning=_(
        "Postage that the rules took off orders paid in the period, by the terms that they were last priced on; and "
        "waivers that a supervisor gave in the period."
    ),
    rows=f"""
        SELECT o.pay_time AS at, o.pay_time AS acted_at, 'order' AS kind, o.tid AS key, o.owner_id AS who,
               step.value ->> 'rule' AS part, -sum((step.value ->> 'amount')::numeric) AS amount,
               o.tid || ':' || (step.value ->> 'rule') AS ref
          FROM orders_order o
          JOIN LATERAL (SELECT t.quote FROM orders_orderterms t WHERE t.order_id = o.tid
                         ORDER BY t.priced_at DESC, t.id DESC LIMIT 1) terms ON true
         CROSS JOIN LATERAL jsonb_array_elements(terms.quote -> 'steps') step
         WHERE o.pay_time >= %(since)s AND o.pay_time < %(until)s
           AND step.value ->> 'rule' IN ('S6', 'S7', 'S8', 'S9') AND (step.value ->> 'amount')::numeric < 0
         GROUP BY o.tid, step.value ->> 'rule'
         UNION ALL
        SELECT a.decided_at, a.decided_at, 'order', a.subject_id, a.requested_by_id, 'P1', a.amount,
               'approval:' || a.id
          FROM base_approval a
         WHERE a.kind IN ('{POSTAGE_WAIVER}', '{FREE_SPLIT}', '{ADDRESS_WAIVER}') AND a.status = 'approved'
           AND a.subject_kind = 'order' AND a.decided_at >= %(since)s AND a.decided_at < %(until)s""",  # noqa: S608
    unit=Unit.MONEY,
    parts={
        "S6": _("S6 free from an amount"),
        "S7": _("S7 three days together"),
        "S8": _("S8 two parcels"),
        "S9": _("S9 free for life"),
        "P1": _("P1 waived"),
    },
    by_part=True,
)

FIGURES = (ORDERS_PLACED, MONEY_IN, MONEY_BACK, CONVERSION, CHASING, LOST, POSTAGE_CHARGED, POSTAGE_GIVEN)
