"""Addresses of the warehouse's returns."""

from django.urls import path

from afterservice.views import returns

app_name = "returns"
urlpatterns = [
    path("", returns.ReturnsPage.as_view(), name="returns"),
    path("scan/", returns.ScanReturn.as_view(), name="return-scan"),
    path("list/", returns.PutOnList.as_view(), name="put-on-list"),
    path("list/<int:pk>/match/", returns.MatchReturn.as_view(), name="match-return"),
    path("<int:number>/", returns.InspectionPage.as_view(), name="inspection"),
    path("<int:number>/inspect/", returns.Inspect.as_view(), name="inspect"),
]
