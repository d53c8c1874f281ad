"""Addresses of the change notices."""

from django.urls import path

from orders.views.notices import AcknowledgeNotice, NoticesPage

app_name = "notices"
urlpatterns = [
    path("", NoticesPage.as_view(), name="notices"),
    path("<int:pk>/acknowledge/", AcknowledgeNotice.as_view(), name="notice-acknowledge"),
]
