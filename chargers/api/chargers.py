"""The REST API about chargers and their state."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView
from authorization.rest.paging import KeyPaging
from chargers.api import fleet
from chargers.availability import outages
from chargers.models import Charger, Tag
from chargers.pages.frame import Plug, build_frame, with_outlets

_UPTIME_OF: Final = timedelta(days=30)


class PlugSerializer(serializers.Serializer[Any]):
    """A connector with the status that the charger reported, and its condition."""

    evse = serializers.IntegerField()
    connector = serializers.IntegerField()
    standard = serializers.CharField(allow_blank=True)
    max_power_w = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(allow_blank=True)
    condition = serializers.CharField()
    sentence = serializers.CharField()
    can_start = serializers.BooleanField(
        help_text="Whether a car could begin to charge here now: the outlet is free, or a car waits in it."
    )


class ChargerSerializer(serializers.Serializer[Any]):
    """A charger and its state."""

    id = serializers.CharField(help_text="The OCPP identity.")
    station_id = serializers.CharField(help_text="The one on the label and in the QR code.")
    property = serializers.CharField(help_text="The property's slug.")
    online = serializers.BooleanField()
    condition = serializers.CharField()
    sentence = serializers.CharField()
    ocpp_version = serializers.CharField(allow_blank=True)
    vendor = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    firmware_version = serializers.CharField(allow_blank=True)
    last_message_at = serializers.DateTimeField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), help_text="The host's own words for it.")
    uptime_pct = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        allow_null=True,
        help_text="Of the last 30 days, all connectors together, without what was excluded; null: nothing is known.",
    )
    connectors = PlugSerializer(many=True)

    def to_representation(self, instance: Charger) -> dict[str, Any]:
        uptimes = self.context.get("uptime") or uptime_of([instance])
        return super().to_representation(_body(instance, uptime_pct=uptimes.get(instance.pk)))


def uptime_of(chargers: Iterable[Charger]) -> dict[int, Decimal | None]:
    """Returns the uptime of the last 30 days by charger (primary key). Five queries."""
    at = now()
    availabilities = outages.of_chargers([charger.pk for charger in chargers], since=at - _UPTIME_OF, now=at)
    return {pk: availability.together.pct for pk, availability in availabilities.items()}


class ChargerFilter(FilterSet):  # type: ignore[misc]
    """Filters of chargers."""

    search = django_filters.CharFilter(method="find", label="Part of an id, a name, the model or the vendor.")
    property = django_filters.CharFilter(field_name="property__slug", label="The property's slug.")
    online = django_filters.BooleanFilter(field_name="connection_id", lookup_expr="isnull", exclude=True)
    tag = django_filters.CharFilter(method="tagged", label="A tag; capitals make no difference.")

    class Meta:
        model = Charger
        fields: ClassVar = ["search", "property", "online", "tag"]

    def find(self, queryset: QuerySet[Charger], _name: str, value: str) -> QuerySet[Charger]:
        for word in value.split():
            ids = Q(station_id__icontains=word) | Q(charger_id__icontains=word) | Q(name__icontains=word)
            queryset = queryset.filter(ids | Q(model__icontains=word) | Q(vendor__icontains=word))
        return queryset

    def tagged(self, queryset: QuerySet[Charger], _name: str, value: str) -> QuerySet[Charger]:
        return queryset.filter(pk__in=Tag.objects.filter(name__iexact=value).values("chargers"))


class ChargerPaging(KeyPaging):
    """Pages by charger id: each page begins after a given id."""

    key = "charger_id"
    parameter = "after"
    about = "The `id` of the last charger that you have: the page goes on after it."
    is_descending = False


class Chargers(ApiList[Charger]):
    """The chargers that the key may see."""

    queryset = Charger.objects.none()
    serializer_class = ChargerSerializer
    filterset_class = ChargerFilter
    pagination_class = ChargerPaging

    def visible(self, key: ApiKey) -> QuerySet[Charger]:
        rows = access.chargers(key).select_related("property", "unit", "licence")
        return rows.prefetch_related("tags", *with_outlets(now()))

    @extend_schema(
        request=fleet.NewChargerSerializer,
        responses={201: fleet.AddedChargerSerializer},
        examples=[OpenApiExample("A wallbox", value={"id": "CP-9", "property": "sunset-1"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Adds a charger before it connects. Only this answer has its password."""
        return fleet.add_charger(self.key(request), request)

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Returns the page and loads its chargers' uptime together."""
        rows = super().paginate_queryset(queryset)
        self.uptime = uptime_of(rows or [])
        return rows

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "uptime": getattr(self, "uptime", {})}


class ChargerDetail(ApiView):
    """One charger."""

    @extend_schema(responses=ChargerSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        return Response(ChargerSerializer(self.charger(request, charger_id, *with_outlets(now()))).data)


def _body(charger: Charger, *, uptime_pct: Decimal | None) -> dict[str, object]:
    frame = build_frame(charger)
    return {
        "id": charger.charger_id,
        "station_id": charger.station_id,
        "property": charger.property.slug,
        "online": charger.is_online(),
        "condition": frame.condition.word,
        "sentence": frame.condition.sentence,
        "ocpp_version": charger.ocpp_version,
        "vendor": charger.vendor,
        "model": charger.model,
        "firmware_version": charger.firmware_version,
        "last_message_at": charger.last_message_at,
        "tags": sorted((tag.name for tag in charger.tags.all()), key=str.casefold),
        "uptime_pct": uptime_pct,
        "connectors": [_plug(plug) for plug in frame.plugs],
    }


def _plug(plug: Plug) -> dict[str, object]:
    connector = plug.connector
    return {
        "evse": connector.evse.number,
        "connector": connector.number,
        "standard": connector.standard,
        "max_power_w": connector.max_power_w,
        "status": connector.status,
        "condition": plug.condition.word,
        "sentence": plug.condition.sentence,
        "can_start": plug.condition.can_start,
    }
