"""A save over somebody else's change: both versions side by side, and how it can still be saved (T5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shopdesk.base import clock
from shopdesk.base.errors import VersionConflict
from shopdesk.base.forms import DeskForm
from shopdesk.base.models import AuditEntry, Staff

# What was changed since is told up to here, newest first.
CHANGES_TOLD = 5
LONGEST_VALUE = 120
# The page says when it was rendered; an entry carries the moment at which its transaction began.
SHOWN_AT = "X-Shown-At"
SLACK = timedelta(seconds=2)
# The whole form as it was sent, to be sent again over what stands now.
RESEND = "resend"


@dataclass(frozen=True)
class Change:
    """What somebody changed since: when, who, in words."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True)
class Field:
    """One field of the form: what was typed, and what stands now."""

    label: str
    typed: str
    stands: str


@dataclass(frozen=True)
class Clash:
    """Both versions. ``resend`` sends the form again over the other change; empty where that cannot be."""

    changes: Sequence[Change]
    fields: Sequence[Field]
    page: str
    draft: str = ""
    resend: str = ""

    @property
    def stands_known(self) -> bool:
        """Whether the subject holds a value of its own for any field of the form."""
        return any(field.stands for field in self.fields)


Words = Callable[[Sequence[AuditEntry], Staff], Sequence[str]]
_words: dict[str, Words] = {}


def register(subject_kind: str, words: Words) -> None:
    """Give words to the log of a kind of subject, as its own page says them. Called once, from an app's ``ready``."""
    _words[subject_kind] = words


def in_words(subject_kind: str, entries: Sequence[AuditEntry], staff: Staff) -> Sequence[str]:
    """Entries of one kind of subject as its own page says them, else the fields that they changed."""
    return _words.get(subject_kind, _plain_words)(entries, staff)


def read_clash(
    refusal: VersionConflict,
    request: HttpRequest,
    staff: Staff,
    *,
    form: DeskForm | None,
    standing: Mapping[str, Any],
    page: str,
    draft: str = "",
) -> Clash:
    """What the page shows of a conflict: two statements."""
    return Clash(
        changes=_changes(refusal.subject, request, staff) if refusal.subject else [],
        fields=_fields(form, standing) if form else [],
        page=page,
        draft=draft,
        resend=_resend(request, refusal) if refusal.stands and not request.FILES else "",
    )


def resent(request: HttpRequest) -> QueryDict | None:
    """The form that is sent again over another change, where it is one."""
    whole = request.POST.get(RESEND)
    return QueryDict(whole) if whole else None


def _resend(request: HttpRequest, refusal: VersionConflict) -> str:
    whole = request.POST.copy()
    whole.pop("csrfmiddlewaretoken", None)
    for name, value in refusal.stands.items():
        whole[name] = "" if value is None else str(value)
    return whole.urlencode()


def _changes(subject: tuple[str, str], request: HttpRequest, staff: Staff) -> list[Change]:
    kind, number = subject
    log = AuditEntry.objects.filter(subject_kind=kind, subject_id=number).select_related("actor")
    found = list(log.order_by("-at", "-pk")[:CHANGES_TOLD])
    since = _shown_at(request)
    # Where the page does not say when it was rendered, the last change is the one that counts.
    entries = [entry for entry in found if since and entry.at >= since] or found[:1]
    entries = [entry for entry in entries if entry.actor_id != staff.pk] or entries
    return [
        Change(entry.at, str(entry.actor or AuditEntry.Origin(entry.origin).label), text)
        for entry, text in zip(entries, in_words(kind, entries, staff), strict=True)
    ]


def _shown_at(request: HttpRequest) -> datetime | None:
    try:
        return clock.parse(request.headers.get(SHOWN_AT, "")) - SLACK
    except ValueError:
        return None


def _plain_words(entries: Sequence[AuditEntry], staff: Staff) -> list[str]:
    return [
        "; ".join(
            f"{name}: {_shown(entry.before.get(name))} → {_shown(value)}"
            for name, value in entry.after.items()
            if entry.before.get(name) != value
        )
        or entry.action
        for entry in entries
    ]


def _fields(form: DeskForm, standing: Mapping[str, Any]) -> list[Field]:
    shown = []
    for bound in form:
        if bound.is_hidden or not bound.label or (not bound.data and bound.name not in standing):
            continue
        choices = dict(getattr(bound.field, "choices", ()))
        typed, stands = (_shown(value, choices) for value in (bound.data, standing.get(bound.name)))
        shown.append(Field(str(bound.label), typed, stands if bound.name in standing else ""))
    return shown


def _shown(value: Any, choices: Mapping[Any, str | Promise] | None = None) -> str:
    """A value as people read it."""
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one, choices) for one in value) or "—"
    for code, name in (choices or {}).items():
        if str(code) == str(value) and value not in (None, ""):
            return str(name)
    if isinstance(value, bool) or value == "on":
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if value in (None, ""):
        return "—"
    return (
        str(localize(value)).replace("T", " ")[:LONGEST_VALUE]
        if _is_time(value)
        else str(value)[:LONGEST_VALUE]
    )


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and len(value) in (16, 19) and value[10:11] == "T"
