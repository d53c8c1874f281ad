"""Addresses of the order pages."""

from django.urls import path

from orders.views.imports import ImportPage, ImportReport, ImportUpload, RejectedRows
from orders.views.list import DeleteView, OrderList, SaveView

app_name = "orders"
urlpatterns = [
    path("", OrderList.as_view(), name="list"),
    path("views/", SaveView.as_view(), name="view-save"),
    path("views/<int:view_id>/delete/", DeleteView.as_view(), name="view-delete"),
    path("import/", ImportPage.as_view(), name="import"),
    path("import/upload/", ImportUpload.as_view(), name="import-upload"),
    path("import/<int:pk>/", ImportReport.as_view(), name="import-report"),
    path("import/files/<int:pk>/rejected.csv", RejectedRows.as_view(), name="import-mended"),
]
