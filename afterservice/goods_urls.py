"""Addresses of what is done with a ticket's goods and money."""

from django.urls import URLPattern, path

from afterservice.views import goods, money, returns

urlpatterns: list[URLPattern] = [
    path("return-address/", returns.ReturnAddressPage.as_view(), name="return-address"),
    path("return-address/change/", returns.ChangeReturnAddress.as_view(), name="return-address-change"),
    path("<int:number>/resale/", goods.AskResale.as_view(), name="resale"),
    path("<int:number>/exception/", goods.TellException.as_view(), name="exception"),
    path("<int:number>/target/", goods.ChooseTarget.as_view(), name="target"),
    path("<int:number>/tie/", goods.TieOrder.as_view(), name="tie"),
    path("<int:number>/hold/", goods.HoldTargets.as_view(), name="hold"),
    path("<int:number>/postage/", goods.SetPostage.as_view(), name="postage"),
    path("<int:number>/links/", goods.PayByLinks.as_view(), name="links"),
    path("<int:number>/give-address/", goods.GiveAddress.as_view(), name="give-address"),
    path("<int:number>/return-shipped/", goods.NoteReturn.as_view(), name="return-shipped"),
    path("<int:number>/failed/", goods.DecideFailed.as_view(), name="failed"),
    path("<int:number>/send/", goods.Send.as_view(), name="send"),
    path("<int:number>/confirm/", goods.Confirm.as_view(), name="confirm"),
    path("<int:number>/repair/", goods.ChoosePlace.as_view(), name="repair"),
    path("<int:number>/visit/", goods.AgreeVisit.as_view(), name="visit"),
    path("<int:number>/visited/", goods.NoteVisit.as_view(), name="visited"),
    path("<int:number>/repaired/", goods.FinishRepair.as_view(), name="repaired"),
    path("<int:number>/done/", goods.SettleAsDone.as_view(), name="done"),
    path("<int:number>/follow-up/", goods.FollowUp.as_view(), name="followed-up"),
    path("<int:number>/close-refused/", goods.CloseRefused.as_view(), name="close-refused"),
    path("<int:number>/pay-back/", money.PayBack.as_view(), name="pay-back"),
    path("<int:number>/pay-back/preview/", money.PreviewPayBack.as_view(), name="pay-back-preview"),
]
