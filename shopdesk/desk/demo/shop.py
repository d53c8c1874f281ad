"""The demo shop: about two thousand orders of ninety days, and what the desk is busy with today."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from afterservice.models import Clock, Ticket, TicketLine
from members.models import Buyer, SpendEntry
from orders.models import (
    BuyingRun,
    BuyingRunLine,
    Flag,
    Hold,
    Note,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    Payment,
    PlatformTask,
    Product,
    Sku,
    StockMovement,
)
from shopdesk.base.models import AuditEntry
from shopdesk.desk.demo.after_sales import sell_and_hear
from shopdesk.desk.demo.carrier_bill import check_a_bill
from shopdesk.desk.demo.cast import Cast
from shopdesk.desk.demo.catalogue import make_catalogue, save_catalogue
from shopdesk.desk.demo.chasing import chase_payments
from shopdesk.desk.demo.copying import analyze, prepare_audit_months
from shopdesk.desk.demo.day import live_through_a_day
from shopdesk.desk.demo.drafts import Writer
from shopdesk.desk.demo.ledger import open_ledger
from shopdesk.desk.demo.lives import at_a_likely_hour
from shopdesk.desk.demo.makers import Workshop
from shopdesk.desk.demo.people import make_people
from shopdesk.desk.demo.staff import make_demo_staff
from shopdesk.desk.demo.stories import tell_stories
from shopdesk.desk.demo.supplies import fill_shelves_and_runs
from shopdesk.desk.demo.team import plan_shifts, promise_and_hand_over, swap_shifts
from shopdesk.desk.demo.warehouse import work_a_morning

DAYS, ORDERS_BY_CHANCE, BUYERS_BY_CHANCE, PRODUCTS = 90, 1640, 600, 60
TID_PREFIX = "4326"
# Of the days back, most are few: today's work is what a demo is looked at for.
RECENCY = 1.6
WRITTEN = (
    Buyer,
    Product,
    Sku,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    Payment,
    Note,
    Flag,
    Hold,
    PlatformTask,
    StockMovement,
    BuyingRunLine,
    AuditEntry,
    SpendEntry,
)
# What services make of it.
PLANNED = (BuyingRun, Parcel, ParcelLine, Ticket, TicketLine, Clock)


@transaction.atomic
def open_demo_shop(now: datetime, seed: int) -> int:
    """Fill an empty database, the same for the same seed and ``now``; answers how many orders it got."""
    now = now.replace(microsecond=0)
    random = Random(seed)  # noqa: S311 (made-up data that must come out the same again)
    start = now - timedelta(days=DAYS)
    prepare_audit_months(start.date(), now.date())
    crew = make_demo_staff(now)
    catalogue = make_catalogue(random, PRODUCTS)
    save_catalogue(catalogue)
    workshop = Workshop(random, catalogue, crew, now, TID_PREFIX)
    people = make_people(random, BUYERS_BY_CHANCE)
    moments = sorted(now - timedelta(days=DAYS * random.random() ** RECENCY) for _ in range(ORDERS_BY_CHANCE))
    for moment in moments:
        workshop.make(random.choice(people), at_a_likely_hour(moment, now))
    cast = Cast(workshop)
    cast.make_all()
    stories = tell_stories(workshop, cast)
    requests = sell_and_hear(workshop, cast)
    chase = chase_payments(workshop, cast)
    Writer(workshop.now).write(list(workshop.by_time()))
    analyze((*WRITTEN, *PLANNED))  # the services that go on from here read by plans that fit what there is
    open_ledger(workshop, {person.nick for person in people})
    fill_shelves_and_runs(workshop, start)
    analyze((*WRITTEN, *PLANNED))
    for story in stories:
        story()
    work_a_morning(workshop)
    for request in requests:
        request()
    chase()
    plan_shifts(crew, now)
    swap_shifts(crew, now)
    promise_and_hand_over(crew, now)
    live_through_a_day(crew, now)
    check_a_bill(crew.supervisors[0], now)
    analyze((*WRITTEN, *PLANNED))
    return len(workshop.drafts)
