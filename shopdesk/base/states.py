"""Transition tables: which moves a subject may make, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import Conflict


@dataclass(frozen=True)
class TransitionTable:
    """The allowed moves of one kind of subject: ``moves[move][from_state] == to_state``.

    ``state_name`` gives the word for a state that people know.
    """

    rule: str
    moves: Mapping[str, Mapping[str, str]]
    state_name: Callable[[str], str | Promise] = str

    def target(self, move: str, state: str) -> str | None:
        """The state that ``move`` leads to from ``state``, or ``None`` where it is not allowed."""
        return self.moves[move].get(state)

    def require(self, move: str, state: str) -> str:
        """Like ``target``, but raises ``Conflict`` with the table's rule where the move is not allowed."""
        if (target := self.target(move, state)) is None:
            raise Conflict(
                self.rule,
                _("This is not possible in the state “%(state)s”. Reload the page to see how it stands now.")
                % {"state": self.state_name(state)},
            )
        return target

    def possible(self, state: str) -> frozenset[str]:
        """The moves that may be made from ``state``."""
        return frozenset(move for move, steps in self.moves.items() if state in steps)
