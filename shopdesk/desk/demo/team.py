"""The made-up shop's roster, what its agents promised, and what a shift handed over (T2)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from orders.models import Order
from orders.states import Status
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import RosterEntry, Staff
from shopdesk.base.services.swaps import accept_swap, ask_swap
from shopdesk.base.shifts import DAY, WEEK, ShiftCode, week_of
from shopdesk.desk.demo.staff import Crew
from shopdesk.desk.services.handovers import accept_line, ask_back, hand_over
from shopdesk.desk.services.promises import end_promise, make_promise

WEEKS = 2
HANDED_OVER, HANDED_OVER_AT_NIGHT = time(17, 20), time(0, 50)
HOUR = timedelta(hours=1)


def plan_shifts(crew: Crew, now: datetime) -> None:
    """This week and the next: two of a kind take turns by day and late, each with a day off."""
    monday = week_of(now.astimezone(SHANGHAI).date())[0]
    entries = []
    for people in (crew.agents, crew.supervisors, crew.warehouse):
        for place, person in enumerate(people):
            if person.pk is None:
                continue
            for number in range(WEEKS * WEEK):
                late = len(people) > 1 and (place + number // WEEK) % 2
                if number % WEEK != 6 - place:
                    shift = ShiftCode.LATE if late else ShiftCode.DAY
                    entries.append(RosterEntry(staff=person, day=monday + DAY * number, shift=shift))
    RosterEntry.objects.bulk_create(entries)


def swap_shifts(crew: Crew, now: datetime) -> None:
    """One shift that was swapped, and one that a colleague asks the first agent to take (T2)."""
    if len(crew.agents) < 2 or any(person.pk is None for person in crew.agents):
        return
    nana, yu = crew.agents[:2]
    today = now.astimezone(SHANGHAI).date()
    shifts = RosterEntry.objects.filter(day__gt=today).order_by("day", "shift")
    mine, theirs = (list(shifts.filter(staff=person)[:3]) for person in (nana, yu))
    if len(mine) < 3 or len(theirs) < 3:
        return
    accepted = ask_swap(mine[1].day, mine[1].shift, yu.pk, actor=nana, now=now - 6 * HOUR)
    accept_swap(accepted.pk, actor=yu, now=now - 5 * HOUR)
    ask_swap(theirs[2].day, theirs[2].shift, nana.pk, actor=yu, now=now - 2 * HOUR)


def promise_and_hand_over(crew: Crew, now: datetime) -> None:
    """Promises that are due, overdue and kept; a packet of the evening, one of the night."""
    if len(crew.agents) < 2 or any(person.pk is None for person in crew.agents):
        return
    nana, yu = crew.agents[:2]
    waiting = Order.objects.filter(status=Status.WAIT_SELLER_SEND_GOODS, buyer__isnull=False)
    orders = list(waiting.order_by("-created", "-tid")[:5])
    if len(orders) < 5:
        return
    evening = datetime.combine(now.astimezone(SHANGHAI).date(), HANDED_OVER, SHANGHAI)
    if evening > now - HOUR:
        evening -= DAY
    before = evening - 2 * HOUR
    _promise(orders[0], "答应今晚发", now + 6 * HOUR, nana, before)
    _promise(orders[1], "答应周末前补发小样", now + 2 * DAY, nana, before)
    _promise(orders[2], "答应上午回电话确认尺码", max(evening + HOUR, now - 2 * HOUR), nana, before)
    _promise(orders[3], "答应明天给单号", now + DAY, yu, before)
    kept = make_promise(orders[4].tid, "答应当天退差价", evening, actor=yu, now=before)
    end_promise(kept.pk, "kept", actor=yu, now=before + HOUR)
    packet = hand_over(words="二号架的退货还没拆\n快递明早九点来收件，记得先打单", actor=nana, now=evening)
    lines = list(packet.lines.order_by("position"))
    accept_line(lines[0].pk, actor=yu, now=evening + HOUR / 2)
    ask_back(lines[-1].pk, "是中通还是顺丰？", actor=yu, now=evening + HOUR / 2)
    night = datetime.combine(now.astimezone(SHANGHAI).date(), HANDED_OVER_AT_NIGHT, SHANGHAI)
    if night < now - HOUR:
        hand_over(words="夜里有客户问过年前发货截止日，等老王定了再回", actor=yu, now=night)


def _promise(order: Order, text: str, due_at: datetime, actor: Staff, now: datetime) -> None:
    make_promise(order.tid, text, due_at, actor=actor, now=now)
