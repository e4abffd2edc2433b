"""The REST API about properties: the sites of chargers, and who may charge at them."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.api.base import ApiList, ApiView, found
from authorization.api.bodies import Body
from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from chargers.acts.properties import admit
from chargers.models import Property


class PropertySerializer(serializers.ModelSerializer[Property]):
    """A site with its address, its time zone, and who is admitted beside the host's own groups."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    contact_email = serializers.EmailField(read_only=True, allow_blank=True, help_text="Empty: none.")
    chargers = serializers.IntegerField(source="charger_count", read_only=True, help_text="How many are in service.")

    class Meta:
        model = Property
        fields = [
            "slug", "host", "name", "address", "city", "postal_code", "country", "latitude", "longitude", "time_zone",
            "access", "contact_email", "contact_phone", "chargers",
        ]  # fmt: skip
        read_only_fields = fields


class AdmissionSerializer(Body):
    """Who may charge from now on."""

    access = serializers.ChoiceField(choices=Property.Access.choices)


class PropertyFilter(FilterSet):  # type: ignore[misc]
    """Find properties."""

    access = django_filters.ChoiceFilter(choices=Property.Access.choices)
    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = Property
        fields: ClassVar = ["access", "host"]


class Properties(ApiList[Property]):
    """Properties, newest first."""

    queryset = Property.objects.none()
    serializer_class = PropertySerializer
    filterset_class = PropertyFilter

    def visible(self, key: ApiKey) -> QuerySet[Property]:
        return _shown(access.properties(key))


class OneProperty(ApiView):
    """One property."""

    @extend_schema(responses=PropertySerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(PropertySerializer(found(_shown(access.properties(self.key(request))), slug=slug)).data)

    @extend_schema(
        request=AdmissionSerializer,
        responses=PropertySerializer,
        examples=[OpenApiExample("Guests may charge", value={"access": "guest"}, request_only=True)],
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Changes who is admitted, for starts from now on; running sessions go on."""
        key = self.key(request)
        rows = _shown(access.properties(key))
        place = found(rows, slug=slug)
        if not access.may_manage(key, place.host):
            raise Http404
        wanted = AdmissionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        admit(place, access=wanted.validated_data["access"], by=key, now=now())
        return Response(PropertySerializer(found(rows, slug=slug)).data)


def _shown(rows: QuerySet[Property]) -> QuerySet[Property]:
    in_service = Count("chargers", filter=Q(chargers__retired_at=None), distinct=True)
    return rows.select_related("host").annotate(charger_count=in_service)
