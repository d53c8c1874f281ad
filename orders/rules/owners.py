"""O17: who may be given an order, and by whom."""

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.permissions import Role

OWNERS = (Role.AGENT, Role.SUPERVISOR)


def check_owner(actor: int, actor_role: str, owner: int, owner_role: str) -> None:
    """Raises ``Forbidden`` (O17) where somebody gives orders to others and is no supervisor.

    **Our reading:** anyone takes orders over for themselves; only a supervisor gives them to somebody else. Raises
    ``DomainError`` (O17) for an owner whose role does not work orders.
    """
    if owner != actor and actor_role != Role.SUPERVISOR:
        raise Forbidden("O17", _("Only a supervisor gives orders to somebody else. You can take them over."))
    if owner_role not in OWNERS:
        raise DomainError(
            "O17", _("Orders belong to agents and supervisors. Choose one of them."), field="owner"
        )
