"""URLs of the whole product."""

from django.contrib.admin import autodiscover
from django.urls import URLPattern, URLResolver, include, path

from authorization.accounts.views import address, enrolment
from authorization.company_login.views import company_login, company_settings
from authorization.members.views import api_keys, support_access
from authorization.members.views.invitation import invitation_page
from authorization.pms.views import pms_events, property_systems
from backoffice import health
from backoffice.metrics.views import metrics
from backoffice.portal.alerts.views import notifications
from backoffice.portal.mcp.endpoint import Endpoint as Assistants
from backoffice.security_txt import security_txt
from billing.branding import views as portal_setting_views
from billing.sessions.arrivals import views as arrivals_views
from billing.sessions.join_codes import views as join_code_views
from billing.sessions.offers import views as offer_views
from support.admin_site.site import agents
from support.incidents.views import status_settings

handler500 = "backoffice.unavailable.server_error"
autodiscover()  # Imported here and not at every start, because only URLs need it, and it imports a third of the code.
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", agents.urls),
    # Before allauth's own pages, which would accept an address that was not confirmed.
    path("accounts/signup/", address.sign_up_page, name="account_signup"),
    path("accounts/email/", address.address_page, name="account_email"),
    path("accounts/email/<str:secret>/", address.address_link, name="account_address_link"),
    path("accounts/confirm-email/", address.no_such_page),
    path("accounts/confirm-email/<path:rest>", address.no_such_page),
    path("accounts/second-factor/", enrolment.enrolment_page, name="account_enrolment"),
    path("accounts/second-factor/<str:secret>/", enrolment.enrolment_link, name="account_enrolment_link"),
    path("accounts/company/", company_login.company_start, name="account_company"),
    path("accounts/company/connect/<str:secret>/", company_login.company_connect, name="account_company_connect"),
    path("accounts/company/<slug:host>/", company_login.company_of_host, name="account_company_of_host"),
    path("accounts/oidc/<str:provider_id>/login/", company_login.oidc_login, name="openid_connect_login"),
    path(
        "accounts/oidc/<str:provider_id>/login/callback/", company_login.oidc_callback, name="openid_connect_callback"
    ),
    path("accounts/3rdparty/", address.no_such_page),
    path("accounts/3rdparty/<path:rest>", address.no_such_page),
    path("accounts/social/<path:rest>", address.no_such_page),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
    path(".well-known/security.txt", security_txt),
    path("api/v1/", include("backoffice.api_urls")),
    path("ocpi/", include("billing.roaming.urls")),
    path("api/mcp", Assistants.as_view(), name="mcp-plain"),
    path("api/mcp/", Assistants.as_view(), name="mcp"),
    path("authorization/", include("authorization.urls")),
    path("people/", include("authorization.people_urls")),
    path("settings/", portal_setting_views.settings_page, name="settings"),
    path("settings/branding/<slug:host>/", portal_setting_views.branding_page, name="settings-branding"),
    path(
        "settings/branding/<slug:host>/preview/colours.css",
        portal_setting_views.preview_colours,
        name="settings-brand-colours",
    ),
    path("settings/branding/<slug:host>/preview/mail/", portal_setting_views.preview_mail, name="settings-brand-mail"),
    path("settings/branding/<slug:host>/domain/", portal_setting_views.domain_change, name="settings-domain"),
    path("guest-domains/ask", portal_setting_views.certificate_question, name="guest-domain-ask"),
    path("settings/api-keys/<slug:host>/", api_keys.key_list, name="settings-api-keys"),
    path("settings/api-keys/<slug:host>/<str:prefix>/revoke/", api_keys.key_revoke, name="settings-api-key-revoke"),
    path("settings/sign-in/<slug:host>/", company_settings.company_settings, name="settings-sign-in"),
    path("settings/sign-in/<slug:host>/domain/", company_settings.company_domain, name="settings-sign-in-domain"),
    path("settings/support-access/<slug:host>/", support_access.support_access, name="settings-support-access"),
    path("settings/property-systems/<slug:host>/", property_systems.system_list, name="settings-property-systems"),
    path(
        "settings/property-systems/<slug:host>/add/<str:kind>/",
        property_systems.system_add,
        name="settings-property-system-add",
    ),
    path(
        "settings/property-systems/connection/<slug:connection>/",
        property_systems.system_page,
        name="settings-property-system",
    ),
    path("settings/notifications/", notifications.notifications, name="settings-notifications"),
    path("settings/refund-offers/<slug:host>/", offer_views.offer_settings, name="settings-refund-offers"),
    path("settings/stay-messages/<slug:host>/", arrivals_views.arrivals_page, name="settings-arrivals"),
    path("settings/join-codes/<slug:host>/", join_code_views.code_list, name="settings-join-codes"),
    path("settings/join-codes/code/<int:pk>/", join_code_views.code_page, name="settings-join-code"),
    path("settings/join-codes/code/<int:pk>/stop/", join_code_views.code_stop, name="settings-join-code-stop"),
    path("settings/join-codes/joins/<int:pk>/", join_code_views.join_answer, name="settings-join-answer"),
    path("settings/status-page/<slug:host>/", status_settings, name="settings-status-page"),
    path("webhooks/pms/<str:key>/", pms_events.event, name="pms-event"),
    # Addresses that hosts entered at these systems before there was one for all.
    path("webhooks/guesty/<str:key>/", pms_events.event, {"kind": "guesty"}, name="guesty-event"),
    path("webhooks/hospitable/<str:key>/", pms_events.event, {"kind": "hospitable"}, name="hospitable-event"),
    path("invitation/<str:secret>/", invitation_page, name="invitation"),
    path("", include("billing.guest.urls")),
    path("", include("support.guest_urls")),
    path("drive/", include("billing.guest.drive.urls")),
    path("", include("billing.processor_events.urls")),
    path("", include("support.urls")),
    path("", include("backoffice.portal.urls")),
    path("", include("billing.urls")),
    path("", include("chargers.urls")),
]
