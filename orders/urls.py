"""Addresses of the order pages."""

from django.urls import path

from orders import converters  # noqa: F401 (the addresses name them)
from orders.views.actions import (
    AcknowledgeFlag,
    AddNote,
    CloseOrder,
    FinishOrder,
    RevealPhone,
    SetFlag,
    TakeOver,
)
from orders.views.bulk import BulkPage, ChooseBulk, ResumeBulk, RetryBulk, StartBulk
from orders.views.buying import WaitForGoods
from orders.views.changes import (
    ChangeAddress,
    ChangeSku,
    ChooseProvince,
    MarkSent,
    PreviewAddress,
    PreviewRefund,
    PreviewSku,
    RefundLines,
    SetForwarder,
    SetShelfGoodsFirst,
    WithdrawRefund,
)
from orders.views.chasing import FindReasonFromOrder, NoteOutcomeFromOrder, RemindFromOrder
from orders.views.detail import OrderHere, OrderPage
from orders.views.imports import ImportPage, ImportReport, ImportUpload, RejectedRows
from orders.views.list import DeleteView, OrderList, SaveView
from orders.views.marks import SnoozeOrder, StarOrder, UnstarOrder, WakeOrder
from orders.views.pricing import (
    ApplyPrice,
    AskFreeSplit,
    AskPostageWaiver,
    AskSpecialPrice,
    DropLines,
    PreviewDrop,
)

app_name = "orders"
urlpatterns = [
    path("", OrderList.as_view(), name="list"),
    path("views/", SaveView.as_view(), name="view-save"),
    path("views/<int:view_id>/delete/", DeleteView.as_view(), name="view-delete"),
    path("bulk/", ChooseBulk.as_view(), name="bulk"),
    path("bulk/<int:pk>/", BulkPage.as_view(), name="bulk-run"),
    path("bulk/<int:pk>/start/", StartBulk.as_view(), name="bulk-start"),
    path("bulk/<int:pk>/resume/", ResumeBulk.as_view(), name="bulk-resume"),
    path("bulk/<int:pk>/again/", RetryBulk.as_view(), name="bulk-again"),
    path("import/", ImportPage.as_view(), name="import"),
    path("import/upload/", ImportUpload.as_view(), name="import-upload"),
    path("import/<int:pk>/", ImportReport.as_view(), name="import-report"),
    path("import/files/<int:pk>/rejected.csv", RejectedRows.as_view(), name="import-mended"),
    path("<tid:tid>/", OrderPage.as_view(), name="detail"),
    path("<tid:tid>/here/", OrderHere.as_view(), name="here"),
    path("<tid:tid>/flag/", SetFlag.as_view(), name="flag"),
    path("<tid:tid>/flag/acknowledge/", AcknowledgeFlag.as_view(), name="acknowledge"),
    path("<tid:tid>/notes/", AddNote.as_view(), name="notes"),
    path("<tid:tid>/take-over/", TakeOver.as_view(), name="take-over"),
    path("<tid:tid>/star/", StarOrder.as_view(), name="star"),
    path("<tid:tid>/unstar/", UnstarOrder.as_view(), name="unstar"),
    path("<tid:tid>/snooze/", SnoozeOrder.as_view(), name="snooze"),
    path("<tid:tid>/wake/", WakeOrder.as_view(), name="wake"),
    path("<tid:tid>/close/", CloseOrder.as_view(), name="close"),
    path("<tid:tid>/finish/", FinishOrder.as_view(), name="finish"),
    path("<tid:tid>/price/", ApplyPrice.as_view(), name="price"),
    path("<tid:tid>/special-price/", AskSpecialPrice.as_view(), name="special-price"),
    path("<tid:tid>/postage-waiver/", AskPostageWaiver.as_view(), name="postage-waiver"),
    path("<tid:tid>/free-split/", AskFreeSplit.as_view(), name="free-split"),
    path("<tid:tid>/drop-lines/", DropLines.as_view(), name="drop-lines"),
    path("<tid:tid>/drop-lines/preview/", PreviewDrop.as_view(), name="drop-preview"),
    path("<tid:tid>/change-sku/", ChangeSku.as_view(), name="change-sku"),
    path("<tid:tid>/change-sku/preview/", PreviewSku.as_view(), name="sku-preview"),
    path("<tid:tid>/sent/", MarkSent.as_view(), name="sent"),
    path("<tid:tid>/change-address/", ChangeAddress.as_view(), name="change-address"),
    path("<tid:tid>/change-address/preview/", PreviewAddress.as_view(), name="address-preview"),
    path("<tid:tid>/refund/", RefundLines.as_view(), name="refund"),
    path("<tid:tid>/refund/preview/", PreviewRefund.as_view(), name="refund-preview"),
    path("<tid:tid>/refund/withdraw/", WithdrawRefund.as_view(), name="refund-withdraw"),
    path("<tid:tid>/province/", ChooseProvince.as_view(), name="province"),
    path("<tid:tid>/forwarder/", SetForwarder.as_view(), name="forwarder"),
    path("<tid:tid>/shelf-goods-first/", SetShelfGoodsFirst.as_view(), name="shelf-goods-first"),
    path("<tid:tid>/lines/<int:line>/wait/", WaitForGoods.as_view(), name="wait"),
    path("<tid:tid>/remind/", RemindFromOrder.as_view(), name="remind"),
    path("<tid:tid>/remind/outcome/", NoteOutcomeFromOrder.as_view(), name="reminder-outcome"),
    path("<tid:tid>/unpaid-reason/", FindReasonFromOrder.as_view(), name="unpaid-reason"),
    path("<tid:tid>/phone/", RevealPhone.as_view(), name="phone"),
]
