"""Addresses of what is done with a ticket's evidence."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
