"""Addresses of the pages that span apps."""

from django.urls import include, path

from shopdesk.desk.views.approvals import ApprovalsPage, ApproveView, RefuseView, WithdrawView
from shopdesk.desk.views.buyer_tags import BuyerTagsPage, ChangeTag, MakeTag, PutTag, TakeTag
from shopdesk.desk.views.exports import ExportFile, ExportsPage, TakeExport, TryAgain
from shopdesk.desk.views.find import Find
from shopdesk.desk.views.home import HomePage
from shopdesk.desk.views.jobs import DryRunJobView, JobRunPage, JobsPage, RunJobView
from shopdesk.desk.views.lifetime import AskLifetimeAddress, LifetimeAddressPage, PreviewLifetimeAddress
from shopdesk.desk.views.members import MemberPage, MembersPage
from shopdesk.desk.views.opening import OpeningApply, OpeningPage, OpeningPreview
from shopdesk.desk.views.palette import PalettePart
from shopdesk.desk.views.platform_tasks import PlatformTasksPage, TickView
from shopdesk.desk.views.preferences import LanguageView, ThemeView, sign_in_language
from shopdesk.desk.views.refunds import PayOut, RefundsPage
from shopdesk.desk.views.reports import (
    AfterSalesPage,
    ExportReport,
    ExportRows,
    PostagePage,
    ReportPage,
    RowsPage,
    TeamPage,
)
from shopdesk.desk.views.shipping import ChangeTariff, ShippingPage, TariffPage, TryParcelPage
from shopdesk.desk.views.sign_in import SignInView, SignOutView
from shopdesk.desk.views.tiers import ChangeTiers, TiersPage
from shopdesk.desk.views.tonight import EndExemption, Exempt, KeepForecast, NightReportPage, TonightPage

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("find/", Find.as_view(), name="find"),
    path("palette/", PalettePart.as_view(), name="palette"),
    path("approvals/", ApprovalsPage.as_view(), name="approvals"),
    path("approvals/<int:pk>/approve/", ApproveView.as_view(), name="approval-approve"),
    path("approvals/<int:pk>/refuse/", RefuseView.as_view(), name="approval-refuse"),
    path("approvals/<int:pk>/withdraw/", WithdrawView.as_view(), name="approval-withdraw"),
    path("jobs/", JobsPage.as_view(), name="jobs"),
    path("jobs/runs/<int:pk>/", JobRunPage.as_view(), name="job-run"),
    path("jobs/<slug:name>/run/", RunJobView.as_view(), name="job-run-now"),
    path("jobs/<slug:name>/dry-run/", DryRunJobView.as_view(), name="job-dry-run"),
    path("tonight/", TonightPage.as_view(), name="tonight"),
    path("tonight/report/", NightReportPage.as_view(), name="night-report"),
    path("tonight/keep/", KeepForecast.as_view(), name="tonight-keep"),
    path("tonight/exempt/", Exempt.as_view(), name="tonight-exempt"),
    path("tonight/exemptions/<int:pk>/end/", EndExemption.as_view(), name="tonight-exemption-end"),
    path("exports/", ExportsPage.as_view(), name="exports"),
    path("exports/<int:pk>/file/", ExportFile.as_view(), name="export-file"),
    path("exports/<int:pk>/again/", TryAgain.as_view(), name="export-again"),
    path("exports/<slug:code>/", TakeExport.as_view(), name="export"),
    path("taobao/", PlatformTasksPage.as_view(), name="platform-tasks"),
    path("taobao/<int:pk>/done/", TickView.as_view(), name="platform-task-done"),
    path("members/", MembersPage.as_view(), name="members"),
    path("members/<path:nick>/lifetime-address/", LifetimeAddressPage.as_view(), name="lifetime-address"),
    path(
        "members/<path:nick>/lifetime-address/preview/",
        PreviewLifetimeAddress.as_view(),
        name="lifetime-address-preview",
    ),
    path(
        "members/<path:nick>/lifetime-address/ask/", AskLifetimeAddress.as_view(), name="lifetime-address-ask"
    ),
    path("members/<path:nick>/tags/put/", PutTag.as_view(), name="buyer-tag-put"),
    path("members/<path:nick>/tags/take/", TakeTag.as_view(), name="buyer-tag-take"),
    path("buyer-tags/", BuyerTagsPage.as_view(), name="buyer-tags"),
    path("buyer-tags/make/", MakeTag.as_view(), name="buyer-tag-make"),
    path("buyer-tags/<int:pk>/change/", ChangeTag.as_view(), name="buyer-tag-change"),
    path("members/<path:nick>/", MemberPage.as_view(), name="member"),
    path("starting-balance/", OpeningPage.as_view(), name="opening"),
    path("starting-balance/preview/", OpeningPreview.as_view(), name="opening-preview"),
    path("starting-balance/apply/", OpeningApply.as_view(), name="opening-apply"),
    path("refunds/", RefundsPage.as_view(), name="refunds"),
    path("refunds/<slug:kind>/<int:pk>/paid/", PayOut.as_view(), name="refund-paid"),
    path("reports/", ReportPage.as_view(), name="reports"),
    path("reports/postage/", PostagePage.as_view(), name="reports-postage"),
    path("reports/after-sales/", AfterSalesPage.as_view(), name="reports-after-sales"),
    path("reports/team/", TeamPage.as_view(), name="reports-team"),
    path("reports/export/", ExportReport.as_view(), name="report-export"),
    path("reports/rows/<slug:code>/", RowsPage.as_view(), name="report-rows"),
    path("reports/rows/<slug:code>/export/", ExportRows.as_view(), name="report-rows-export"),
    path("shipping/", ShippingPage.as_view(), name="shipping"),
    path("shipping/try/", TryParcelPage.as_view(), name="shipping-try"),
    path("shipping/tiers/", TiersPage.as_view(), name="tiers"),
    path("shipping/tiers/change/", ChangeTiers.as_view(), name="tiers-change"),
    path("shipping/<slug:carrier>/<str:province>/", TariffPage.as_view(), name="tariff"),
    path("shipping/<slug:carrier>/<str:province>/change/", ChangeTariff.as_view(), name="tariff-change"),
    path("team/", include("shopdesk.desk.team_urls")),
    path("integrations/", include("shopdesk.desk.integration_urls")),
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-in/language/", sign_in_language, name="sign-in-language"),
    path("sign-out/", SignOutView.as_view(), name="sign-out"),
    path("language/", LanguageView.as_view(), name="language"),
    path("theme/", ThemeView.as_view(), name="theme"),
]
