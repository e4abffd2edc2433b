"""The portal's rooms about chargers and properties."""

from django.urls import path

from chargers import views

app_name = "chargers"
urlpatterns = [
    path("chargers/", views.charger_list, name="list"),
    path("chargers/<str:charger_id>/", views.overview, name="overview"),
    path("chargers/<str:charger_id>/logs/", views.logs, name="logs"),
    path("chargers/<str:charger_id>/logs/<uuid:message_id>/", views.log_entry, name="log-entry"),
    path("chargers/<str:charger_id>/reports/", views.report_page, name="reports"),
    path("chargers/<str:charger_id>/proxy/", views.proxy, name="proxy"),
    path("chargers/<str:charger_id>/commands/", views.command_page, name="commands"),
    path("properties/", views.property_list, name="properties"),
    path("properties/<slug:slug>/", views.property_page, name="property"),
]
