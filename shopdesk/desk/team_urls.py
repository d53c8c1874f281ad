"""Addresses of the team's own pages: roster, handover, promises, people (T1, T2)."""

from django.urls import path

from shopdesk.desk.views import handover, people, promises, roster

urlpatterns = [
    path("handover/", handover.HandoverPage.as_view(), name="handover"),
    path("handover/give/", handover.GiveHandover.as_view(), name="handover-give"),
    path("handover/<int:pk>/", handover.PacketPage.as_view(), name="handover-packet"),
    path("handover/lines/<int:pk>/accept/", handover.AcceptLine.as_view(), name="handover-accept"),
    path("handover/lines/<int:pk>/ask/", handover.AskBack.as_view(), name="handover-ask"),
    path("handover/lines/<int:pk>/answer/", handover.AnswerLine.as_view(), name="handover-answer"),
    path("people/", people.PeoplePage.as_view(), name="people"),
    path("people/roles/", people.RolesPage.as_view(), name="roles"),
    path("people/make/", people.MakePerson.as_view(), name="person-make"),
    path("people/<int:pk>/", people.PersonPage.as_view(), name="person"),
    path("people/<int:pk>/change/", people.ChangePerson.as_view(), name="person-change"),
    path("people/<int:pk>/password/", people.ResetPassword.as_view(), name="person-password"),
    path("people/<int:pk>/unlock/", people.UnlockPerson.as_view(), name="person-unlock"),
    path("people/<int:pk>/sign-out/", people.EndSessions.as_view(), name="person-sign-out"),
    path("password/", people.PasswordPage.as_view(), name="password"),
    path("password/change/", people.ChangePassword.as_view(), name="password-change"),
    path("promises/", promises.PromisesPage.as_view(), name="promises"),
    path("promises/<int:pk>/end/", promises.EndPromise.as_view(), name="promise-end"),
    path("promises/of/<str:tid>/propose/", promises.ProposePromise.as_view(), name="promise-propose"),
    path("promises/of/<str:tid>/make/", promises.MakePromise.as_view(), name="promise-make"),
    path("roster/", roster.RosterPage.as_view(), name="roster"),
    path("roster/save/", roster.SaveWeek.as_view(), name="roster-save"),
    path("roster/copy/", roster.CopyWeek.as_view(), name="roster-copy"),
    path("roster/hours/", roster.ChangeHours.as_view(), name="roster-hours"),
    path("roster/swaps/", roster.AskSwap.as_view(), name="swap-ask"),
    path("roster/swaps/<int:pk>/accept/", roster.AcceptSwap.as_view(), name="swap-accept"),
    path("roster/swaps/<int:pk>/refuse/", roster.RefuseSwap.as_view(), name="swap-refuse"),
    path("roster/swaps/<int:pk>/withdraw/", roster.WithdrawSwap.as_view(), name="swap-withdraw"),
]
