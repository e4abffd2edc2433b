"""The REST API for cars that may start by themselves: who pays, and who consented."""

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, Vehicle
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, UidField, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from authorization.tokens.acts import vehicles as acts
from authorization.tokens.acts.vehicles import VehicleError


class VehicleSerializer(serializers.ModelSerializer[Vehicle]):
    """A car that presented its own id at one of the host's chargers."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    token = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True, help_text="Who pays.")
    seen_by = serializers.CharField(source="seen_by.charger_id", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Vehicle
        fields = [
            "id", "host", "uid", "name", "state", "token", "first_seen_at", "seen_at", "seen_by", "consent_at",
            "consent_by", "consent_words",
        ]  # fmt: skip
        read_only_fields = fields


class VehicleNameSerializer(Body):
    """The host's name for it."""

    name = serializers.CharField(max_length=100, allow_blank=True, validators=[require_storable])


class PayerSerializer(Body):
    """A card of the host, in any notation."""

    uid = UidField()


class ConsentSerializer(Body):
    """How its driver consented; needed once."""

    consent = serializers.CharField(max_length=500, allow_blank=True, default="", validators=[require_storable])


class VehicleFilter(FilterSet):  # type: ignore[misc]
    """Filters cars."""

    state = django_filters.ChoiceFilter(choices=Vehicle.State.choices)
    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = Vehicle
        fields: ClassVar = ["state", "host"]


class Vehicles(ApiList[Vehicle]):
    """Lists the host's cars, newest first."""

    queryset = Vehicle.objects.none()
    serializer_class = VehicleSerializer
    filterset_class = VehicleFilter

    def visible(self, key: ApiKey) -> QuerySet[Vehicle]:
        return _visible_vehicles(key)


class VehicleDetail(ApiView):
    """One car."""

    @extend_schema(responses=VehicleSerializer)
    def get(self, request: Request, vehicle_id: int) -> Response:
        return Response(VehicleSerializer(find_or_404(_visible_vehicles(self.key(request)), pk=vehicle_id)).data)

    @extend_schema(request=VehicleNameSerializer, responses=VehicleSerializer)
    def patch(self, request: Request, vehicle_id: int) -> Response:
        """Names the car."""
        return _act_on_vehicle(
            self, request, vehicle_id, acts.name, text=parse_request(VehicleNameSerializer, request)["name"]
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, vehicle_id: int) -> Response:
        """Deletes the car, as if it had never been seen."""
        acts.remove(find_or_404(_visible_vehicles(self.key(request)), pk=vehicle_id), by=self.key(request), now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class VehiclePayer(ApiView):
    """Sets who pays for a car."""

    @extend_schema(request=PayerSerializer, responses=VehicleSerializer)
    def put(self, request: Request, vehicle_id: int) -> Response:
        """Sets one of the host's own cards as payer; its driver has to consent anew."""
        return _act_on_vehicle(self, request, vehicle_id, acts.pay_with, **parse_request(PayerSerializer, request))


class VehicleActivation(ApiView):
    """Lets a car start by itself."""

    @extend_schema(
        request=ConsentSerializer,
        responses=VehicleSerializer,
        examples=[OpenApiExample("By mail", value={"consent": "Kim agreed by e-mail on 3 July."}, request_only=True)],
    )
    def post(self, request: Request, vehicle_id: int) -> Response:
        """Lets the car start by itself from its next arrival, wherever its card is let in."""
        return _act_on_vehicle(self, request, vehicle_id, acts.enable, **parse_request(ConsentSerializer, request))


class VehicleSuspension(ApiView):
    """Refuses a car."""

    @extend_schema(request=None, responses=VehicleSerializer)
    def post(self, request: Request, vehicle_id: int) -> Response:
        """Refuses the car; a running session continues."""
        return _act_on_vehicle(self, request, vehicle_id, acts.suspend)


def _act_on_vehicle(
    view: ApiView, request: Request, vehicle_id: int, act: Callable[..., object], **fields: Any
) -> Response:
    key = view.key(request)
    try:
        act(find_or_404(_visible_vehicles(key), pk=vehicle_id), **fields, by=key, now=now())
    except VehicleError as exc:
        raise ConflictError(str(exc)) from exc
    return Response(VehicleSerializer(find_or_404(_visible_vehicles(key), pk=vehicle_id)).data)


def _visible_vehicles(key: ApiKey) -> QuerySet[Vehicle]:
    rows = access.filter_permitted(Vehicle.objects.all(), key, host="host_id", property_=None, charger=None)
    return rows.select_related("host", "token", "seen_by")
