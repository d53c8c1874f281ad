"""Reading the list “to do on Taobao”: each task with everything to copy, as the order is now (D5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from orders.models import Consent, Flag, Note, Order, OrderLine, PlatformTask
from orders.rules.notes import MEMO_BYTES, memo_bytes, signed, whole_memo
from orders.states import CLOSED, Status
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

OPEN_KEYSET = Keyset("opened_at", "id", numeric=True)
DONE_KEYSET = Keyset("done_at", "id", numeric=True)
Kind = PlatformTask.Kind


@dataclass(frozen=True)
class Todo:
    """A task and what it takes: worked out from the order as it is now, not as it was when it came up."""

    task: PlatformTask
    flag: Flag | None = None
    memo: str = ""
    consent: Consent | None = None
    # O9: the lines whose colour or size is another one than was ordered.
    lines: Sequence[OrderLine] = ()

    @property
    def order(self) -> Order:
        """The order that it is about."""
        return self.task.order

    @property
    def memo_bytes(self) -> int:
        """How many bytes the memo takes."""
        return memo_bytes(self.memo)

    @property
    def memo_is_long(self) -> bool:
        """Whether Taobao will not take the whole memo (N2)."""
        return self.memo_bytes > MEMO_BYTES

    @property
    def of_now(self) -> bool:
        """Whether what to copy is only known as it is now: of a task done before, it may be something else."""
        return self.task.kind in (Kind.FLAG, Kind.MEMO, Kind.PRICE, Kind.SKU, Kind.ADDRESS)

    @property
    def moot(self) -> bool:
        """Whether the order went on, so that this cannot be done any more: tick it off."""
        status = self.task.order.status
        if self.task.kind == Kind.CLOSE:
            return status not in CLOSED
        if self.task.kind in (Kind.SKU, Kind.ADDRESS):
            return status != Status.WAIT_SELLER_SEND_GOODS
        return self.task.kind == Kind.PRICE and status != Status.WAIT_BUYER_PAY


def open_tasks() -> QuerySet[PlatformTask]:
    """What is to be done."""
    return PlatformTask.objects.filter(done_at__isnull=True)


def read_tasks(
    *, done: bool, kind: str = "", cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[PlatformTask], list[Todo]]:
    """One page of the list, newest first: five statements however long it is."""
    tasks = PlatformTask.objects.filter(done_at__isnull=False) if done else open_tasks()
    if kind:
        tasks = tasks.filter(kind=kind)
    tasks = tasks.select_related("order__buyer", "done_by")
    page = read_page(tasks, DONE_KEYSET if done else OPEN_KEYSET, cursor, size)
    return page, todos(page.rows)


def todos(tasks: Sequence[PlatformTask]) -> list[Todo]:
    """What to copy for each task: one statement each for flags, notes, consents and changed lines."""
    flags = _flags([task.order_id for task in tasks if task.kind == Kind.FLAG])
    memos = _memos({task.order_id: task.order for task in tasks if task.kind == Kind.MEMO})
    consents = _consents([task.order_id for task in tasks if task.kind == Kind.CLOSE])
    lines = _changed_lines([task.order_id for task in tasks if task.kind == Kind.SKU])
    made = []
    for task in tasks:
        tid = task.order_id
        if task.kind == Kind.FLAG:
            made.append(Todo(task, flag=flags.get(tid)))
        elif task.kind == Kind.MEMO:
            made.append(Todo(task, memo=memos[tid]))
        elif task.kind == Kind.CLOSE:
            made.append(Todo(task, consent=consents.get(tid)))
        elif task.kind == Kind.SKU:
            made.append(Todo(task, lines=lines.get(tid, ())))
        else:
            made.append(Todo(task))
    return made


def _flags(tids: Sequence[str]) -> dict[str, Flag]:
    return {flag.order_id: flag for flag in Flag.objects.filter(order__in=tids, ended_at__isnull=True)}


def _memos(orders: Mapping[str, Order]) -> dict[str, str]:
    notes: dict[str, list[str]] = {tid: [] for tid in orders}
    for note in Note.objects.filter(order__in=orders).order_by("order_id", "at", "id"):
        notes[note.order_id].append(signed(note.text, note.signature, note.at))
    return {tid: whole_memo(order.seller_memo, notes[tid]) for tid, order in orders.items()}


def _changed_lines(tids: Sequence[str]) -> dict[str, list[OrderLine]]:
    lines: dict[str, list[OrderLine]] = {}
    changed = OrderLine.objects.filter(order__in=tids).exclude(ordered_properties_name="")
    for line in changed.select_related("product").order_by("order_id", "position") if tids else ():
        lines.setdefault(line.order_id, []).append(line)
    return lines


def _consents(tids: Sequence[str]) -> dict[str, Consent]:
    consents = (
        Consent.objects.filter(order__in=tids).select_related("recorded_by").order_by("recorded_at", "pk")
    )
    return {consent.order_id: consent for consent in consents}
