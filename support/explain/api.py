"""The REST API for timelines: the events at a charger or in a session, and a link for the manufacturer."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body, parse_request
from billing import access
from support.explain import acts, charger_timeline, session_timeline, timeline
from support.explain.charger_timeline import Span
from support.explain.timeline import Moment

_PERIODS: Final = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_PERIOD: Final = OpenApiParameter("period", str, enum=list(_PERIODS), default="24h")


class MomentSerializer(serializers.Serializer[Any]):
    """One event; `source` names the stored fact behind it."""

    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="ok, busy, warn, bad or unknown.")
    sentence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    detail = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True, help_text="Its page in the portal.")


class TimelineSerializer(serializers.Serializer[Any]):
    """The events, oldest first."""

    time_zone = serializers.CharField(help_text="Of the property; times are UTC.")
    results = MomentSerializer(many=True)


class SharingSerializer(Body):
    """How far back the shared timeline goes."""

    period = serializers.ChoiceField(choices=list(_PERIODS), default="24h")


class SharedTimelineSerializer(serializers.Serializer[Any]):
    """For the manufacturer: facts about the hardware, without people, cards and prices, for a week."""

    secret = serializers.CharField(allow_null=True, help_text="The link, this once; null in a repeated answer.")
    expires_at = serializers.DateTimeField()


class ChargerTimeline(ApiView):
    """The events at a charger."""

    @extend_schema(responses=TimelineSerializer, parameters=[_PERIOD])
    def get(self, request: Request, charger_id: str) -> Response:
        """Lists messages, decisions, commands, states, sessions, connections and people's acts."""
        charger, at = self.charger(request, charger_id), now()
        period = request.query_params.get("period", "24h")
        if period not in _PERIODS:
            raise ValidationError({"period": f"Known: {', '.join(_PERIODS)}."})
        span = Span(at - _PERIODS[period], at + timedelta(minutes=1))
        sources = [*charger_timeline.HARDWARE, *charger_timeline.PEOPLE]
        sources += charger_timeline.AGENTS if self.api_key(request).is_agent else ()
        return _render_moments(
            charger_timeline.moments_of(charger, span, sources=sources), zone=charger.property.time_zone
        )


class SessionTimeline(ApiView):
    """The events in a session."""

    @extend_schema(responses=TimelineSerializer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        """Lists the events from the payment or the tap to the receipt, and later ones."""
        rows = access.sessions(self.api_key(request)).select_related(
            "charger__property", "property", "transaction__charger__property"
        )
        session = find_or_404(rows, pk=session_id)
        return _render_moments(session_timeline.moments_of(timeline.load(session)), zone=session.property.time_zone)


class TimelineSharing(ApiView):
    """A link to a charger's timeline for an outsider."""

    @extend_schema(request=SharingSerializer, responses={201: SharedTimelineSerializer})
    def post(self, request: Request, charger_id: str) -> Response:
        """Creates a link, which expires after a week."""
        charger, at = self.charger(request, charger_id), now()
        period = parse_request(SharingSerializer, request)["period"]
        span = Span(at - _PERIODS[period], at + timedelta(minutes=1))
        secret = acts.share(charger, span, by=self.api_key(request), now=at)
        link = settings.PUBLIC_BASE_URL + reverse("support:shared", args=[secret])
        return Response({"secret": link, "expires_at": at + acts.VALID}, status=status.HTTP_201_CREATED)


def _render_moments(moments: Sequence[Moment], *, zone: str) -> Response:
    return Response({"time_zone": zone, "results": MomentSerializer(moments, many=True).data})
