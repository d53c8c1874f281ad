"""The codes of what supervisors are asked about tickets' money (P1); known to services and to their words."""

REFUND_ABOVE_LIMIT = "refund_above_limit"
COMPENSATION = "compensation"
