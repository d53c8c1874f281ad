"""Every address of the desk."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    # First: programs call often, and what comes before is tried for each call.
    path("api/", include("shopdesk.api_urls")),
    path("", include("shopdesk.desk.urls")),
    path("tickets/", include("afterservice.urls")),
    path("orders/", include("orders.urls")),
    path("reports/carrier-bill/", include("orders.carrier_bill_urls")),
    path("", include("orders.delivery_urls")),
    path("", include("orders.stock_urls")),
    path("team/", include("orders.chasing_urls")),
    path("products/", include("orders.product_urls")),
    path("warehouse/notices/", include("orders.notice_urls")),
    path("warehouse/returns/", include("afterservice.warehouse_urls")),
    path("warehouse/", include("orders.warehouse_urls")),
    path("admin/", admin.site.urls),
]

handler400 = "shopdesk.desk.views.errors.bad_request"
handler403 = "shopdesk.desk.views.errors.forbidden"
handler404 = "shopdesk.desk.views.errors.not_found"
handler500 = "shopdesk.desk.views.errors.failed"
