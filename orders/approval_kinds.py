"""The codes of the kinds of approval that the orders app asks for (P1)."""

LATE_PAYMENT = "late_payment"
PART_PAYMENT = "part_payment"
