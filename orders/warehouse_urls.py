"""Addresses of the warehouse's pages."""

from django.urls import path

from orders.views.batches import BatchesPage, BatchPage, LabelFile, NumbersPage, TakeNumbers
from orders.views.parcels import PackParcel, ParcelPage, PrintParcel, PullParcel, ShipParcel
from orders.views.warehouse import BoardPart, FindParcel, PackChosen, PrintSlips, ScanView, WarehousePage

app_name = "warehouse"
urlpatterns = [
    path("", WarehousePage.as_view(), name="board"),
    path("board/", BoardPart.as_view(), name="board-part"),
    path("scan/", ScanView.as_view(), name="scan"),
    path("print/", PrintSlips.as_view(), name="print"),
    path("pack/", PackChosen.as_view(), name="pack"),
    path("find/", FindParcel.as_view(), name="find"),
    path("batches/", BatchesPage.as_view(), name="batches"),
    path("batches/<int:pk>/", BatchPage.as_view(), name="batch"),
    path("batches/<int:pk>/labels.csv", LabelFile.as_view(kind="csv"), name="labels-csv"),
    path("batches/<int:pk>/labels.xlsx", LabelFile.as_view(kind="xlsx"), name="labels-xlsx"),
    path("numbers/", NumbersPage.as_view(), name="numbers"),
    path("numbers/take/", TakeNumbers.as_view(), name="numbers-take"),
    path("parcels/<int:pk>/", ParcelPage.as_view(), name="parcel"),
    path("parcels/<int:pk>/print/", PrintParcel.as_view(), name="parcel-print"),
    path("parcels/<int:pk>/pack/", PackParcel.as_view(), name="parcel-pack"),
    path("parcels/<int:pk>/ship/", ShipParcel.as_view(), name="parcel-ship"),
    path("parcels/<int:pk>/pull/", PullParcel.as_view(), name="parcel-pull"),
]
