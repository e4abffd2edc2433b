"""The portal's rooms about chargers and properties."""

from django.urls import path

from chargers import views

app_name = "chargers"
urlpatterns = [
    path("chargers/", views.charger_list, name="list"),
    path("chargers/add/", views.charger_add, name="add"),
    path("chargers/pending/", views.pending_chargers, name="pending"),
    path("chargers/<str:charger_id>/", views.overview, name="overview"),
    path("chargers/<str:charger_id>/head/", views.charger_head, name="head"),
    path("chargers/<str:charger_id>/connect/", views.connect_page, name="connect"),
    path("chargers/<str:charger_id>/connection/", views.connection_page, name="connection"),
    path("chargers/<str:charger_id>/connection/password/", views.connection_password, name="password"),
    path("chargers/<str:charger_id>/connection/profile/", views.connection_profile, name="profile"),
    path("chargers/<str:charger_id>/connection/registration/", views.connection_registration, name="registration"),
    path("chargers/<str:charger_id>/connection/certificates/renew/", views.certificate_renew, name="renew"),
    path(
        "chargers/<str:charger_id>/connection/certificates/<int:certificate_id>/revoke/",
        views.certificate_revoke,
        name="revoke",
    ),
    path("chargers/<str:charger_id>/logs/", views.logs, name="logs"),
    path("chargers/<str:charger_id>/logs/<uuid:message_id>/", views.log_entry, name="log-entry"),
    path("chargers/<str:charger_id>/reports/", views.report_page, name="reports"),
    path("chargers/<str:charger_id>/proxy/", views.proxy, name="proxy"),
    path("chargers/<str:charger_id>/proxy/connect/", views.proxy_connect, name="proxy-connect"),
    path("chargers/<str:charger_id>/proxy/settings/", views.proxy_settings, name="proxy-settings"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/", views.proxy_act, name="proxy-act"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/commands/", views.proxy_allowed, name="proxy-allowed"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/edit/", views.proxy_edit, name="proxy-edit"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/leader/", views.proxy_leader, name="proxy-leader"),
    path("chargers/<str:charger_id>/configuration/", views.configuration, name="configuration"),
    path("chargers/<str:charger_id>/uptime/", views.uptime_page, name="uptime"),
    path("chargers/<str:charger_id>/setup/", views.setup_page, name="setup"),
    path("chargers/<str:charger_id>/setup/licence/", views.setup_licence, name="setup-licence"),
    path("chargers/<str:charger_id>/setup/service/", views.setup_service, name="setup-service"),
    path("chargers/<str:charger_id>/local-list/", views.local_list, name="local-list"),
    path("chargers/<str:charger_id>/commands/", views.console, name="commands"),
    path("chargers/<str:charger_id>/commands/send/", views.send, name="send"),
    path("chargers/<str:charger_id>/commands/any/", views.any_command, name="any"),
    path("chargers/<str:charger_id>/commands/any/<str:action>/", views.any_form, name="any-form"),
    path("chargers/<str:charger_id>/commands/<uuid:command_id>/", views.one_command, name="command"),
    path("chargers/<str:charger_id>/files/<uuid:upload_id>/", views.download, name="download"),
    path("u/<str:secret>/", views.upload, name="upload"),
    path("u/<str:secret>/<path:name>", views.upload, name="upload-as"),
    path("properties/", views.property_list, name="properties"),
    path("properties/<slug:slug>/", views.property_page, name="property"),
    path("properties/<slug:slug>/disagreements/", views.disagreements, name="disagreements"),
    path("properties/<slug:slug>/power/", views.power_page, name="power"),
]
