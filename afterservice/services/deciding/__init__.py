"""Deciding a request, and what may become of a decision (A5, A14): every write of it."""

from afterservice.services.deciding.accepting import accept, accept_by_default
from afterservice.services.deciding.amending import amend, reopen, set_received_time, withdraw
from afterservice.services.deciding.by_condition import accept_by_condition
from afterservice.services.deciding.exceptions import ask_exception, take_back
from afterservice.services.deciding.platform import rule, step_in
from afterservice.services.deciding.refusing import refuse
from afterservice.services.deciding.undoing import undo

__all__ = [
    "accept",
    "accept_by_condition",
    "accept_by_default",
    "amend",
    "ask_exception",
    "refuse",
    "reopen",
    "rule",
    "set_received_time",
    "step_in",
    "take_back",
    "undo",
    "withdraw",
]
