"""The tables of the afterservice app."""

from afterservice.models.clocks import Clock, ClockPolicy
from afterservice.models.conditions import AcceptCondition
from afterservice.models.evidence import Evidence
from afterservice.models.returns import ReturnAddress, UnmatchedReturn
from afterservice.models.tickets import Ticket, TicketLine, TicketMessage, TicketPayment

__all__ = [
    "AcceptCondition",
    "Clock",
    "ClockPolicy",
    "Evidence",
    "ReturnAddress",
    "Ticket",
    "TicketLine",
    "TicketMessage",
    "TicketPayment",
    "UnmatchedReturn",
]
