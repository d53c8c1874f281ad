"""Every call of the API: composed here, since each app brings its own."""

from django.urls import include, path, re_path

from afterservice.api.urls import urlpatterns as tickets
from members.api import MemberCall
from orders.api.urls import urlpatterns as orders
from shopdesk.api.approvals import ApprovalsCall, ApproveCall, RefuseCall, WithdrawCall
from shopdesk.api.console import ConsoleView, NoSuchCall, SchemaView
from shopdesk.api.exports import ExportAgainCall, ExportCall, ExportFileCall, ExportListsCall, ExportsCall

app_name = "api"
calls = [
    *orders,
    *tickets,
    path("members/<path:nick>/", MemberCall.as_view(), name="member"),
    path("approvals/", ApprovalsCall.as_view(), name="approvals"),
    path("approvals/<row:pk>/approve/", ApproveCall.as_view(), name="approval-approve"),
    path("approvals/<row:pk>/refuse/", RefuseCall.as_view(), name="approval-refuse"),
    path("approvals/<row:pk>/withdraw/", WithdrawCall.as_view(), name="approval-withdraw"),
    path("exports/", ExportsCall.as_view(), name="exports"),
    path("exports/lists/", ExportListsCall.as_view(), name="export-lists"),
    path("exports/<row:export>/", ExportCall.as_view(), name="export"),
    path("exports/<row:export>/file/", ExportFileCall.as_view(), name="export-file"),
    path("exports/<row:export>/again/", ExportAgainCall.as_view(), name="export-again"),
]
urlpatterns = [
    path("v1/", include(calls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", ConsoleView.as_view(), name="docs"),
    re_path(r"^", NoSuchCall.as_view(), name="none"),
]
