"""Addresses of chasing: the list of unpaid orders, the unpaid and the enquiry register."""

from django.urls import path

from orders.views.chasing import ChasingPage, NoteOutcome, Sent
from orders.views.chasing_registers import (
    AddEnquiry,
    CorrectEnquiry,
    EnquiriesPage,
    FindReason,
    UnpaidPage,
)

app_name = "chasing"
urlpatterns = [
    path("chasing/", ChasingPage.as_view(), name="list"),
    path("chasing/<tid:tid>/sent/", Sent.as_view(), name="reminder-sent"),
    path("chasing/reminders/<int:pk>/outcome/", NoteOutcome.as_view(), name="reminder-result"),
    path("unpaid/", UnpaidPage.as_view(), name="unpaid"),
    path("unpaid/<tid:tid>/reason/", FindReason.as_view(), name="why-unpaid"),
    path("enquiries/", EnquiriesPage.as_view(), name="enquiries"),
    path("enquiries/add/", AddEnquiry.as_view(), name="enquiry-add"),
    path("enquiries/<int:pk>/correct/", CorrectEnquiry.as_view(), name="enquiry-correct"),
]
