"""Where payments are told by webhook (O5). The signature of a sender is the check: nobody signs in here."""

from typing import Any, ClassVar

import structlog
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.api.actions import PaymentIn
from orders.api.showing import PaymentShown
from orders.services.payments import PaymentMessage
from orders.services.waiting_payments import take_payment
from shopdesk.api.errors import TooLarge
from shopdesk.api.fields import TidIn
from shopdesk.api.services.webhooks import signed_by_a_sender
from shopdesk.base import audit
from shopdesk.base.models import AuditEntry

LARGEST_BODY = 64 * 1024
logger = structlog.get_logger(__name__)


class PaymentTold(PaymentIn):
    """A payment, and the order that it is for."""

    version = None  # type: ignore[assignment]  # the platform has seen none
    tid = TidIn()


class PaymentWebhook(APIView):
    """Takes one payment: 200 with it as it is recorded, 202 while its order is not here yet.

    The same number for the same order is one payment, however often it is told and in whatever order.
    """

    is_public: ClassVar[bool] = True
    http_method_names = ["post", "options"]
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too large, and what nobody signed whom a manager named."""
        super().initial(request, *args, **kwargs)
        if request.method != "POST":
            return
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise TooLarge
        body = request._request.body
        if not signed_by_a_sender(request.headers, body):
            logger.warning("a payment with a wrong signature")
            raise exceptions.AuthenticationFailed(
                _(
                    "The signature is not one of a sender that a manager named, or its time is more than five "
                    "minutes off."
                )
            )

    def get_authenticate_header(self, request: Request) -> str:
        """What a refused caller should send."""
        return "Webhook-Signature"

    def post(self, request: Request) -> Response:
        """Read, record, answer."""
        read = PaymentTold(data=request.data)
        read.is_valid(raise_exception=True)
        told = read.validated_data
        message = PaymentMessage(told["payment_no"], told["amount"], told["paid_at"], told["method"])
        with audit.origin(AuditEntry.Origin.API):
            payment = take_payment(told["tid"], message)
        if payment is None:
            waits = {"tid": told["tid"], "payment_no": message.payment_no, "status": "waiting"}
            return Response(waits, status=202)
        return Response({"tid": told["tid"], **PaymentShown(payment).data})
