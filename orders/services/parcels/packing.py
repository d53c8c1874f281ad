"""Packing many printed parcels by hand: a result for every one (F1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders.services.parcels.locks import require_warehouse
from orders.services.parcels.stages import pack
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

MOST = 200


@dataclass(frozen=True)
class Chosen:
    """A parcel that was ticked, as the page showed it (T5)."""

    parcel: int
    version: int | None = None


@dataclass(frozen=True)
class PackResult:
    """What became of a parcel: packed, or refused with its reason."""

    parcel: int
    refusal: DomainError | None = None


def pack_parcels(chosen: Iterable[Chosen], *, actor: Staff, now: datetime | None = None) -> list[PackResult]:
    """Pack each of these parcels in a transaction of its own; what is refused keeps none of the others.

    Raises ``Forbidden`` (F1) by role, ``DomainError`` (F1) for no parcel or more than 200 at once. The result of
    each names what ``pack`` refuses.
    """
    require_warehouse(actor)
    asked = list({one.parcel: one for one in chosen}.values())
    if not asked:
        raise DomainError("F1", _("Choose at least one parcel to pack."))
    if len(asked) > MOST:
        raise DomainError("F1", _("Choose %(most)s parcels at most at a time.") % {"most": MOST})
    now = now or clock.now()
    return [_pack(one, actor, now) for one in asked]


def _pack(one: Chosen, actor: Staff, now: datetime) -> PackResult:
    try:
        pack(one.parcel, version=one.version, actor=actor, now=now)
    except DomainError as refusal:
        return PackResult(one.parcel, refusal)
    return PackResult(one.parcel)
