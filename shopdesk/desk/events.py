"""What happens to promises and handovers, as audit facts: one function per fact (D4)."""

from typing import Any

from shopdesk.base.audit import Fact
from shopdesk.desk.models import Handover, HandoverLine, Promise


def promised(promise: Promise) -> Fact:
    """A promise to a buyer; the words stay in its row."""
    after = {"promise": promise.pk, "note": promise.note_id, "due_at": promise.due_at.isoformat()}
    return Fact("promise.made", "order", promise.order_id, {}, after)


def promise_ended(promise: Promise) -> Fact:
    """It was kept, broken or dropped."""
    after = {"promise": promise.pk, "status": promise.status}
    return Fact("promise.ended", "order", promise.order_id, {"status": Promise.Status.OPEN}, after)


def promise_moved(promise: Promise, before: int) -> Fact:
    """Somebody else keeps it now."""
    after = {"promise": promise.pk, "keeper": promise.keeper_id}
    return Fact("promise.moved", "order", promise.order_id, {"keeper": before}, after)


def handed_over(handover: Handover, lines: int) -> Fact:
    """A packet was handed over."""
    after = {"day": str(handover.day), "shift": handover.shift, "lines": lines}
    return Fact("handover.given", "handover", str(handover.pk), {}, after)


def line_accepted(line: HandoverLine) -> Fact:
    """Somebody of the next shift took a line over."""
    return _of_line("handover.accepted", line, {"accepted_by": line.accepted_by_id})


def line_questioned(line: HandoverLine) -> Fact:
    """Somebody asked back."""
    return _of_line("handover.questioned", line, {"asked_by": line.asked_by_id})


def line_answered(line: HandoverLine) -> Fact:
    """Whoever handed over answered."""
    return _of_line("handover.answered", line, {})


def line_escalated(line: HandoverLine) -> Fact:
    """Nobody accepted it in time: it is with the supervisors."""
    return _of_line("handover.escalated", line, {})


def _of_line(action: str, line: HandoverLine, after: dict[str, Any]) -> Fact:
    return Fact(action, "handover", str(line.handover_id), {}, {"line": line.pk, **after})
