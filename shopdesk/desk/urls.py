"""Addresses of the pages that span apps."""

from django.urls import path

from shopdesk.desk.views.approvals import ApprovalsPage, ApproveView, RefuseView, WithdrawView
from shopdesk.desk.views.home import HomePage
from shopdesk.desk.views.jobs import DryRunJobView, JobRunPage, JobsPage, RunJobView
from shopdesk.desk.views.platform_tasks import PlatformTasksPage, TickView
from shopdesk.desk.views.preferences import LanguageView, ThemeView, sign_in_language
from shopdesk.desk.views.sign_in import SignInView, SignOutView

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("approvals/", ApprovalsPage.as_view(), name="approvals"),
    path("approvals/<int:pk>/approve/", ApproveView.as_view(), name="approval-approve"),
    path("approvals/<int:pk>/refuse/", RefuseView.as_view(), name="approval-refuse"),
    path("approvals/<int:pk>/withdraw/", WithdrawView.as_view(), name="approval-withdraw"),
    path("jobs/", JobsPage.as_view(), name="jobs"),
    path("jobs/runs/<int:pk>/", JobRunPage.as_view(), name="job-run"),
    path("jobs/<slug:name>/run/", RunJobView.as_view(), name="job-run-now"),
    path("jobs/<slug:name>/dry-run/", DryRunJobView.as_view(), name="job-dry-run"),
    path("taobao/", PlatformTasksPage.as_view(), name="platform-tasks"),
    path("taobao/<int:pk>/done/", TickView.as_view(), name="platform-task-done"),
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-in/language/", sign_in_language, name="sign-in-language"),
    path("sign-out/", SignOutView.as_view(), name="sign-out"),
    path("language/", LanguageView.as_view(), name="language"),
    path("theme/", ThemeView.as_view(), name="theme"),
]
