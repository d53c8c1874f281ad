"""Addresses of the product cards (T6)."""

from django.urls import path

from orders.views.products import CardPart, ChangeProduct, ProductPage, ProductsPage

app_name = "products"
urlpatterns = [
    path("", ProductsPage.as_view(), name="list"),
    path("<int:pk>/", ProductPage.as_view(), name="detail"),
    path("<int:pk>/card/", CardPart.as_view(), name="card"),
    path("<int:pk>/change/", ChangeProduct.as_view(), name="change"),
]
