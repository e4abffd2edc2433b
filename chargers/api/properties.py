"""The REST API about properties: open, change, close, their units, and who may charge there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import django_filters
from django.db.models import Count, Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of
from authorization.rest.bodies import Body
from chargers.acts import properties as acts
from chargers.models import Property, Unit
from chargers.properties import details
from chargers.properties.details import PropertyDetails, PropertyError


class UnitSerializer(serializers.ModelSerializer[Unit]):
    """An apartment, room or bay."""

    class Meta:
        model = Unit
        fields = ["slug", "name"]
        read_only_fields = fields


class PropertySerializer(serializers.ModelSerializer[Property]):
    """A site with its address, its time zone, and who is admitted besides the host's own groups."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    contact_email = serializers.EmailField(read_only=True, allow_blank=True, help_text="Empty: none.")
    chargers = serializers.IntegerField(source="charger_count", read_only=True, help_text="How many are in service.")
    opening_hours = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        read_only=True,
        help_text='By day, such as {"mon": ["08:00", "22:00"]}, in its zone; a missing day is closed, {} is always.',
    )
    units = UnitSerializer(many=True, read_only=True)

    class Meta:
        model = Property
        fields = [
            "slug", "host", "name", "address", "city", "postal_code", "country", "latitude", "longitude", "time_zone",
            "access", "contact_email", "contact_phone", "opening_hours", "closed_at", "chargers", "units",
        ]  # fmt: skip
        read_only_fields = fields


class _Particulars(Body):
    """The details of a property that a host enters."""

    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2.")
    latitude = serializers.DecimalField(
        max_digits=10,
        decimal_places=7,
        min_value=-90,
        max_value=90,
        required=False,
        allow_null=True,
        help_text="Degrees, WGS 84.",
    )
    longitude = serializers.DecimalField(
        max_digits=10,
        decimal_places=7,
        min_value=-180,
        max_value=180,
        required=False,
        allow_null=True,
        help_text="Degrees, WGS 84.",
    )
    contact_email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    opening_hours = serializers.DictField(
        required=False,
        child=serializers.ListField(child=serializers.CharField(max_length=5), min_length=2, max_length=2),
        help_text='By day, such as {"mon": ["08:00", "22:00"]}; a missing day is closed, {} is always.',
    )


class NewPropertySerializer(_Particulars):
    """A new property. Its groups' cards may charge there at once; others need `access`."""

    host = serializers.SlugField(required=False, help_text="The host's slug: for keys that see several hosts.")
    name = serializers.CharField(max_length=200)
    time_zone = serializers.CharField(max_length=50, help_text="IANA name, such as America/New_York.")


