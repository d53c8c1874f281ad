"""What the kinds of approval do when they are decided: each app registers its own (P1)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from shopdesk.base.models import Approval, Staff

Decide = Callable[[Approval, Staff, datetime], None]


@dataclass(frozen=True)
class ChangeWords:
    """One thing that a request would change, for people: what, as it is, as it would be (P2).

    ``money`` hides it from roles that see no prices (T1).
    """

    label: str | Promise
    before: str
    after: str = ""
    money: bool = False


Words = Callable[[Approval], list[ChangeWords]]


@dataclass(frozen=True)
class ApprovalKind:
    """A kind of request.

    ``approve`` and ``refuse`` run inside the deciding transaction, after the subject was locked and its
    version compared; each runs every check of its service again (P2). ``version_of`` locks the subject and
    answers its present version, or ``None`` when it is gone; ``versions_of`` reads those of many subjects with one
    statement and no lock, without the ones that are gone. ``renew`` runs when a request that the desk made
    itself has lapsed, and may ask again. ``dropped`` runs when a request ended undecided, because its subject changed
    or it was taken back, so that a subject that shows "with a supervisor" does so no more; the subject is
    locked. ``words`` says before and after in the present language.
    """

    code: str
    title: str | Promise
    approve_label: str | Promise
    refuse_label: str | Promise
    version_of: Callable[[str], int | None]
    words: Words
    approve: Decide
    refuse: Decide | None = None
    renew: Callable[[str, datetime], None] | None = None
    dropped: Callable[[Approval, Staff | None, datetime], None] | None = None
    versions_of: Callable[[Collection[str]], Mapping[str, int]] | None = None


_kinds: dict[str, ApprovalKind] = {}


def register(kind: ApprovalKind) -> None:
    """Make a kind known. Called once, from the app's ``ready``."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> ApprovalKind:
    """The registered kind; raises ``KeyError`` for an unknown one."""
    return _kinds[code]
