"""Addresses of the order pages."""

urlpatterns: list = []
