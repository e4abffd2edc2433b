"""Addresses of the whole product."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from authorization.api import Decide
from backoffice import health
from chargers.api import Chargers, Commands, OneCharger, OneCommand
from support.site import agents

api: list[URLPattern | URLResolver] = [
    path("chargers/", Chargers.as_view(), name="chargers"),
    path("chargers/<str:charger_id>/", OneCharger.as_view(), name="charger"),
    path("chargers/<str:charger_id>/commands/", Commands.as_view(), name="commands"),
    path("chargers/<str:charger_id>/decide/", Decide.as_view(), name="decide"),
    path("commands/<uuid:command_id>/", OneCommand.as_view(), name="command"),
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerView.as_view(url_name="api:schema", authentication_classes=[], permission_classes=[]),
        name="docs",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", agents.urls),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", include((api, "api"))),
    path("authorization/", include("authorization.urls")),
    path("", include("billing.guest.urls")),
    path("", include("billing.processors.urls")),
    path("", include("billing.urls")),
    path("", include("chargers.urls")),
]
