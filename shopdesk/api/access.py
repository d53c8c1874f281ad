"""Who may make which call: the permission that its person needs, and the scope that its token needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.permissions import Permission


class Scope(models.TextChoices):
    """What a token may be used for, whatever its account may do."""

    ORDERS_READ = "orders:read", _("Read orders and members, ask for quotes")
    ORDERS_WRITE = "orders:write", _("Create and work orders")
    WAREHOUSE = "warehouse", _("Parcels and change notices")
    TICKETS = "tickets", _("Tickets")
    APPROVALS = "approvals", _("Approvals")
    EXPORT = "export", _("Exports")


@dataclass(frozen=True)
class Access:
    """What a call asks for. A session needs the permission alone."""

    permission: Permission
    scope: Scope
    # Another scope that does as well.
    or_scope: Scope | None = None

    def allows(self, scopes: Iterable[str]) -> bool:
        """Whether a token of these scopes may make the call."""
        return bool({self.scope, self.or_scope} & set(scopes))
