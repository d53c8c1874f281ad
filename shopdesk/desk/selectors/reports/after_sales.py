"""Figures of tickets. The statements hold our own words only; every value is bound."""

from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import Problem
from shopdesk.desk.selectors.reports.figures import Figure, Section, Unit

BY_REASON = Figure(
    code="tickets-by-reason",
    section=Section.AFTER_SALES,
    title=_("After-sales by reason"),
    rule="A2",
    meaning=_("Tickets opened in the period, by what is wrong."),
    rows="""
        SELECT t.opened_at AS at, t.opened_at AS acted_at, 'ticket' AS kind, t.id::text AS key, t.owner_id AS who,
               t.problem AS part, NULL::numeric AS amount, t.id::text AS ref
          FROM afterservice_ticket t WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s""",
    parts={problem.value: problem.label for problem in Problem},
    by_part=True,
    listed=(
        "tickets:list",
        {
            "view": "all",
            "opened_from": "{first}",
            "opened_to": "{last}",
            "problem": "{part}",
            "owner": "{who}",
        },
    ),
)

BY_PRODUCT = Figure(
    code="tickets-by-product",
    section=Section.AFTER_SALES,
    title=_("After-sales by product"),
    rule="A2",
    meaning=_(
        "Tickets opened in the period, by the products that they are about: one of two products counts for both."
    ),
    rows="""
        SELECT t.opened_at AS at, t.opened_at AS acted_at, 'ticket' AS kind, t.id::text AS key, t.owner_id AS who,
               p.title AS part, NULL::numeric AS amount, t.id || ':' || p.id AS ref
          FROM afterservice_ticket t
          JOIN afterservice_ticketline tl ON tl.ticket_id = t.id
          JOIN orders_orderline l ON l.id = tl.line_id
          JOIN orders_product p ON p.id = l.product_id
         WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s GROUP BY t.id, p.id""",
    by_part=True,
)

_KEPT = {"kept": _("in time"), "late": _("late"), "running": _("still running")}
_CLOCK = """
        SELECT t.opened_at AS at, COALESCE(c.stopped_at, c.expired_at, t.opened_at) AS acted_at, 'ticket' AS kind,
               t.id::text AS key, {who} AS who,
               CASE WHEN c.expired_at IS NOT NULL OR c.stopped_at > c.due_at THEN 'late'
                    WHEN c.stopped_at IS NULL THEN 'running' ELSE 'kept' END AS part,
               CASE WHEN c.expired_at IS NOT NULL OR c.stopped_at > c.due_at THEN 0
                    WHEN c.stopped_at IS NULL THEN NULL ELSE 1 END AS amount,
               c.id::text AS ref
          FROM afterservice_ticket t JOIN afterservice_clock c ON c.ticket_id = t.id AND c.kind IN ({kinds})
         WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s"""

ANSWERED = Figure(
    code="answered-in-time",
    section=Section.AFTER_SALES,
    title=_("Answered in time"),
    rule="A6",
    meaning=_(
        "Of the tickets opened in the period, how many were answered before their clock ran out (24 hours)."
    ),
    rows=_CLOCK.format(kinds="'answer'", who="t.owner_id"),
    unit=Unit.SHARE,
    parts=_KEPT,
)

DECIDED = Figure(
    code="decided-in-time",
    section=Section.AFTER_SALES,
    title=_("Decided in time"),
    rule="A6",
    meaning=_(
        "Of the tickets opened in the period, how many were decided before their clock ran out (48 hours)."
    ),
    rows=_CLOCK.format(kinds="'decide'", who="COALESCE(t.decided_by_id, t.owner_id)"),
    unit=Unit.SHARE,
    parts=_KEPT,
)

HANDLED_GOODS = Figure(
    code="goods-in-time",
    section=Section.AFTER_SALES,
    title=_("Inspected and repaired in time"),
    rule="A6",
    meaning=_(
        "Of the tickets opened in the period, how many of their returned goods were inspected within 7 days of their "
        "signing, and repaired within 30 days of receipt."
    ),
    rows=_CLOCK.format(kinds="'inspect', 'repair'", who="t.owner_id"),
    unit=Unit.SHARE,
    parts=_KEPT,
)

_UNACKNOWLEDGED = "unacknowledged"
WRONG_SHIPMENTS = Figure(
    code="wrong-shipments",
    section=Section.AFTER_SALES,
    title=_("Wrong shipments"),
    rule="O9",
    meaning=_(
        "Tickets opened in the period about a wrong item. Where a change of goods or address had not been "
        "acknowledged when the order was shipped, it is laid to who made that change; where it had been, or "
        "there was none, to packing."
    ),
    rows="""
        SELECT t.opened_at AS at, COALESCE(n.made_at, t.opened_at) AS acted_at, 'ticket' AS kind, t.id::text AS key,
               CASE WHEN n.id IS NOT NULL AND n.unheard THEN n.made_by_id END AS who,
               CASE WHEN n.id IS NULL THEN 'packing' WHEN n.unheard THEN 'unacknowledged'
                    ELSE 'changed' END AS part,
               NULL::numeric AS amount, t.id::text AS ref
          FROM afterservice_ticket t JOIN orders_order o ON o.tid = t.order_id
          LEFT JOIN LATERAL (
                SELECT n.id, n.made_by_id, n.made_at,
                       n.acknowledged_at IS NULL
                       OR n.acknowledged_at > COALESCE(o.consign_time, t.opened_at) AS unheard
                  FROM orders_changenotice n
                 WHERE n.order_id = o.tid AND n.kind IN ('sku', 'address')
                   AND n.made_at <= COALESCE(o.consign_time, t.opened_at)
                 ORDER BY unheard DESC, n.made_at DESC LIMIT 1) n ON true
         WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s AND t.problem = 'wrong_item'""",
    parts={
        _UNACKNOWLEDGED: _("a change that was not acknowledged"),
        "changed": _("packed wrong after an acknowledged change"),
        "packing": _("packed wrong"),
    },
    by_part=True,
)

SATISFACTION = Figure(
    code="satisfaction",
    section=Section.AFTER_SALES,
    title=_("Satisfaction"),
    rule="A13",
    meaning=_("The mean of what buyers said, 1 to 5, of the tickets opened in the period."),
    rows="""
        SELECT t.opened_at AS at, COALESCE(t.followed_up_at, t.opened_at) AS acted_at, 'ticket' AS kind,
               t.id::text AS key, t.owner_id AS who, t.satisfaction::text AS part,
               t.satisfaction::numeric AS amount, t.id::text AS ref
          FROM afterservice_ticket t
         WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s AND t.satisfaction IS NOT NULL""",
    unit=Unit.SCORE,
)

FIGURES = (BY_REASON, BY_PRODUCT, ANSWERED, DECIDED, HANDLED_GOODS, WRONG_SHIPMENTS, SATISFACTION)
