"""Where Kuaidi100 pushes the carriers' news to (F7). Its signature is the check: nobody signs in here."""

from typing import ClassVar

import structlog
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from orders.imports.tracking_push import PushRefused, is_signed, read_push
from orders.models import TrackingNews
from orders.services.tracking import record_news
from shopdesk.base import audit
from shopdesk.base.models import AuditEntry

logger = structlog.get_logger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class Kuaidi100Push(View):
    """Takes one push and answers as Kuaidi100 wants it: what was not taken it pushes again."""

    is_public: ClassVar[bool] = True
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> JsonResponse:
        """Check the sign, read the news, record it."""
        param = request.POST.get("param", "")
        if not is_signed(param, request.POST.get("sign", ""), settings.KUAIDI100_KEY):
            logger.warning("a push with a wrong sign")
            return _answer("403", "签名不对", status=403)
        try:
            news = read_push(param)
        except PushRefused as refusal:
            logger.warning("a push that cannot be read", reason=str(refusal))
            return _answer("400", "内容无法识别", status=400)
        with audit.origin(AuditEntry.Origin.API):
            record_news(news, source=TrackingNews.Source.PUSH)
        return _answer("200", "成功", result=True)


def _answer(code: str, message: str, *, result: bool = False, status: int = 200) -> JsonResponse:
    return JsonResponse(
        {"result": result, "returnCode": code, "message": message},
        status=status,
        json_dumps_params={"ensure_ascii": False},
    )
