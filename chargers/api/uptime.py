"""The REST API about the uptime of each port, and about outages that do not count."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, MomentField, find_or_404, require_storable
from authorization.rest.bodies import Body
from chargers.acts import outages as acts
from chargers.availability import outages
from chargers.availability.outages import Port
from chargers.availability.uptime import Span
from chargers.models import OutageExclusion

_DAYS: Final = 30
_MAX_DAYS: Final = 366


class OutageSpanSerializer(serializers.Serializer[Any]):
    """One outage of a port."""

    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="Of an outage that lasts: now.")


class PortUptimeSerializer(serializers.Serializer[Any]):
    """A charging port. Percentages have two decimals and are null if nothing is known."""

    evse = serializers.IntegerField()
    uptime_pct = serializers.DecimalField(
        max_digits=5, decimal_places=2, allow_null=True, help_text="Without all that was excluded."
    )
    nevi_pct = serializers.DecimalField(
        max_digits=5, decimal_places=2, allow_null=True, help_text="By 23 CFR 680.116(b)(3)."
    )
    raw_pct = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, help_text="Nothing excluded.")
    known_minutes = serializers.IntegerField()
    outage_minutes = serializers.IntegerField()
    excluded_minutes = serializers.IntegerField()
    nevi_excluded_minutes = serializers.IntegerField()
    outages = OutageSpanSerializer(many=True)


class UptimeSerializer(serializers.Serializer[Any]):
    """Uptime of a charger's ports within a window that ends now."""

    charger = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    known_since = serializers.DateTimeField(allow_null=True, help_text="When the history of its connection begins.")
    ports = PortUptimeSerializer(many=True)


class OutageExclusionSerializer(serializers.ModelSerializer[OutageExclusion]):
    """A time whose outages do not count."""

    class Meta:
        model = OutageExclusion
        fields = ["id", "evse_number", "kind", "begins_at", "ends_at", "reason", "marked_at", "withdrawn_at"]
        read_only_fields = fields


class NewExclusionSerializer(Body):
    """A time whose outages should not count, and the reason."""

    evse_number = serializers.IntegerField(min_value=1, max_value=1000, allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=OutageExclusion.Kind.choices)
    begins_at = MomentField()
    ends_at = MomentField()
    reason = serializers.CharField(max_length=300, validators=[require_storable])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["ends_at"] <= attrs["begins_at"]:
            raise serializers.ValidationError({"ends_at": "This must be later than begins_at."})
        return attrs


class ChargerUptime(ApiView):
    """How much of the time each port of a charger was usable."""

    @extend_schema(
        responses=UptimeSerializer,
        parameters=[
            OpenApiParameter(
                "window_days",
                {"type": "integer", "minimum": 1, "maximum": _MAX_DAYS},
                description="30 unless given; NEVI counts 365.",
            )
        ],
    )
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the uptime with every outage in the window."""
        charger, at = self.charger(request, charger_id), now()
        since = at - timedelta(days=_days(request))
        availability = outages.of_charger(charger, since=since, now=at)
        body = {
            "charger": charger.charger_id,
            "since": since,
            "until": at,
            "known_since": availability.known_since,
            "ports": [_port(port) for port in availability.ports],
        }
        return Response(UptimeSerializer(body).data)


class OutageExclusions(ApiView):
    """Outages of a charger that do not count."""

    @extend_schema(request=NewExclusionSerializer, responses={201: OutageExclusionSerializer})
    def post(self, request: Request, charger_id: str) -> Response:
        """Excludes the outages within a time."""
        charger = self.charger(request, charger_id)
        body = NewExclusionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        fields = body.validated_data
        exclusion = acts.exclude(
            charger,
            Span(fields["begins_at"], fields["ends_at"]),
            kind=OutageExclusion.Kind(fields["kind"]),
            reason=fields["reason"],
            evse_number=fields["evse_number"],
            by=self.api_key(request),
            now=now(),
        )
        return Response(OutageExclusionSerializer(exclusion).data, status=status.HTTP_201_CREATED)


class OutageExclusionWithdrawal(ApiView):
    """The withdrawal of an exclusion."""

    @extend_schema(request=None, responses=OutageExclusionSerializer)
    def post(self, request: Request, charger_id: str, exclusion_id: int) -> Response:
        """Lets an excluded outage count again. Returns 404 if it was already withdrawn."""
        charger = self.charger(request, charger_id)
        exclusion = find_or_404(charger.outage_exclusions.filter(withdrawn_at=None), pk=exclusion_id)
        try:
            acts.withdraw(exclusion, by=self.api_key(request), now=now())
        except acts.AlreadyWithdrawnError as exc:
            raise Http404 from exc
        exclusion.refresh_from_db()
        return Response(OutageExclusionSerializer(exclusion).data)


def _days(request: Request) -> int:
    text = request.query_params.get("window_days", str(_DAYS))
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000") else 0
    if not 1 <= days <= _MAX_DAYS:
        raise serializers.ValidationError({"window_days": f"Write a whole number from 1 to {_MAX_DAYS}."})
    return days


def _port(port: Port) -> dict[str, Any]:
    port_uptime, minute = port.uptime, timedelta(minutes=1)
    return {
        "evse": port.evse_number,
        "uptime_pct": port_uptime.pct,
        "nevi_pct": port_uptime.nevi_pct,
        "raw_pct": port_uptime.raw_pct,
        "known_minutes": port_uptime.observed // minute,
        "outage_minutes": port_uptime.outage // minute,
        "excluded_minutes": port_uptime.excluded // minute,
        "nevi_excluded_minutes": port_uptime.nevi_excluded // minute,
        "outages": [_span(span) for span in port.outages],
    }


def _span(span: Span) -> dict[str, datetime]:
    return {"begins_at": span.begins_at, "ends_at": span.ends_at}
