"""The codes of the kinds of approval that the orders app asks for (P1)."""

LATE_PAYMENT = "late_payment"
PART_PAYMENT = "part_payment"
SPECIAL_PRICE = "special_price"
POSTAGE_WAIVER = "postage_waiver"
FREE_SPLIT = "free_split"
