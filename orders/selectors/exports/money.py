"""To do on Taobao, refunds owed and paid out, and the lines of a carrier's bill, as files (D5, S7, F8)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from orders.models import CarrierBill, PlatformTask
from orders.rules.carrier_bills import Verdict
from orders.rules.products import property_words
from orders.selectors.carrier_bills import read_lines
from orders.selectors.exports.columns import name_of
from orders.selectors.platform_tasks import Todo, read_tasks
from orders.selectors.refunds import read_owed, read_paid_out
from shopdesk.base.errors import DomainError
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Rows, parameters, walk
from shopdesk.base.permissions import Permission

# Debts are few: all are read at once, so that the three tables can be sorted together.
MOST_DEBTS = 100_000
Kind = PlatformTask.Kind


def _tasks(asked: Asked) -> Iterator[Rows]:
    done, kind = asked.query.get("tab") == "done", asked.query.get("kind", "")
    kind = kind if kind in Kind.values else ""

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, todos = read_tasks(done=done, kind=kind, cursor=cursor, size=BATCH)
        return page.older, todos

    return walk(read)


def _what(todo: Todo) -> str:
    """What is to be done, as the list says it; of what was done before, it may be something else by now."""
    order, kind = todo.order, todo.task.kind
    if todo.task.done_at is not None and todo.of_now:
        return ""
    if kind == Kind.FLAG:
        return " ".join(
            part
            for part in (str(order.get_seller_flag_display()), todo.flag.label if todo.flag else "")
            if part
        )
    if kind == Kind.MEMO:
        return todo.memo
    if kind == Kind.CLOSE:
        return str(order.get_close_reason_display())
    if kind == Kind.SKU:
        return "；".join(
            f"{line.product.title}: {property_words(line.ordered_properties_name)} → "
            f"{property_words(line.sku_properties_name)}"
            for line in todo.lines
        )
    if kind == Kind.ADDRESS:
        return f"{order.receiver_name} · {order.receiver_address}"
    if kind == Kind.SHIPMENT:
        return f"{order.logistics_company} {order.invoice_no}"
    return ""


PLATFORM_TASKS = ExportList(
    "platform-tasks",
    _("To do on Taobao"),
    "platform-tasks",
    Permission.EXPORT,
    (
        Column(_("Order"), lambda todo: todo.order.tid),
        Column(_("Buyer"), lambda todo: todo.order.buyer_id or ""),
        Column(_("Task"), lambda todo: todo.task.get_kind_display()),
        Column(_("What to enter"), _what, spoken=True),
        Column(
            _("Amount"),
            lambda todo: (
                todo.task.amount
                if todo.task.kind == Kind.REFUND
                else todo.order.payment
                if todo.task.kind == Kind.PRICE and todo.task.done_at is None
                else None
            ),
            money=True,
        ),
        Column(_("Since"), lambda todo: todo.task.opened_at),
        Column(_("Done"), lambda todo: todo.task.done_at),
        Column(_("By"), lambda todo: name_of(todo.task.done_by)),
    ),
    _tasks,
    parameters("tab", "kind"),
)


def _refunds(asked: Asked) -> Iterator[Rows]:
    if asked.query.get("tab") != "done":
        owed, _more = read_owed(MOST_DEBTS)
        return iter([owed])

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, paid = read_paid_out(cursor, BATCH)
        return page.older, paid

    return walk(read)


OWED_COLUMNS = (
    Column(_("Buyer"), lambda debt: debt.order.buyer_id or ""),
    Column(_("Order"), lambda debt: debt.order.tid),
    Column(_("Amount"), lambda debt: debt.amount, money=True),
    Column(_("Rule"), lambda debt: debt.rule),
    Column(_("Why"), lambda debt: debt.reason),
    Column(_("Since"), lambda debt: debt.since),
    Column(_("Can be paid out"), lambda debt: _("yes") if debt.due else _("once the order is paid")),
)
PAID_COLUMNS = (
    Column(_("Buyer"), lambda paid: (paid.order.buyer_id or "") if paid.order else ""),
    Column(_("Order"), lambda paid: paid.entry.subject_id),
    Column(_("Amount"), lambda paid: paid.amount, money=True),
    Column(_("Rule"), lambda paid: paid.entry.after["rule"]),
    Column(_("Why"), lambda paid: paid.reason),
    Column(_("Paid out"), lambda paid: paid.entry.at),
    Column(_("By"), lambda paid: name_of(paid.entry.actor)),
)
REFUNDS = ExportList(
    "refunds",
    _("Refunds owed"),
    "refunds",
    Permission.EXPORT,
    lambda asked: PAID_COLUMNS if asked.query.get("tab") == "done" else OWED_COLUMNS,
    _refunds,
    parameters("tab"),
)


def _bill(asked: Asked) -> Iterator[Rows]:
    bill = CarrierBill.objects.filter(pk=asked.subject).first()
    if bill is None:
        raise DomainError("D3", _("There is no such list."))

    def read(cursor: str) -> tuple[str | None, Rows]:
        page = read_lines(bill, asked.query.get("verdict", ""), cursor, BATCH)
        return page.older, page.rows

    return walk(read)


CARRIER_BILL = ExportList(
    "carrier-bill",
    _("Carrier's bill"),
    "carrier-bill",
    Permission.CARRIER_BILL,
    (
        Column(_("Row"), lambda line: line.row),
        Column(_("Tracking number"), lambda line: line.invoice_no),
        Column(_("Found"), lambda line: Verdict(line.verdict).label),
        Column(_("Billed weight (kg)"), lambda line: line.weight_kg),
        Column(_("Our weight (kg)"), lambda line: line.parcel.weight_kg if line.parcel else None),
        Column(_("Billed"), lambda line: line.fee, money=True),
        Column(_("By the tariff"), lambda line: line.expected_fee, money=True),
        Column(_("At stake"), lambda line: line.stake, money=True),
        Column(_("Destination"), lambda line: line.destination),
        Column(_("Parcel"), lambda line: str(line.parcel) if line.parcel else ""),
        Column(_("Order"), lambda line: line.parcel.order_id if line.parcel else ""),
        Column(_("Resolved"), lambda line: line.get_resolution_display() if line.resolution else ""),
        Column(_("Word"), lambda line: line.word),
    ),
    _bill,
    parameters("verdict"),
    has_subject=True,
)
LISTS = (PLATFORM_TASKS, REFUNDS, CARRIER_BILL)
