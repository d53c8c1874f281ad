"""Addresses of what is done with a ticket's decision and its log, and of the conditions that decide by themselves."""

from django.urls import URLPattern, path

from afterservice.views import conditions, deciding

urlpatterns: list[URLPattern] = [
    path("<int:number>/accept/", deciding.Accept.as_view(), name="accept"),
    path("<int:number>/refuse/", deciding.Refuse.as_view(), name="refuse"),
    path("<int:number>/ask/", deciding.AskException.as_view(), name="ask"),
    path("<int:number>/take-back/", deciding.TakeBack.as_view(), name="take-back"),
    path("<int:number>/amend/", deciding.Amend.as_view(), name="amend"),
    path("<int:number>/withdraw/", deciding.Withdraw.as_view(), name="withdraw"),
    path("<int:number>/undo/", deciding.Undo.as_view(), name="undo"),
    path("<int:number>/step-in/", deciding.StepIn.as_view(), name="step-in"),
    path("<int:number>/ruling/", deciding.Ruling.as_view(), name="ruling"),
    path("<int:number>/reopen/", deciding.Reopen.as_view(), name="reopen"),
    path("<int:number>/received/", deciding.SetReceived.as_view(), name="received"),
    path("<int:number>/say/", deciding.Say.as_view(), name="say"),
    path("conditions/", conditions.ConditionsPage.as_view(), name="conditions"),
    path("conditions/make/", conditions.MakeCondition.as_view(), name="condition-make"),
    path("conditions/<int:pk>/change/", conditions.ChangeCondition.as_view(), name="condition-change"),
    path("conditions/<int:pk>/try/", conditions.TryCondition.as_view(), name="condition-try"),
    path("conditions/<int:pk>/on/", conditions.SwitchOn.as_view(), name="condition-on"),
    path("conditions/<int:pk>/off/", conditions.SwitchOff.as_view(), name="condition-off"),
]