class PropertyChangeSerializer(_Particulars):
    """The changes; omitted fields stay as they are."""

    name = serializers.CharField(max_length=200, required=False)
    time_zone = serializers.CharField(
        max_length=50, required=False, help_text="It cannot change once somebody has charged there."
    )
    access = serializers.ChoiceField(
        choices=Property.Access.choices, required=False, help_text="Who may charge from now on."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError(f"Name at least one field to change: access, {', '.join(details.NAMES)}.")
        return attrs


class ClosingSerializer(Body):
    """The reason for closing a property, which is stored in the audit trail."""

    reason = serializers.CharField(max_length=400)


class UnitNameSerializer(Body):
    """The name of a unit."""

    name = serializers.CharField(max_length=100)


class PropertyFilter(FilterSet):  # type: ignore[misc]
    """Filters of properties."""

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
        return _annotate_properties(access.properties(key))

    @extend_schema(
        request=NewPropertySerializer,
        responses={201: PropertySerializer},
        examples=[
            OpenApiExample(
                "A house",
                value={"name": "Sunset 3", "time_zone": "America/New_York", "address": "14 Shore Rd", "country": "US"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Opens a property. Its slug is derived from its name."""
        key = self.key(request)
        body = NewPropertySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        host = host_of(key, values.pop("host", None))
        with _convert_property_errors():
            property_ = acts.add(host, PropertyDetails(**values), by=key, now=now())
        return Response(_answer(key, property_.slug), status=status.HTTP_201_CREATED)


class PropertyDetail(ApiView):
    """One property."""

    @extend_schema(responses=PropertySerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_answer(self.key(request), slug))

    @extend_schema(
        request=PropertyChangeSerializer,
        responses=PropertySerializer,
        examples=[OpenApiExample("Guests may charge", value={"access": "guest"}, request_only=True)],
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Changes the details, or who is admitted. New access applies to new starts; running sessions continue."""
        key = self.key(request)
        property_ = _get_managed_property(key, slug)
        body = PropertyChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        admits = values.pop("access", None)
        with _convert_property_errors():
            acts.edit_and_admit(property_, _merge_details(property_, values), access=admits, by=key, now=now())
        return Response(_answer(key, slug))


class PropertyClosing(ApiView):
    """The closing of a property."""

    @extend_schema(request=ClosingSerializer, responses=PropertySerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Closes a property without chargers in service; its sessions and documents remain."""
        key = self.key(request)
        property_ = _get_managed_property(key, slug)
        body = ClosingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with _convert_property_errors():
            acts.close(property_, reason=body.validated_data["reason"], by=key, now=now())
        return Response(_answer(key, slug))

    @extend_schema(responses={200: PropertySerializer})
    def delete(self, request: Request, slug: str) -> Response:
        """Reopens a closed property."""
        key = self.key(request)
        acts.reopen(_get_managed_property(key, slug), by=key, now=now())
        return Response(_answer(key, slug))


class PropertyUnits(ApiView):
    """The units of a property; `units` of the property lists them."""

    @extend_schema(request=UnitNameSerializer, responses={201: UnitSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Adds a unit. Its slug is derived from its name."""
        key = self.key(request)
        property_ = _get_managed_property(key, slug)
        with _convert_property_errors():
            unit = acts.add_unit(property_, name=_name(request), by=key, now=now())
        return Response(UnitSerializer(unit).data, status=status.HTTP_201_CREATED)


class UnitDetail(ApiView):
    """One unit."""

    @extend_schema(request=UnitNameSerializer, responses=UnitSerializer)
    def patch(self, request: Request, slug: str, unit: str) -> Response:
        """Renames a unit; its slug stays the same."""
        key = self.key(request)
        row = self._unit(key, slug, unit)
        with _convert_property_errors():
            acts.rename_unit(row, name=_name(request), by=key, now=now())
        return Response(UnitSerializer(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, unit: str) -> Response:
        """Removes a unit that no charger, stay, group or access rule refers to."""
        key = self.key(request)
        with _convert_property_errors():
            acts.remove_unit(self._unit(key, slug, unit), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _unit(self, key: ApiKey, slug: str, unit: str) -> Unit:
        rows = Unit.objects.filter(property=_get_managed_property(key, slug)).select_related("property__host")
        return find_or_404(rows, slug=unit)


def _get_managed_property(key: ApiKey, slug: str) -> Property:
    property_ = find_or_404(access.properties(key).select_related("host"), slug=slug)
    access.require(key, Right.MANAGE, property_.host)
    return property_


def _merge_details(property_: Property, values: Mapping[str, Any]) -> PropertyDetails | None:
    """Merges the changes into the property's details; None if there are none."""
    if not values:
        return None
    return PropertyDetails(**{name: values.get(name, getattr(property_, name)) for name in details.NAMES})


def _name(request: Request) -> str:
    body = UnitNameSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    name: str = body.validated_data["name"]
    return name


@contextmanager
def _convert_property_errors() -> Iterator[None]:
    """Reports errors at the fields that they are about."""
    try:
        yield
    except PropertyError as exc:
        raise ValidationError({name or "non_field_errors": text for name, text in exc.faults.items()}) from exc


def _answer(key: ApiKey, slug: str) -> Any:
    return PropertySerializer(find_or_404(_annotate_properties(access.properties(key)), slug=slug)).data


def _annotate_properties(rows: QuerySet[Property]) -> QuerySet[Property]:
    in_service = Count("chargers", filter=Q(chargers__retired_at=None), distinct=True)
    return rows.select_related("host").prefetch_related("units").annotate(charger_count=in_service)
