"""Addresses of what is done with a ticket's evidence, and of the registers."""

from django.urls import URLPattern, path

from afterservice.views.evidence import AddEvidence, ShowEvidence, TakeBundle
from afterservice.views.registers import (
    ProblemsPage,
    RegisterPage,
    ReturnedPage,
)

urlpatterns: list[URLPattern] = [
    path("<int:number>/evidence/", AddEvidence.as_view(), name="evidence-add"),
    path("<int:number>/bundle/", TakeBundle.as_view(), name="bundle"),
    path("evidence/<uuid:pk>/", ShowEvidence.as_view(), name="evidence"),
    path("evidence/<uuid:pk>/small/", ShowEvidence.as_view(small=True), name="evidence-small"),
    path("registers/exchanges/", RegisterPage.as_view(), name="register-exchanges"),
    path("registers/returned/", ReturnedPage.as_view(), name="register-returned"),
    path("registers/problems/", ProblemsPage.as_view(), name="register-problems"),
]
