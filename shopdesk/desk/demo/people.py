"""Made-up buyers."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from shopdesk.desk.demo.places import make_address
from shopdesk.desk.demo.words import (
    BUYERS_PER_RARE_WORD,
    GIVEN_NAMES,
    LATIN_NICKS,
    NICK_VERBS,
    NICK_WORDS,
    RARE_NICK_WORDS,
    SURNAMES,
)

# Zipf-like: word n is about 1/n as common as the first, never below a hundredth of it.
_CUMULATIVE = [0.0]
for _rank in range(len(NICK_WORDS)):
    _CUMULATIVE.append(_CUMULATIVE[-1] + 1 / (_rank + 3))
_CUMULATIVE = _CUMULATIVE[1:]


class Person(NamedTuple):
    """A buyer and their receiver. ``number`` makes the end of their order numbers, as Taobao's does."""

    nick: str | None
    name: str
    mobile: str
    state: str
    address: str
    number: int


def make_people(random: Random, count: int, taken: set[str] | None = None) -> list[Person]:
    """``count`` buyers with nicks of their own, none of which is in ``taken``."""
    nicks = set(taken or ())
    people = []
    for number in range(count):
        nick = _nick(random, number)
        while nick in nicks:
            nick = f"{nick}{random.randint(0, 99)}"
        nicks.add(nick)
        people.append(make_person(random, nick, number))
    return people


def make_person(random: Random, nick: str | None, number: int, state: str | None = None) -> Person:
    """A buyer of that nick; ``state`` decides where they live, else chance does.

    Mobile numbers begin with 13800, so that nobody takes them for somebody's.
    """
    address = make_address(random, state)
    name = random.choice(SURNAMES) + random.choice(GIVEN_NAMES)
    # Neighbours in the list get numbers far apart: 7919 has no divisor in common with a million.
    mobile = f"13800{(number * 7919 + 4271) % 1_000_000:06d}"
    return Person(nick, name, mobile, address.state, address.text, number)


def _nick(random: Random, number: int) -> str:
    if number < len(RARE_NICK_WORDS) * BUYERS_PER_RARE_WORD:
        return RARE_NICK_WORDS[number % len(RARE_NICK_WORDS)] + random.choice(NICK_WORDS)
    first, second = random.choices(NICK_WORDS, cum_weights=_CUMULATIVE, k=2)
    form = random.randrange(8)
    if form < 2:
        return first + second
    if form == 2:
        return f"{first}的{second}"
    if form == 3:
        return f"{random.choice(NICK_VERBS)}{first}的{second}"
    if form == 4:
        return f"{first}{second}{random.randint(1975, 2012)}"
    if form == 5:
        return f"{first}妈妈_{second}"
    if form == 6:
        return f"tb{random.randint(10_000_000, 999_999_999)}"
    return f"{random.choice(LATIN_NICKS)}_{first}{random.randint(1, 99)}"
