"""Figures per agent and shift (T4): what the audit and the change notices know of each person."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from orders.models import ChangeNotice, Order
from shopdesk.desk.selectors.reports.after_sales import (
    ANSWERED,
    DECIDED,
    SATISFACTION,
    WRONG_SHIPMENTS,
)
from shopdesk.desk.selectors.reports.figures import Figure, Section, Unit
from shopdesk.desk.selectors.reports.trade import CHASING

HANDLED = Figure(
    code="orders-handled",
    section=Section.TEAM,
    title=_("Orders handled"),
    rule="T4",
    meaning=_(
        "Orders that somebody did something to in the period, by hand or over the API: each once for each person, at "
        "the first time. Looking at a phone number is not handling."
    ),
    rows="""
        SELECT min(e.at) AS at, min(e.at) AS acted_at, 'order' AS kind, e.subject_id AS key, e.actor_id AS who,
               '' AS part, NULL::numeric AS amount, e.subject_id || ':' || e.actor_id AS ref
          FROM base_auditentry e
         WHERE e.at >= %(since)s AND e.at < %(until)s AND e.subject_kind = 'order' AND e.actor_id IS NOT NULL
           AND e.origin IN ('page', 'api') AND e.action <> 'phone.revealed'
         GROUP BY e.subject_id, e.actor_id""",
    parts={"": _("Orders handled")},
)

PRICE_CHANGES = Figure(
    code="price-changes",
    section=Section.TEAM,
    title=_("Price changes"),
    rule="O8",
    meaning=_(
        "Prices that somebody applied in the period: as the rules say, or special ones that were approved."
    ),
    rows="""
        SELECT e.at, e.at AS acted_at, 'order' AS kind, e.subject_id AS key, e.actor_id AS who,
               CASE WHEN e.after ? 'approval' THEN 'special' ELSE 'rules' END AS part,
               NULL::numeric AS amount, e.id::text AS ref
          FROM base_auditentry e
         WHERE e.action = 'order.priced' AND e.at >= %(since)s AND e.at < %(until)s AND e.actor_id IS NOT NULL""",
    parts={"rules": _("by the rules"), "special": _("special price")},
)

FLAGS = Figure(
    code="flags-set",
    section=Section.TEAM,
    title=_("Flags set"),
    rule="N1",
    meaning=_("Flags that somebody set in the period, by colour."),
    rows="""
        SELECT e.at, e.at AS acted_at, 'order' AS kind, e.subject_id AS key, e.actor_id AS who,
               COALESCE(e.after ->> 'seller_flag', '0') AS part, NULL::numeric AS amount, e.id::text AS ref
          FROM base_auditentry e
         WHERE e.action = 'flag.set' AND e.at >= %(since)s AND e.at < %(until)s AND e.actor_id IS NOT NULL""",
    parts={str(flag.value): flag.label for flag in Order.SellerFlag},
)

UNACKNOWLEDGED = Figure(
    code="unacknowledged-changes",
    section=Section.TEAM,
    title=_("Unacknowledged changes"),
    rule="O9",
    meaning=_("Changes made in the period that the warehouse has not acknowledged."),
    rows="""
        SELECT n.made_at AS at, n.made_at AS acted_at, 'order' AS kind, n.order_id AS key, n.made_by_id AS who,
               n.kind AS part, NULL::numeric AS amount, n.id::text AS ref
          FROM orders_changenotice n
         WHERE n.acknowledged_at IS NULL AND n.made_by_id IS NOT NULL
           AND n.made_at >= %(since)s AND n.made_at < %(until)s""",
    parts={kind.value: kind.label for kind in ChangeNotice.Kind},
)

WRONG_BY_CHANGE = replace(
    WRONG_SHIPMENTS,
    code="wrong-by-change",
    section=Section.TEAM,
    title=_("Wrong shipments laid to a change"),
    meaning=_("Wrong shipments because of a change that was not acknowledged, by who made the change."),
    rows=f"SELECT * FROM ({WRONG_SHIPMENTS.rows}) w WHERE w.part = 'unacknowledged' AND w.who IS NOT NULL",  # noqa: S608
)

CHASED = replace(
    CHASING,
    code="chased-and-paid",
    section=Section.TEAM,
    title=_("Chased and then paid"),
    meaning=_(
        "Orders paid in the period whose buyer had been reminded before, by who sent the last reminder."
    ),
    unit=Unit.COUNT,
)

FIGURES = (HANDLED, PRICE_CHANGES, FLAGS, UNACKNOWLEDGED, WRONG_BY_CHANGE, CHASED)
# The columns of the table per agent and shift, in the order of T4.
TEAM_TABLE = (
    HANDLED,
    PRICE_CHANGES,
    FLAGS,
    ANSWERED,
    DECIDED,
    UNACKNOWLEDGED,
    WRONG_BY_CHANGE,
    CHASED,
    SATISFACTION,
)
