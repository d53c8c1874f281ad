"""Addresses of the integrations (managers only)."""

from django.urls import path

from shopdesk.desk.views.integrations import (
    MakeSender,
    MakeToken,
    PaymentsPage,
    RevokeSender,
    RevokeToken,
    TokensPage,
)
from shopdesk.desk.views.webhooks import (
    ChangeWebhook,
    DeliveriesPage,
    MakeWebhook,
    RenewSecret,
    ResendDelivery,
    SendTest,
    WebhookPage,
    WebhooksPage,
)

urlpatterns = [
    path("", TokensPage.as_view(), name="integrations"),
    path("tokens/make/", MakeToken.as_view(), name="token-make"),
    path("tokens/<int:pk>/revoke/", RevokeToken.as_view(), name="token-revoke"),
    path("webhooks/", WebhooksPage.as_view(), name="webhooks"),
    path("webhooks/make/", MakeWebhook.as_view(), name="webhook-make"),
    path("webhooks/<int:pk>/", WebhookPage.as_view(), name="webhook"),
    path("webhooks/<int:pk>/change/", ChangeWebhook.as_view(), name="webhook-change"),
    path("webhooks/<int:pk>/secret/", RenewSecret.as_view(), name="webhook-secret"),
    path("webhooks/<int:pk>/test/", SendTest.as_view(), name="webhook-test"),
    path("deliveries/", DeliveriesPage.as_view(), name="deliveries"),
    path("deliveries/<int:pk>/resend/", ResendDelivery.as_view(), name="delivery-resend"),
    path("payments/", PaymentsPage.as_view(), name="integrations-payments"),
    path("payments/make/", MakeSender.as_view(), name="sender-make"),
    path("payments/<int:pk>/revoke/", RevokeSender.as_view(), name="sender-revoke"),
]
