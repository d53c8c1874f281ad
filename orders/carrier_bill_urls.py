"""Addresses of the carrier's bill, below the reports."""

from django.urls import path

from orders.views.carrier_bills import BillPage, BillsPage, ReadBill, RejectedLines, ResolveLine

urlpatterns = [
    path("", BillsPage.as_view(), name="carrier-bills"),
    path("read/", ReadBill.as_view(), name="carrier-bill-read"),
    path("<int:pk>/", BillPage.as_view(), name="carrier-bill"),
    path("<int:pk>/rejected/", RejectedLines.as_view(), name="carrier-bill-rejected"),
    path("<int:pk>/lines/<int:line>/resolve/", ResolveLine.as_view(), name="carrier-bill-resolve"),
]
