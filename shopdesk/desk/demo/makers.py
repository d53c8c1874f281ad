"""The makers of one made-up shop, working together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any

from shopdesk.desk.demo.catalogue import Catalogue
from shopdesk.desk.demo.drafts import Draft, Drafter
from shopdesk.desk.demo.histories import Historian
from shopdesk.desk.demo.people import Person
from shopdesk.desk.demo.remarks import Annotator
from shopdesk.desk.demo.staff import Crew

NOTED_SHARE = 0.3


class Workshop:
    """Makes orders with notes, flags and histories, and keeps them until they are written."""

    def __init__(self, random: Random, catalogue: Catalogue, crew: Crew, now: datetime, prefix: str) -> None:
        self.random = random
        self.catalogue = catalogue
        self.crew = crew
        self.now = now
        self.drafter = Drafter(random, catalogue, now, prefix)
        self.drafts: list[Draft] = []
        self._annotator = Annotator(random, crew, now, NOTED_SHARE)
        self._historian = Historian(random, crew, now)

    def make(self, person: Person, created: datetime, *, is_noted: bool = True, **wishes: Any) -> Draft:
        """An order with its history; ``wishes`` go to ``Drafter.draft``."""
        draft = self.drafter.draft(person, created.replace(microsecond=0), **wishes)
        if is_noted:
            self._annotator.annotate(draft)
        self._historian.tell(draft)
        self.drafts.append(draft)
        return draft

    def by_time(self) -> Iterable[Draft]:
        """All orders made so far, the oldest first."""
        return sorted(self.drafts, key=lambda draft: (draft.order.created, draft.order.tid))
