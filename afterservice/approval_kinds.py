"""The codes of what supervisors are asked about tickets (P1); known to services and to their words."""

AFTER_SALE_EXCEPTION = "after_sale_exception"
STYLE_EXCHANGE = "style_exchange"
REFUND_ABOVE_LIMIT = "refund_above_limit"
COMPENSATION = "compensation"
