"""The tables of the orders app."""

from orders.models.flags import Flag, Note
from orders.models.goods import Hold, Product, Sku
from orders.models.imports import ImportFile, ImportRejection, ImportRun, WaitingRow
from orders.models.orders import Consent, Order, OrderLine
from orders.models.payments import Payment
from orders.models.platform import PlatformTask
from orders.models.pricing import OrderTerms, PostageCredit, RefundTask

__all__ = [
    "Consent",
    "Flag",
    "Hold",
    "ImportFile",
    "ImportRejection",
    "ImportRun",
    "Note",
    "Order",
    "OrderLine",
    "OrderTerms",
    "Payment",
    "PlatformTask",
    "PostageCredit",
    "Product",
    "RefundTask",
    "Sku",
    "WaitingRow",
]
