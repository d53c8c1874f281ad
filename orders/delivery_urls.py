"""Addresses of deliveries, of the warehouse's flagged orders, and of what is pushed here."""

from django.urls import path

from orders.api.payment_webhook import PaymentWebhook
from orders.views.deliveries import EnterNews, FollowUp, ImportNews, TellBuyer, TellPage, TroublePage
from orders.views.flags import AcknowledgeFromList, FlagsPage
from orders.views.tracking_push import Kuaidi100Push

app_name = "deliveries"
urlpatterns = [
    path("deliveries/", TroublePage.as_view(), name="trouble"),
    path("deliveries/<int:pk>/follow-up/", FollowUp.as_view(), name="follow-up"),
    path("deliveries/news/", EnterNews.as_view(), name="news"),
    path("deliveries/news/file/", ImportNews.as_view(), name="news-file"),
    path("deliveries/tell/", TellPage.as_view(), name="tell"),
    path("deliveries/<int:pk>/told/", TellBuyer.as_view(), name="told"),
    path("warehouse/flags/", FlagsPage.as_view(), name="flags"),
    path("warehouse/flags/<tid:tid>/acknowledge/", AcknowledgeFromList.as_view(), name="flag-seen"),
    path("tracking/kuaidi100/", Kuaidi100Push.as_view(), name="kuaidi100-push"),
    path("payments/webhook/", PaymentWebhook.as_view(), name="payment-webhook"),
]
