"""URLs of the pages across all apps."""

from django.urls import path

from backoffice.portal.alerts.views import alerts as alerts_views
from backoffice.portal.attention import views as attention_views
from backoffice.portal.dashboard.views import charts as charts_views
from backoffice.portal.dashboard.views import dashboard as dashboard_views
from backoffice.portal.hosts.views import company as company_views
from backoffice.portal.hosts.views import host_add as host_add_views
from backoffice.portal.onboarding import views as onboarding_views
from backoffice.portal.search import views as search_views
from backoffice.portal.style_guide import views as style_guide_views

app_name = "portal"
urlpatterns = [
    path("", dashboard_views.dashboard_page, name="dashboard"),
    path("alerts/", alerts_views.alert_page, name="alerts"),
    path("attention/", attention_views.attention_page, name="attention"),
    path("attention/<str:subject>/", attention_views.attention_act, name="attention-act"),
    path("dashboard/charging/", dashboard_views.charging_now, name="charging-now"),
    path("dashboard/charts/", charts_views.charts, name="charts"),
    path("dashboard/charts/<slug:chart>.csv", charts_views.chart_csv, name="chart-csv"),
    path("dashboard/next-payouts/", dashboard_views.next_payouts, name="next-payouts"),
    path("company/", company_views.company_hosts, name="companies"),
    path("company/add/", host_add_views.host_add, name="host-add"),
    path("company/<slug:host>/", company_views.company, name="company"),
    path("find/", search_views.find, name="find"),
    path("start/", onboarding_views.start_hosts, name="start-hosts"),
    path("start/<slug:host>/", onboarding_views.start_page, name="start"),
    path("styleguide/", style_guide_views.style_guide, name="style-guide"),
]
