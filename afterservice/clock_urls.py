"""Addresses of what is done with a ticket's clocks, and of their terms."""

from django.urls import URLPattern, path

from afterservice.views.clocks import ChangeClockTerms, ClockTermsPage, PauseClock, ResumeClock

urlpatterns: list[URLPattern] = [
    path("clocks/", ClockTermsPage.as_view(), name="clocks"),
    path("clocks/<slug:kind>/", ChangeClockTerms.as_view(), name="clock-terms"),
    path("<int:number>/clocks/pause/", PauseClock.as_view(), name="clock-pause"),
    path("<int:number>/clocks/resume/", ResumeClock.as_view(), name="clock-resume"),
]
