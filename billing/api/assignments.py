"""The REST API about who pays which rate, and where."""

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import access as people
from authorization.api.views import ApiList, ApiView, found
from authorization.models import ApiKey
from billing import access, rates
from billing.models import Rate, RateAssignment
from billing.views.assignments import written
from chargers.models import Charger, Property


class AssignmentSerializer(serializers.ModelSerializer[RateAssignment]):
    """Which rate a kind of person pays at a property, or at one charger of it."""

    rate = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    charger = serializers.SlugRelatedField[Any](
        slug_field="charger_id", read_only=True, help_text="null: all chargers of the property."
    )

    class Meta:
        model = RateAssignment
        fields = ["id", "rate", "property", "charger", "audience"]
        read_only_fields = fields


class NewAssignmentSerializer(serializers.Serializer[Any]):
    """Who is to pay it, and where."""

    rate = serializers.IntegerField(help_text="The rate's `id`.")
    property = serializers.SlugField(help_text="The property's slug; of the rate's host.")
    charger = serializers.CharField(
        max_length=48, required=False, allow_null=True, default=None, help_text="Its `id`; left out: all chargers."
    )
    audience = serializers.ChoiceField(choices=RateAssignment.Audience.choices)


class AssignmentFilter(FilterSet):  # type: ignore[misc]
    """Find assignments."""

    rate = django_filters.NumberFilter(field_name="rate_id", label="The rate's `id`.")
    property = django_filters.CharFilter(field_name="property__slug", label="The property's slug.")
    audience = django_filters.ChoiceFilter(choices=RateAssignment.Audience.choices)

    class Meta:
        model = RateAssignment
        fields: ClassVar = ["rate", "property", "audience"]


class Assignments(ApiList[RateAssignment]):
    """Who pays which rate where, newest first; and a new assignment."""

    queryset = RateAssignment.objects.none()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter

    def visible(self, key: ApiKey) -> QuerySet[RateAssignment]:
        return _shown(key)

    @extend_schema(
        request=NewAssignmentSerializer,
        responses={200: AssignmentSerializer, 201: AssignmentSerializer},
        examples=[
            OpenApiExample("Guests", value={"rate": 1, "property": "sunset-1", "audience": "guest"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """From now on they pay this rate there, also if they paid another (200). Running sessions keep theirs."""
        key = self.key(request)
        wanted = NewAssignmentSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        rate = _managed(key, asked["rate"])
        place = Property.objects.filter(host=rate.host, slug=asked["property"]).first()
        if place is None:
            raise ValidationError({"property": "The rate's host has no such property."})
        charger = _charger(place, asked["charger"])
        with transaction.atomic():
            made, replaced = rates.assign(rate, place=place, charger=charger, audience=asked["audience"])
            if replaced != rate:
                written("rate.assigned", made, user=key, before=replaced)
        code = status.HTTP_200_OK if replaced else status.HTTP_201_CREATED
        return Response(AssignmentSerializer(found(_shown(key), pk=made.pk)).data, status=code)


class OneAssignment(ApiView):
    """One assignment."""

    @extend_schema(responses=AssignmentSerializer)
    def get(self, request: Request, assignment_id: int) -> Response:
        return Response(AssignmentSerializer(found(_shown(self.key(request)), pk=assignment_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, assignment_id: int) -> Response:
        """They no longer pay this rate there; running sessions keep it."""
        key = self.key(request)
        assignment = found(_shown(key), pk=assignment_id)
        if not people.may_manage(key, assignment.rate.host):
            raise Http404
        with transaction.atomic():
            written("rate.unassigned", assignment, user=key, before=assignment.rate)
            assignment.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def _managed(key: ApiKey, pk: int) -> Rate:
    """The rate, if the key may manage it: a foreign one is as good as absent."""
    rate = access.rates(key).select_related("host").filter(pk=pk).first() if 0 < pk < 2**31 else None
    if rate is None or not people.may_manage(key, rate.host):
        raise ValidationError({"rate": "There is no such rate."})
    return rate


def _charger(place: Property, charger_id: str | None) -> Charger | None:
    if charger_id is None:
        return None
    charger = Charger.objects.filter(property=place, charger_id=charger_id).first()
    if charger is None:
        raise ValidationError({"charger": "The property has no such charger."})
    return charger


def _shown(key: ApiKey) -> QuerySet[RateAssignment]:
    rows = RateAssignment.objects.filter(rate__in=access.rates(key))
    return rows.select_related("rate__host", "property__host", "charger")
