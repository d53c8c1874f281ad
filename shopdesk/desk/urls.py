"""Addresses of the pages that span apps."""

urlpatterns: list = []
