"""Addresses of the calls about orders."""

from django.urls import path

from orders import converters  # noqa: F401 (the addresses name them)
from orders.api import actions, examples, orders, quoting, warehouse  # noqa: F401 (examples are for the schema)
from shopdesk.api import converters as rows  # noqa: F401 (they too)

urlpatterns = [
    path("orders/", orders.OrdersCall.as_view(), name="orders"),
    path("quotes/", quoting.QuotesCall.as_view(), name="quotes"),
    path("change-notices/", warehouse.NoticesCall.as_view(), name="notices"),
    path(
        "change-notices/<row:pk>/acknowledge/", warehouse.AcknowledgeCall.as_view(), name="notice-acknowledge"
    ),
    path("orders/<tid:tid>/", orders.OrderCall.as_view(), name="order"),
    path("orders/<tid:tid>/payments/", actions.PaymentsCall.as_view(), name="order-payments"),
    path("orders/<tid:tid>/close/", actions.CloseCall.as_view(), name="order-close"),
    path("orders/<tid:tid>/drop-lines/", actions.DropLinesCall.as_view(), name="order-drop-lines"),
    path("orders/<tid:tid>/price/", actions.PriceCall.as_view(), name="order-price"),
    path("orders/<tid:tid>/change-sku/", actions.ChangeSkuCall.as_view(), name="order-change-sku"),
    path(
        "orders/<tid:tid>/change-address/", actions.ChangeAddressCall.as_view(), name="order-change-address"
    ),
    path("orders/<tid:tid>/flag/", actions.FlagCall.as_view(), name="order-flag"),
    path("orders/<tid:tid>/notes/", actions.NotesCall.as_view(), name="order-notes"),
    path("orders/<tid:tid>/refund/", actions.RefundCall.as_view(), name="order-refund"),
    path("orders/<tid:tid>/finish/", actions.FinishCall.as_view(), name="order-finish"),
    path("orders/<tid:tid>/parcels/", warehouse.ParcelsCall.as_view(), name="parcels"),
    *(
        path(f"orders/<tid:tid>/parcels/<row:number>/{action}/", view.as_view(), name=f"parcel-{action}")
        for action, view in {
            "print": warehouse.PrintCall,
            "pack": warehouse.PackCall,
            "ship": warehouse.ShipCall,
            "pull": warehouse.PullCall,
        }.items()
    ),
]
