"""Addresses of the ticket pages."""

from django.urls import URLPattern, path

from afterservice import clock_urls, decision_urls, evidence_urls, goods_urls
from afterservice.views.actions import TakeOver
from afterservice.views.detail import TicketPage

app_name = "tickets"
urlpatterns: list[URLPattern] = [
    path("<int:number>/", TicketPage.as_view(), name="detail"),
    path("<int:number>/take-over/", TakeOver.as_view(), name="take-over"),
    *clock_urls.urlpatterns,
    *decision_urls.urlpatterns,
    *goods_urls.urlpatterns,
    *evidence_urls.urlpatterns,
]
