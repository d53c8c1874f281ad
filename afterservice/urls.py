"""Addresses of the ticket pages."""

from django.urls import URLPattern, path

from afterservice import clock_urls, decision_urls, evidence_urls, goods_urls
from afterservice.views.actions import TakeOver
from afterservice.views.detail import TicketHere, TicketPage
from afterservice.views.list import DeleteView, SaveView, TicketList
from afterservice.views.opening import OpenPage, OpenTicket, PreviewOpening

app_name = "tickets"
urlpatterns: list[URLPattern] = [
    path("", TicketList.as_view(), name="list"),
    path("views/", SaveView.as_view(), name="view-save"),
    path("views/<int:view_id>/delete/", DeleteView.as_view(), name="view-delete"),
    path("open/<str:tid>/", OpenPage.as_view(), name="open"),
    path("open/<str:tid>/preview/", PreviewOpening.as_view(), name="open-preview"),
    path("open/<str:tid>/save/", OpenTicket.as_view(), name="open-save"),
    path("<int:number>/", TicketPage.as_view(), name="detail"),
    path("<int:number>/here/", TicketHere.as_view(), name="here"),
    path("<int:number>/take-over/", TakeOver.as_view(), name="take-over"),
    *clock_urls.urlpatterns,
    *decision_urls.urlpatterns,
    *goods_urls.urlpatterns,
    *evidence_urls.urlpatterns,
]
