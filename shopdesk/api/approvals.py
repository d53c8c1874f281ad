"""Approvals for programs (P1–P3)."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from shopdesk.api.access import Access, Scope
from shopdesk.api.examples import illustrate
from shopdesk.api.fields import Nothing
from shopdesk.api.lists import ListQuery, page_of
from shopdesk.api.showing import Shown
from shopdesk.api.views import ActionView, ApiView
from shopdesk.base.listing import Keyset, read_page
from shopdesk.base.models import Approval
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals

KEYSET = Keyset("requested_at", "id", numeric=True)


class ApprovalShown(Shown):
    """A request: what would change, the money at stake (CNY), the rule that it breaks, why (P2)."""

    requested_by = serializers.CharField(
        source="requested_by.signature", read_only=True, default=None, allow_null=True
    )
    decided_by = serializers.CharField(
        source="decided_by.signature", read_only=True, default=None, allow_null=True
    )
    before = serializers.DictField(read_only=True)
    after = serializers.DictField(read_only=True)

    class Meta:
        model = Approval
        fields = (
            "id", "kind", "status", "subject_kind", "subject_id", "subject_version", "rule", "amount", "before",
            "after", "reason", "requested_by", "requested_at", "decided_by", "decided_at", "decision_reason",
        )  # fmt: skip
        read_only_fields = fields


class ApprovalsQuery(ListQuery):
    """Which requests."""

    status = serializers.ChoiceField(
        choices=[*Approval.Status.choices, ("all", _("all"))], default=Approval.Status.PENDING
    )


class ApprovalsCall(ApiView):
    """Requests to supervisors."""

    access: ClassVar[dict[str, Access]] = {"get": Access(Permission.ASK_APPROVAL, Scope.APPROVALS)}
    query = ApprovalsQuery
    told: ClassVar[dict[int, Any]] = {200: page_of(ApprovalShown, "ApprovalPage")}

    def get(self, request: Request) -> Response:
        """List requests, newest first; who may not see prices sees their own (T1)."""
        asked = ApprovalsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        found = Approval.objects.select_related("requested_by", "decided_by")
        if not self.staff.may(Permission.SEE_PRICES):
            found = found.filter(requested_by=self.staff)
        if data["status"] != "all":
            found = found.filter(status=data["status"])
        page = read_page(found, KEYSET, data.get("cursor", ""), data["limit"])
        return Response(
            {"results": ApprovalShown(page.rows, many=True).data, "next": page.older, "previous": page.newer}
        )


class Decision(ActionView):
    """An answer to a request. One that lapsed meanwhile says so by its `status` (P2)."""

    access: ClassVar[dict[str, Access]] = {"post": Access(Permission.DECIDE_APPROVAL, Scope.APPROVALS)}
    takes: ClassVar[type[Serializer[Any]]] = Nothing
    answers = ApprovalShown
    versioned = False
    service: ClassVar[Callable[..., Approval]]

    def act(self, data: dict[str, Any], **kwargs: Any) -> Approval:
        """Decide."""
        if not Approval.objects.filter(pk=kwargs["pk"]).exists():
            raise exceptions.NotFound(_("There is no such request."))
        return type(self).service(kwargs["pk"], actor=self.staff, **data)


class ApproveCall(Decision):
    """Approve: every check runs again, and the change is made (P2). Never one's own (P3)."""

    service = approvals.approve


class RefuseIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


illustrate(RefuseIn, P2={"reason": "太低"})


class RefuseCall(Decision):
    """Refuse, with a reason (P2). Never one's own (P3)."""

    takes: ClassVar[type[Serializer[Any]]] = RefuseIn
    service = approvals.refuse


class WithdrawCall(Decision):
    """Take one's own request back (P3)."""

    access: ClassVar[dict[str, Access]] = {"post": Access(Permission.ASK_APPROVAL, Scope.APPROVALS)}
    service = approvals.withdraw
