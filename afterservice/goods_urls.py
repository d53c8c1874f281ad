"""Addresses of what is done with a ticket's goods."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
