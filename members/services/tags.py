"""The shop's tags for buyers: the manager keeps the legend, agents put them on (N6)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import Buyer, BuyerTag, TaggedBuyer
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

# What fits beside a nick, and what somebody can keep in mind.
MOST_TAGS = 20
MOST_ON_A_BUYER = 5


@transaction.atomic
def make_tag(name: str, colour: str, meaning: str, *, actor: Staff, now: datetime | None = None) -> BuyerTag:
    """Add a tag to the legend. Raises ``Forbidden`` (N6) by role, ``DomainError`` (N6) for what cannot be kept."""
    _check_manager(actor)
    name, meaning = _checked(name, colour, meaning)
    # Every tag is locked, so that two managers neither pass the most nor take one name.
    others = list(BuyerTag.objects.select_for_update())
    if any(other.name == name for other in others):
        raise DomainError("N6", _("There is a tag of this name already."), field="name")
    if sum(other.retired_at is None for other in others) >= MOST_TAGS:
        raise DomainError("N6", _("There are %(most)s tags: retire one first.") % {"most": MOST_TAGS})
    tag = BuyerTag.objects.create(name=name, colour=colour, meaning=meaning)
    _tell("buyer_tag.made", tag, {}, _values(tag), actor, now)
    return tag


@transaction.atomic
def change_tag(
    tag_id: int,
    name: str,
    colour: str,
    meaning: str,
    *,
    retired: bool,
    version: int,
    actor: Staff,
    now: datetime | None = None,
) -> BuyerTag:
    """Say a tag anew, retire it or take it back; it stays on the buyers that have it.

    Raises as ``make_tag``, and ``VersionConflict`` (T5) when somebody else changed it since ``version``.
    """
    _check_manager(actor)
    name, meaning = _checked(name, colour, meaning)
    now = now or clock.now()
    tags = {tag.pk: tag for tag in BuyerTag.objects.select_for_update()}
    tag = tags.get(tag_id)
    if tag is None:
        raise DomainError("N6", _("There is no such tag."))
    if tag.version != version:
        raise VersionConflict("T5", _("Somebody changed this tag meanwhile. Look at it, then try again."))
    if any(other.name == name for other in tags.values() if other is not tag):
        raise DomainError("N6", _("There is a tag of this name already."), field="name")
    before = _values(tag)
    tag.name, tag.colour, tag.meaning = name, colour, meaning
    tag.retired_at = (tag.retired_at or now) if retired else None
    after = _values(tag)
    changed = {key for key in after if after[key] != before[key]}
    if changed:
        tag.version += 1
        tag.save()
        old, new = ({key: values[key] for key in sorted(changed)} for values in (before, after))
        _tell("buyer_tag.changed", tag, old, new, actor, now)
    return tag


@transaction.atomic
def put_tag(nick: str, tag_id: int, *, actor: Staff, now: datetime | None = None) -> BuyerTag:
    """Put a tag on a buyer; once is enough.

    Raises ``Forbidden`` (N6) by role, ``DomainError`` (N6) for a tag that is retired or unknown, past
    ``MOST_ON_A_BUYER``, and (M1) for no such buyer.
    """
    _lock_buyer(nick, actor)
    tag = BuyerTag.objects.filter(pk=tag_id, retired_at__isnull=True).first()
    if tag is None:
        raise DomainError("N6", _("This tag is not in use any more: choose another one."), field="tag")
    on = TaggedBuyer.objects.filter(buyer=nick)
    if on.filter(tag=tag).exists():
        return tag
    if on.count() >= MOST_ON_A_BUYER:
        raise DomainError(
            "N6",
            _("A buyer has %(most)s tags at most: take one off first.") % {"most": MOST_ON_A_BUYER},
            field="tag",
        )
    now = now or clock.now()
    TaggedBuyer.objects.create(buyer_id=nick, tag=tag, put_by=actor, put_at=now)
    audit.record(Fact("buyer.tagged", "member", nick, {}, {"tag": tag.name}), at=now, actor=actor)
    return tag


@transaction.atomic
def take_tag(nick: str, tag_id: int, *, actor: Staff, now: datetime | None = None) -> None:
    """Take a tag off a buyer; one that is off is no error. Raises ``Forbidden`` (N6), ``DomainError`` (M1)."""
    _lock_buyer(nick, actor)
    mark = TaggedBuyer.objects.select_related("tag").filter(buyer=nick, tag=tag_id).first()
    if mark is not None:
        mark.delete()
        fact = Fact("buyer.untagged", "member", nick, {"tag": mark.tag.name}, {})
        audit.record(fact, at=now or clock.now(), actor=actor)


def _lock_buyer(nick: str, actor: Staff) -> None:
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("N6", _("Your role does not tag buyers."))
    if not Buyer.objects.select_for_update().filter(pk=nick).exists():
        raise DomainError("M1", _("There is no such buyer."))


def _check_manager(actor: Staff) -> None:
    if not actor.may(Permission.ADMINISTER):
        raise Forbidden("N6", _("Only a manager changes the tags of the shop."))


def _checked(name: str, colour: str, meaning: str) -> tuple[str, str]:
    name, meaning = (" ".join(text.replace("\x00", "").split()) for text in (name, meaning))
    if not name or len(name) > 12:
        raise DomainError("N6", _("A tag is a word of 12 characters at most."), field="name")
    if not meaning or len(meaning) > 120:
        raise DomainError("N6", _("Say what the tag means, in 120 characters at most."), field="meaning")
    if colour not in BuyerTag.Colour.values:
        raise DomainError("N6", _("Choose one of the colours."), field="colour")
    return name, meaning


def _values(tag: BuyerTag) -> dict[str, str | bool]:
    retired = tag.retired_at is not None
    return {"name": tag.name, "colour": tag.colour, "meaning": tag.meaning, "retired": retired}


def _tell(
    action: str,
    tag: BuyerTag,
    before: dict[str, str | bool],
    after: dict[str, str | bool],
    actor: Staff,
    now: datetime | None,
) -> None:
    audit.record(Fact(action, "buyer_tag", str(tag.pk), before, after), at=now or clock.now(), actor=actor)
