"""The schema, the console to read and try it, and the answer to addresses that are none of ours."""

from typing import Any, ClassVar

from django.http import HttpRequest, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView, View
from drf_spectacular.views import SpectacularAPIView


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema. It holds nothing of the shop's: a program may read it before it has a token."""

    is_public: ClassVar[bool] = True
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []


class ConsoleView(TemplateView):
    """Swagger UI with assets of our own; calls are made with a token, or with one's session where there is one."""

    is_public: ClassVar[bool] = True
    template_name = "api/console.html"


@method_decorator(csrf_exempt, name="dispatch")
class NoSuchCall(View):
    """Any other address of the API: 404 in the shape of all errors, whatever the method."""

    is_public: ClassVar[bool] = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Not found."""
        body = {"code": "not_found", "message": gettext("There is no such call."), "field": None}
        return JsonResponse(body, status=404, json_dumps_params={"ensure_ascii": False})
