"""The tables of the orders app."""

from orders.models.bulk import BulkRow, BulkRun
from orders.models.carrier_bills import CarrierBill, CarrierBillLine
from orders.models.changes import ChangeNotice, LinkSettlement, Refund, RefundLine
from orders.models.chasing import Enquiry, Reminder, UnpaidReason
from orders.models.flags import Flag, Note
from orders.models.goods import Hold, Product, ProductSize, Sku
from orders.models.imports import ImportFile, ImportRejection, ImportRun, WaitingRow
from orders.models.marks import Snooze, Star
from orders.models.orders import Consent, Order, OrderLine
from orders.models.parcels import ExtraGoods, Parcel, ParcelLine, PrintBatch, Slip, TrackingNews
from orders.models.payments import Payment, WaitingPayment
from orders.models.platform import PlatformTask
from orders.models.pricing import OrderTerms, PostageCredit, RefundTask
from orders.models.supply import BuyingRun, BuyingRunLine, Shortage, StockMovement

__all__ = [
    "BulkRow",
    "BulkRun",
    "BuyingRun",
    "BuyingRunLine",
    "CarrierBill",
    "CarrierBillLine",
    "ChangeNotice",
    "Consent",
    "Enquiry",
    "ExtraGoods",
    "Flag",
    "Hold",
    "ImportFile",
    "ImportRejection",
    "ImportRun",
    "LinkSettlement",
    "Note",
    "Order",
    "OrderLine",
    "OrderTerms",
    "Parcel",
    "ParcelLine",
    "Payment",
    "PlatformTask",
    "PostageCredit",
    "PrintBatch",
    "Product",
    "ProductSize",
    "Refund",
    "RefundLine",
    "RefundTask",
    "Reminder",
    "Shortage",
    "Sku",
    "Slip",
    "Snooze",
    "Star",
    "StockMovement",
    "TrackingNews",
    "UnpaidReason",
    "WaitingPayment",
    "WaitingRow",
]
