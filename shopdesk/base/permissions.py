"""Who may do what: the roles of T1 and the permission of each kind of page, as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """T1."""

    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    WAREHOUSE = "warehouse", _("Warehouse")
    MANAGER = "manager", _("Manager")


class Permission(models.TextChoices):
    """One kind of thing that a view does; each view names exactly one."""

    SIGNED_IN = "signed_in", _("Use the desk")
    SEE_ORDERS = "see_orders", _("See orders")
    SEE_PRICES = "see_prices", _("See prices")
    REVEAL_PHONE = "reveal_phone", _("Reveal a phone number")
    FLAG_AND_NOTE = "flag_and_note", _("Flag and note orders")
    WORK_ORDERS = "work_orders", _("Work orders")
    ASK_APPROVAL = "ask_approval", _("Ask for approval")
    DECIDE_APPROVAL = "decide_approval", _("Decide approvals")
    IMPORT = "import", _("Import orders")
    PLATFORM_TASKS = "platform_tasks", _("Work the list “to do on Taobao”")
    SIGN_HOLDS = "sign_holds", _("Sign holds")
    WORK_WAREHOUSE = "work_warehouse", _("Print, pack, ship, pull, receive and count")
    BUYING_RUN = "buying_run", _("Open buying runs")
    LABEL_FILE = "label_file", _("Take the carrier's label file with phones")
    CHASE = "chase", _("Chase payment, keep the unpaid and enquiry registers")
    HAND_OVER = "hand_over", _("Hand over to the next shift")
    PLAN_ROSTER = "plan_roster", _("Plan the roster")
    SEE_REPLIES = "see_replies", _("Use canned replies, keep one's own")
    SHARE_REPLIES = "share_replies", _("Change canned replies shared by all")
    SEE_REPORTS = "see_reports", _("See reports, at least one's own figures")
    CARRIER_BILL = "carrier_bill", _("Check the carrier's bill")
    CHANGE_PRODUCTS = "change_products", _("Change products")
    SEE_JOBS = "see_jobs", _("See jobs")
    RUN_JOBS = "run_jobs", _("Run jobs")
    SEE_MEMBERS = "see_members", _("See members")
    SEE_TARIFFS = "see_tariffs", _("See tariffs")
    CHANGE_TARIFFS = "change_tariffs", _("Change tariffs and tiers")
    SEE_TICKETS = "see_tickets", _("See tickets")
    WORK_TICKETS = "work_tickets", _("Open and work tickets")
    SEE_POLICIES = "see_policies", _("See policies and clocks")
    CHANGE_POLICIES = "change_policies", _("Change policies and clocks")
    EXPORT = "export", _("Export lists")
    EXPORT_WAREHOUSE = "export_warehouse", _("Export the lists of the warehouse")
    ADMINISTER = "administer", _("Administer staff and settings")


_EVERYONE = frozenset(Role)
_DESK = frozenset({Role.AGENT, Role.SUPERVISOR})

MATRIX: dict[Permission, frozenset[Role]] = {
    Permission.SIGNED_IN: _EVERYONE,
    Permission.SEE_ORDERS: _EVERYONE,
    Permission.SEE_PRICES: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.REVEAL_PHONE: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.FLAG_AND_NOTE: frozenset({Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE}),
    Permission.WORK_ORDERS: _DESK,
    Permission.ASK_APPROVAL: frozenset({Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE}),
    Permission.DECIDE_APPROVAL: frozenset({Role.SUPERVISOR}),
    Permission.IMPORT: _DESK,
    Permission.PLATFORM_TASKS: _DESK,
    Permission.SIGN_HOLDS: frozenset({Role.SUPERVISOR, Role.WAREHOUSE}),
    Permission.WORK_WAREHOUSE: frozenset({Role.SUPERVISOR, Role.WAREHOUSE}),
    Permission.BUYING_RUN: _DESK,
    Permission.LABEL_FILE: frozenset({Role.SUPERVISOR, Role.WAREHOUSE}),
    Permission.CHASE: _DESK,
    Permission.HAND_OVER: _DESK,
    # Staff is the manager's; who of them works when must not wait until a manager is there.
    Permission.PLAN_ROSTER: frozenset({Role.SUPERVISOR, Role.MANAGER}),
    Permission.SEE_REPLIES: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.SHARE_REPLIES: frozenset({Role.MANAGER}),
    Permission.SEE_REPORTS: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.CARRIER_BILL: frozenset({Role.SUPERVISOR, Role.MANAGER}),
    Permission.CHANGE_PRODUCTS: frozenset({Role.MANAGER}),
    Permission.SEE_JOBS: frozenset({Role.SUPERVISOR, Role.MANAGER}),
    Permission.RUN_JOBS: frozenset({Role.SUPERVISOR, Role.MANAGER}),
    Permission.SEE_MEMBERS: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.SEE_TARIFFS: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.CHANGE_TARIFFS: frozenset({Role.MANAGER}),
    Permission.SEE_TICKETS: _EVERYONE,
    Permission.WORK_TICKETS: _DESK,
    Permission.SEE_POLICIES: frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER}),
    Permission.CHANGE_POLICIES: frozenset({Role.MANAGER}),
    Permission.EXPORT: frozenset({Role.SUPERVISOR, Role.MANAGER}),
    Permission.EXPORT_WAREHOUSE: frozenset({Role.SUPERVISOR, Role.WAREHOUSE, Role.MANAGER}),
    Permission.ADMINISTER: frozenset({Role.MANAGER}),
}


def may(role: str, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return role in MATRIX[permission]
