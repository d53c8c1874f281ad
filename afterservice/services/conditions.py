"""Laying down conditions under which a request is accepted at once, trying and switching them (A14)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import AcceptCondition
from afterservice.rules.conditions import TRIAL_HOLDS, ConditionTerms
from afterservice.rules.kinds import TicketKind
from afterservice.selectors.conditions import Trial, dry_run, terms_of
from orders.rules.products import ProductKind
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

LONGEST_NAME = 60


@dataclass(frozen=True)
class ConditionRequest:
    """A condition as a manager lays it down."""

    name: str
    terms: ConditionTerms


@transaction.atomic
def make(request: ConditionRequest, *, actor: Staff, now: datetime | None = None) -> AcceptCondition:
    """Lay down a condition; it decides nothing before it was tried and switched on (A14).

    Raises ``Forbidden`` (A14) by role, ``DomainError`` (A14) for one that cannot be, ``Conflict`` (A14) for a name
    that another one has.
    """
    _require_manager(actor)
    now = now or clock.now()
    name = _check(request)
    row = AcceptCondition(name=name, made_by=actor, made_at=now, **asdict(request.terms))
    _save(row)
    audit.record(events.condition("made", row, {}, _values(row)), at=now, actor=actor)
    return row


@transaction.atomic
def change(
    condition_id: int,
    request: ConditionRequest,
    *,
    version: int,
    actor: Staff,
    now: datetime | None = None,
) -> AcceptCondition:
    """Change a condition: a new version, which is switched off until it was tried itself (A14).

    Raises as ``make``, and ``VersionConflict`` (T5).
    """
    row = _locked(condition_id, version, actor)
    now = now or clock.now()
    name = _check(request)
    before = _values(row)
    row.name = name
    for field, value in asdict(request.terms).items():
        setattr(row, field, value)
    if _values(row) == before:
        raise DomainError("A14", _("Nothing of it is changed."))
    row.version += 1
    row.active = False
    _save(row)
    audit.record(events.condition("changed", row, before, _values(row)), at=now, actor=actor)
    return row


@transaction.atomic
def try_out(condition_id: int, *, version: int, actor: Staff, now: datetime | None = None) -> Trial:
    """Try this version of a condition on last month's tickets, and keep that it was tried (A14).

    Raises ``Forbidden`` (A14) by role, ``VersionConflict`` (T5).
    """
    row = _locked(condition_id, version, actor)
    now = now or clock.now()
    trial = dry_run(row, now=now)
    row.tried_at, row.tried_version = now, row.version
    row.save(update_fields=["tried_at", "tried_version"])
    figures = {"asked": trial.asked, "would_accept": len(trial.accepted), "refused_then": trial.refused}
    audit.record(events.condition("tried", row, {}, {"version": row.version, **figures}), at=now, actor=actor)
    return trial


@transaction.atomic
def switch_on(
    condition_id: int, *, version: int, actor: Staff, now: datetime | None = None
) -> AcceptCondition:
    """Let a condition decide from now on (A14).

    Raises ``Forbidden`` (A14) by role, ``VersionConflict`` (T5), ``Conflict`` (A14) unless this very version was
    tried within the last week, or where it is on already.
    """
    row = _locked(condition_id, version, actor)
    now = now or clock.now()
    if row.active:
        raise Conflict("A14", _("The condition is switched on already."))
    if row.tried_version != row.version or row.tried_at is None:
        raise Conflict("A14", _("Try the condition as it is now on last month's tickets first."))
    if now - row.tried_at > TRIAL_HOLDS:
        raise Conflict("A14", _("The trial is older than a week: try it on last month's tickets again."))
    return _switch(row, True, actor=actor, now=now)


@transaction.atomic
def switch_off(
    condition_id: int, *, version: int, actor: Staff, now: datetime | None = None
) -> AcceptCondition:
    """Let a condition decide nothing any more; what it decided stands (A14). Raises as ``switch_on``."""
    row = _locked(condition_id, version, actor)
    if not row.active:
        raise Conflict("A14", _("The condition is switched off already."))
    return _switch(row, False, actor=actor, now=now or clock.now())


def _switch(row: AcceptCondition, active: bool, *, actor: Staff, now: datetime) -> AcceptCondition:
    row.active = active
    row.save(update_fields=["active"])
    action = "switched_on" if active else "switched_off"
    audit.record(
        events.condition(action, row, {"active": not active}, {"active": active, "version": row.version}),
        at=now,
        actor=actor,
    )
    return row


def _require_manager(actor: Staff) -> None:
    if not actor.may(Permission.CHANGE_POLICIES):
        raise Forbidden("A14", _("Only a manager lays down conditions."))


def _locked(condition_id: int, version: int, actor: Staff) -> AcceptCondition:
    _require_manager(actor)
    row = AcceptCondition.objects.select_for_update().filter(pk=condition_id).first()
    if row is None:
        raise DomainError("A14", _("There is no such condition."))
    if row.version != version:
        raise VersionConflict(
            "T5",
            _("Somebody changed this condition meanwhile. Look at it as it is now, then try again."),
            subject=("accept_condition", str(row.pk)),
            stands={"version": row.version},
        )
    return row


def _check(request: ConditionRequest) -> str:
    terms, name = request.terms, request.name.strip()
    if not name:
        raise DomainError("A14", _("Give the condition a name: each decision by it names it."), field="name")
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise DomainError("A14", _("A name holds 60 characters."), field="name")
    if terms.kind not in TicketKind.values:
        raise DomainError("A14", _("Choose what is asked for."), field="kind")
    if terms.product_kind and terms.product_kind not in ProductKind.values:
        raise DomainError("A14", _("There is no such kind of product."), field="product_kind")
    if terms.stage and terms.stage not in AcceptCondition.Stage.values:
        raise DomainError("A14", _("There is no such stage."), field="stage")
    for field, amount in (("amount_up_to", terms.amount_up_to), ("tier_from", terms.tier_from)):
        if amount is not None and amount <= 0:
            raise DomainError("A14", _("An amount is above zero; leave it empty for any."), field=field)
    return name


def _save(row: AcceptCondition) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict("A14", _("Another condition has this name."), field="name") from error


def _values(row: AcceptCondition) -> dict[str, Any]:
    values = {"name": row.name, **asdict(terms_of(row))}
    return {
        field: str(value) if field in ("amount_up_to", "tier_from") and value is not None else value
        for field, value in values.items()
    }
