"""Addresses of stock, of buying and making, and of the holds that the warehouse signs."""

from django.urls import path

from orders.views import buying, stock

app_name = "stock"
urlpatterns = [
    path("stock/", stock.StockPage.as_view(), name="list"),
    path("stock/shortages/", stock.ShortagesPage.as_view(), name="shortages"),
    path("stock/shortages/<int:pk>/end/", stock.EndShortage.as_view(), name="shortage-end"),
    path("stock/holds/<int:pk>/give-back/", stock.GiveBack.as_view(), name="give-back"),
    path("stock/<int:pk>/", stock.SkuPage.as_view(), name="sku"),
    path("stock/<int:pk>/receive/", stock.Receive.as_view(), name="receive"),
    path("stock/<int:pk>/count/", stock.Count.as_view(), name="count"),
    path("stock/<int:pk>/keep/", stock.Keep.as_view(), name="keep"),
    path("stock/<int:pk>/shortage/", stock.ReportShortage.as_view(), name="shortage"),
    path("warehouse/holds/", stock.HoldsPage.as_view(), name="holds"),
    path("warehouse/holds/<int:pk>/sign/", stock.SignHold.as_view(), name="sign"),
    path("buying/", buying.RunsPage.as_view(), name="runs"),
    path("buying/open/", buying.OpenRun.as_view(), name="run-open"),
    path("buying/arrivals/", buying.ArrivalsPage.as_view(), name="arrivals"),
    path("buying/arrivals/<int:pk>/check-in/", buying.CheckIn.as_view(), name="check-in"),
    path("buying/arrivals/missing/", buying.MissBought.as_view(), name="miss-bought"),
    path("buying/making/", buying.MakingPage.as_view(), name="making"),
    path("buying/making/begin/", buying.BeginMaking.as_view(), name="making-begin"),
    path("buying/making/finish/", buying.FinishMaking.as_view(), name="making-finish"),
    path("buying/<int:pk>/", buying.RunPage.as_view(), name="run"),
    path("buying/<int:pk>/sheet.xlsx", buying.RunSheetFile.as_view(), name="run-sheet"),
    path("buying/<int:pk>/decide/", buying.DecideLines.as_view(), name="decide"),
]
