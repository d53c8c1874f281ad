"""Products in the admin: what their titles do not say, or say wrongly (O12)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from orders.models import Product
from orders.services import products
from shopdesk.base.web import staff_of


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """Products come with the imports; here a manager sets what the shop knows of them."""

    fields = ("title", "num_iid", *products.FIELDS)
    readonly_fields = ("title", "num_iid")
    list_display = ("title", "kind", "special_price", "virtual", "lead_days")
    list_filter = ("kind", "special_price", "virtual")
    search_fields = ("title", "num_iid")
    ordering = ("title",)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come with the imports."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Orders name them."""
        return False

    def save_model(self, request: HttpRequest, obj: Product, form: forms.ModelForm, change: bool) -> None:
        """Through the service, which audits."""
        products.change_product(obj.pk, form.cleaned_data, actor=staff_of(request))
