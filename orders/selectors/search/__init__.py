"""Searching orders (O3): each key has its index, and each statement is bounded however broad the word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orders.rules.search import Key, Term, keys_to_try
from orders.selectors.scope import Place, Scope
from orders.selectors.search import notes, numbers, words


@dataclass(frozen=True)
class Found:
    """What a search found, and by which key; ``assumed`` is the key that the term looked like."""

    places: list[Place]
    key: Key
    assumed: Key


FINDERS: Mapping[Key, Callable[[Term, Scope], list[Place]]] = {
    Key.TID: numbers.by_tid,
    Key.TRACKING: numbers.by_tracking,
    Key.PHONE: numbers.by_phone,
    Key.PHONE_END: numbers.by_phone_end,
    Key.SKU: numbers.by_sku,
    Key.NICK: words.by_nick,
    Key.TITLE: words.by_title,
    Key.RECEIVER: words.by_receiver,
    Key.NOTE: notes.by_note,
}


def find(term: Term, scope: Scope, *, allowed: frozenset[Key], by: Key | None = None) -> Found:
    """Look for a term by the key given, else by the one it looks like, else by the others in a fixed order."""
    if by is not None and by in allowed:
        return Found(FINDERS[by](term, scope), by, by)
    tried = keys_to_try(term, allowed)
    for key in tried:
        if found := FINDERS[key](term, scope):
            return Found(found, key, tried[0])
    return Found([], tried[0], tried[0])
