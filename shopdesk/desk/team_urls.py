"""Addresses of the team's own pages: roster, handover, promises, people (T1, T2)."""

from django.urls import path

from shopdesk.desk.views import roster

urlpatterns = [
    path("roster/", roster.RosterPage.as_view(), name="roster"),
    path("roster/save/", roster.SaveWeek.as_view(), name="roster-save"),
    path("roster/copy/", roster.CopyWeek.as_view(), name="roster-copy"),
    path("roster/hours/", roster.ChangeHours.as_view(), name="roster-hours"),
    path("roster/swaps/", roster.AskSwap.as_view(), name="swap-ask"),
    path("roster/swaps/<int:pk>/accept/", roster.AcceptSwap.as_view(), name="swap-accept"),
    path("roster/swaps/<int:pk>/refuse/", roster.RefuseSwap.as_view(), name="swap-refuse"),
    path("roster/swaps/<int:pk>/withdraw/", roster.WithdrawSwap.as_view(), name="swap-withdraw"),
]
