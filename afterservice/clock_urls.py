"""Addresses of what is done with a ticket's clock."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
