"""Keeping canned replies: made, changed, copied, retired; and the set that a new shop starts with (T3)."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.desk import events
from shopdesk.desk.models import CannedReply
from shopdesk.desk.rules.replies import LONGEST_TEXT, LONGEST_TITLE, MOST_REPLIES, Moment, ReplyRequest
from shopdesk.desk.rules.reply_claims import Claim, untagged
from shopdesk.desk.rules.reply_fields import FIELDS, unknown_fields
from shopdesk.desk.starting_replies import STARTING_REPLIES

_FIELDS = ("moment", "title", "title_en", "text", "text_en", "claims")


@transaction.atomic
def make(request: ReplyRequest, *, shared: bool, actor: Staff, now: datetime | None = None) -> CannedReply:
    """Write a reply, for oneself or shared by all (T3).

    Raises ``Forbidden`` (T3) by role, ``Conflict`` (T3) for a title that is taken or too many, ``DomainError`` (T3)
    for an unknown field, and for words that claim something without the tag that says so.
    """
    owner = None if shared else actor
    _require(owner, actor)
    values = checked(request)
    if CannedReply.objects.filter(owner=owner, retired_at=None).count() >= MOST_REPLIES:
        raise Conflict("T3", _("There are 200 replies already: retire some that nobody uses."))
    reply = CannedReply(owner=owner, changed_at=now or clock.now(), changed_by=actor, **values)
    _save(reply)
    audit.record(events.reply_changed("made", reply, {}, _values(reply)), at=reply.changed_at, actor=actor)
    return reply


@transaction.atomic
def change(
    reply_id: int, request: ReplyRequest, *, version: int, actor: Staff, now: datetime | None = None
) -> CannedReply:
    """Change a reply: a new version. Raises as ``make``, and ``VersionConflict`` (T5)."""
    reply = _locked(reply_id, version, actor)
    before = _values(reply)
    for field, value in checked(request).items():
        setattr(reply, field, value)
    if _values(reply) == before:
        raise DomainError("T3", _("Nothing of it is changed."))
    reply.version += 1
    reply.changed_at, reply.changed_by = now or clock.now(), actor
    _save(reply)
    audit.record(
        events.reply_changed("changed", reply, before, _values(reply)), at=reply.changed_at, actor=actor
    )
    return reply


def copy_to_mine(reply_id: int, *, actor: Staff, now: datetime | None = None) -> CannedReply:
    """Copy a shared reply, or a retired one, to one's own (T3). Raises as ``make``, ``DomainError`` (T3) for none."""
    reply = CannedReply.objects.filter(pk=reply_id).first()
    if reply is None or reply.owner_id not in (None, actor.pk):
        raise DomainError("T3", _("There is no such reply."))
    request = ReplyRequest(**{field: getattr(reply, field) for field in _FIELDS})
    return make(request, shared=False, actor=actor, now=now)


@transaction.atomic
def retire(reply_id: int, *, version: int, actor: Staff, now: datetime | None = None) -> CannedReply:
    """Take a reply out of use; what was sent of it stays. Raises as ``change``."""
    reply = _locked(reply_id, version, actor)
    reply.retired_at = now or clock.now()
    reply.save(update_fields=["retired_at"])
    audit.record(events.reply_changed("retired", reply, {}, {}), at=reply.retired_at, actor=actor)
    return reply


def ensure_starting_replies() -> int:
    """Lay down what a new shop starts with, each once: one that was changed or retired stays so (T3).

    A title that the shop gave to a reply of its own is left to it. Answers how many were made.
    """
    now = clock.now()
    known = set(CannedReply.objects.exclude(code="").values_list("code", flat=True))
    taken = set(CannedReply.objects.filter(owner=None, retired_at=None).values_list("title", flat=True))
    missing = [
        CannedReply(code=code, changed_at=now, **checked(request))
        for code, request in STARTING_REPLIES.items()
        if code not in known and request.title not in taken
    ]
    return len(CannedReply.objects.bulk_create(missing, ignore_conflicts=True)) if missing else 0


def checked(request: ReplyRequest) -> dict[str, Any]:
    """The values of a reply that can be kept. Raises ``DomainError`` (T3), naming the field of the form."""
    if request.moment not in Moment.values:
        raise DomainError("T3", _("Choose when the reply is used."), field="moment")
    claims = sorted(set(request.claims))
    if not set(claims) <= set(Claim.values):
        raise DomainError("T3", _("There is no such claim."), field="claims")
    values: dict[str, Any] = {"moment": request.moment, "claims": claims}
    for field, longest in (
        ("title", LONGEST_TITLE),
        ("title_en", LONGEST_TITLE),
        ("text", LONGEST_TEXT),
        ("text_en", LONGEST_TEXT),
    ):
        value = getattr(request, field).strip().replace("\r\n", "\n")
        if not value and not field.endswith("_en"):
            raise DomainError("T3", _("Write a title and the Chinese text."), field=field)
        if len(value) > longest or "\x00" in value:
            raise DomainError("T3", _("At most %(most)s characters.") % {"most": longest}, field=field)
        values[field] = value
    if values["text_en"] and not values["title_en"]:
        values["title_en"] = values["title"]
    for field in ("text", "text_en"):
        _check_fields(values[field], field)
        _check_words(values[field], claims, field)
    return values


def _check_fields(text: str, field: str) -> None:
    unknown = unknown_fields(text)
    if unknown:
        raise DomainError(
            "T3",
            _("There is no field {%(name)s}. The fields are: %(fields)s.")
            % {"name": unknown[0], "fields": " ".join(f"{{{name}}}" for name in FIELDS)},
            field=field,
        )


def _check_words(text: str, claims: list[str], field: str) -> None:
    found = untagged(text, claims)
    if found is not None:
        words, tags = found
        raise DomainError(
            "T3",
            _(
                "The text says “%(words)s”: tick what it claims (%(tags)s), so that it is checked before it is sent."
            )
            % {"words": words, "tags": " / ".join(str(tag.label) for tag in tags)},
            field=field,
        )


def _require(owner: Staff | None, actor: Staff) -> None:
    if not actor.may(Permission.SEE_REPLIES):
        raise Forbidden("T3", _("Your role does not use canned replies."))
    if owner is None and not actor.may(Permission.SHARE_REPLIES):
        raise Forbidden("T3", _("Only a manager changes what is shared by all. Copy it to your own."))


def _locked(reply_id: int, version: int, actor: Staff) -> CannedReply:
    reply = CannedReply.objects.select_for_update().filter(pk=reply_id).first()
    # Another person's own reply is nobody else's business.
    if reply is None or reply.owner_id not in (None, actor.pk):
        raise DomainError("T3", _("There is no such reply."))
    _require(actor if reply.owner_id else None, actor)
    if reply.retired_at is not None:
        raise Conflict("T3", _("The reply is retired. Copy it to your own, or write it anew."))
    if reply.version != version:
        raise VersionConflict(
            "T5", _("Somebody changed this reply meanwhile. Look at it as it is now, then try again.")
        )
    return reply


def _save(reply: CannedReply) -> None:
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as error:
        raise Conflict("T3", _("Another reply has this title."), field="title") from error


def _values(reply: CannedReply) -> dict[str, Any]:
    return {field: getattr(reply, field) for field in _FIELDS} | {"shared": reply.owner_id is None}
