"""The address that goods are sent back to: kept by a manager, every change of it on record (A7)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import goods as facts
from afterservice.models import ReturnAddress
from afterservice.services.locks import require_role
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

LONGEST_ADDRESS = 300


@transaction.atomic
def change_return_address(
    text: str, *, seen: int | None, actor: Staff, now: datetime | None = None
) -> ReturnAddress:
    """Keep another return address; whoever was told one before keeps it in their ticket's log (A7).

    ``seen`` is the row that the page showed. Raises ``Forbidden`` (A7) by role, ``DomainError`` (A7) for none,
    for one that is too long or as it is, ``VersionConflict`` (T5) where somebody changed it since.
    """
    require_role("A7", actor, Permission.CHANGE_POLICIES)
    now = now or clock.now()
    text = " ".join(text.split())
    if not text:
        raise DomainError("A7", _("Enter the address, with name and phone."), field="text")
    if len(text) > LONGEST_ADDRESS or "\x00" in text:
        raise DomainError("A7", _("A return address holds 300 characters."), field="text")
    # Managers at the same moment: the rows are locked, newest first, and the first one wins.
    newest = ReturnAddress.objects.select_for_update().order_by("-valid_from", "-pk").first()
    if seen != (newest.pk if newest else None):
        raise VersionConflict(
            "T5",
            _("Somebody changed this address since you opened it. Look at it again."),
            subject=("return_address", str(newest.pk)) if newest else None,
            stands={"seen": newest.pk if newest else None},
        )
    if newest is not None and newest.text == text:
        raise DomainError("A7", _("That is the address already."), field="text")
    address = ReturnAddress.objects.create(text=text, valid_from=now, changed_by=actor)
    audit.record(facts.return_address_changed(address), at=now, actor=actor)
    return address
