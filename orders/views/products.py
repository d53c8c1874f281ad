"""Product cards: the list, a card of its own page and as a part, and what the manager says of a product (T6)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.forms.products import ProductForm
from orders.rules.products import ProductKind, property_words
from orders.rules.sizes import Misfit, read_body, sizes_for, write_chart
from orders.selectors.products import SEARCH_LENGTH, ProductCard, read_card, read_changes, read_products
from orders.services.products import change_product
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of

MISFITS: dict[Misfit, str | Promise] = {
    Misfit.NO_CHART: gettext_lazy("This product has no size chart: ask the manager to enter one."),
    Misfit.TOO_SHORT: gettext_lazy("shorter than the chart goes"),
    Misfit.TOO_TALL: gettext_lazy("taller than the chart goes"),
    Misfit.TOO_LIGHT: gettext_lazy("lighter than the chart goes"),
    Misfit.TOO_HEAVY: gettext_lazy("heavier than the chart goes"),
    Misfit.BETWEEN: gettext_lazy("height and weight point to different sizes: measure, then choose"),
}


@dataclass(frozen=True)
class Sizing:
    """The question about a size as it was typed, and its answer: sizes with their free pieces, or why none."""

    text: str
    read: bool
    sizes: list[tuple[str, int]]
    misfits: list[str]


def sizing_of(card: ProductCard, text: str) -> Sizing | None:
    """Answer ``160 52`` by a card's chart; nothing where nothing was asked."""
    text = text.strip()[:40]
    if not text:
        return None
    body = read_body(text)
    if body is None:
        return Sizing(text, False, [], [])
    answer = sizes_for(card.chart, body)
    free: dict[str, int] = {}
    for row in card.skus:
        for word in property_words(row.sku.sku_properties_name).split(" / "):
            free[word] = free.get(word, 0) + row.free
    return Sizing(
        text,
        True,
        [(size, free.get(size, 0)) for size in answer.sizes],
        [str(MISFITS[misfit]) for misfit in answer.misfits],
    )


def card_context(request: HttpRequest, pk: int) -> dict[str, Any]:
    """What a card shows. Raises ``Http404`` for no such product."""
    card = read_card(pk)
    if card is None:
        raise Http404
    return {"card": card, "product": card.product, "sizing": sizing_of(card, request.GET.get("body", ""))}


def page_context(request: HttpRequest, pk: int, **shown: Any) -> dict[str, Any]:
    """The card, what was changed and by whom, and for the manager the form."""
    context = card_context(request, pk) | {"changes": read_changes(pk)}
    product = context["product"]
    if staff_of(request).may(Permission.CHANGE_PRODUCTS):
        initial = {name: getattr(product, name) for name in ProductForm.base_fields if hasattr(product, name)}
        context["form"] = ProductForm(initial=initial | {"chart": write_chart(context["card"].chart)})
    return context | shown


class ProductsPage(StaffPageView):
    """Products by title, searched and by kind."""

    permission = Permission.SEE_ORDERS
    template_name = "products/product_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two statements however many there are."""
        asked = self.request.GET
        text = asked.get("q", "").replace("\x00", "").strip()[:SEARCH_LENGTH]
        kind = asked.get("kind", "") if asked.get("kind", "") in ProductKind.values else ""
        page, rows = read_products(text, kind, asked.get("cursor", ""))
        return super().get_context_data(
            text=text, kind=kind, kinds=ProductKind.choices, page=page, rows=rows, **kwargs
        )


class ProductPage(StaffPageView):
    """One product in one look, and its history."""

    permission = Permission.SEE_ORDERS
    template_name = "products/product_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Six statements."""
        return super().get_context_data(**page_context(self.request, kwargs.pop("pk")), **kwargs)


class CardPart(StaffPageView):
    """The card alone, for the dialog that any line opens."""

    permission = Permission.SEE_ORDERS
    template_name = "products/_card.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Four statements."""
        return super().get_context_data(
            in_dialog=True, **card_context(self.request, kwargs.pop("pk")), **kwargs
        )


class ChangeProduct(StaffActionView):
    """Say what the shop knows of a product. A refusal shows the page again, everything typed still in it."""

    permission = Permission.CHANGE_PRODUCTS
    _form: ProductForm | None = None

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Change it."""
        self._form = form = ProductForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        change_product(
            kwargs["pk"],
            form.values(),
            chart=form.cleaned_data["chart"],
            version=form.cleaned_data["version"],
            actor=self.staff,
        )
        messages.success(request, _("The product is changed."))
        return self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The product's page."""
        return reverse("products:detail", args=[kwargs["pk"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with what was typed."""
        context = page_context(request, kwargs["pk"], form=self._form, refusal=refusal)
        return render(request, "products/product_detail.html", context, status=refusal.status)
