"""Addresses of what is done with a ticket's decision."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
