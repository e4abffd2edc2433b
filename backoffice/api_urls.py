"""Addresses of the REST API, under /api/v1/."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from authorization.api.decisions import Decide, Decisions, OneDecision
from authorization.api.tokens import OneToken, Tokens
from authorization.api.views import Absent
from billing.api.assignments import Assignments, OneAssignment
from billing.api.rates import OneRate, Rates, Versions
from billing.api.receipts import OneReceipt, Receipts
from billing.api.sessions import OneSession, Sessions, Waiver
from chargers.api.chargers import Chargers, OneCharger
from chargers.api.commands import Commands, OneCommand
from chargers.api.messages import Messages, OneMessage
from chargers.api.properties import OneProperty, Properties
from chargers.api.upstreams import Proxy

app_name = "api"
_OPEN: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}
urlpatterns: list[URLPattern] = [
    path("chargers/", Chargers.as_view(), name="chargers"),
    path("chargers/<str:charger_id>/", OneCharger.as_view(), name="charger"),
    path("chargers/<str:charger_id>/commands/", Commands.as_view(), name="commands"),
    path("chargers/<str:charger_id>/decide/", Decide.as_view(), name="decide"),
    path("chargers/<str:charger_id>/messages/", Messages.as_view(), name="messages"),
    path("chargers/<str:charger_id>/messages/<uuid:message_id>/", OneMessage.as_view(), name="message"),
    path("chargers/<str:charger_id>/proxy/", Proxy.as_view(), name="proxy"),
    path("commands/<uuid:command_id>/", OneCommand.as_view(), name="command"),
    path("decisions/", Decisions.as_view(), name="decisions"),
    path("decisions/<uuid:decision_id>/", OneDecision.as_view(), name="decision"),
    path("properties/", Properties.as_view(), name="properties"),
    path("properties/<slug:slug>/", OneProperty.as_view(), name="property"),
    path("rate-assignments/", Assignments.as_view(), name="assignments"),
    path("rate-assignments/<int:assignment_id>/", OneAssignment.as_view(), name="assignment"),
    path("rates/", Rates.as_view(), name="rates"),
    path("rates/<int:rate_id>/", OneRate.as_view(), name="rate"),
    path("rates/<int:rate_id>/versions/", Versions.as_view(), name="versions"),
    path("receipts/", Receipts.as_view(), name="receipts"),
    path("receipts/<int:receipt_id>/", OneReceipt.as_view(), name="receipt"),
    path("sessions/", Sessions.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/", OneSession.as_view(), name="session"),
    path("sessions/<uuid:session_id>/waive/", Waiver.as_view(), name="session-waive"),
    path("tokens/", Tokens.as_view(), name="tokens"),
    path("tokens/<int:token_id>/", OneToken.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(**_OPEN), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", **_OPEN), name="docs"),
    path("", Absent.as_view(), name="absent-root"),
    path("<path:rest>/", Absent.as_view(), name="absent"),
]
