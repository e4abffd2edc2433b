"""The REST API for property systems: connections, their listings, and properties' hours."""

from datetime import timedelta
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, PmsConnection, PmsListing
from authorization.models.pms import LONGEST_MARGIN_MIN
from authorization.people import access
from authorization.people.request import now
from authorization.pms import acts, connections, hours
from authorization.pms.connections import ConnectionSettings, SettingsError
from authorization.pms.failures import MOVES
from authorization.pms.hours import Hours
from authorization.pms.parsing import bookings
from authorization.pms.systems import catalogue
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from chargers.models import Property


def _hour(value: str) -> None:
    if bookings.hour(value) is None:
        raise ValidationError("This is not a time of day: write it as 15:00.")


class PmsFailureSerializer(serializers.Serializer[Any]):
    """Why a system cannot be read."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    fix = serializers.CharField()
    whose_move = serializers.ChoiceField(choices=list(MOVES.values()))


class PmsConnectionSerializer(serializers.ModelSerializer[PmsConnection]):
    """A property system. Its address and credentials are never shown again."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    server = serializers.SerializerMethodField(help_text="The host name of its address.")
    failure = serializers.SerializerMethodField()

    class Meta:
        model = PmsConnection
        fields = [
            "key", "host", "name", "kind", "server", "is_enabled", "created_at", "tried_at", "succeeded_at",
            "next_due_at", "event_at", "failing_since", "failures", "failure", "stays_read", "refused_rows",
        ]  # fmt: skip
        read_only_fields = fields

    def get_server(self, row: PmsConnection) -> str:
        return connections.server(row)

    @extend_schema_field(PmsFailureSerializer(allow_null=True))
    def get_failure(self, row: PmsConnection) -> dict[str, str] | None:
        failure = connections.failure(row)
        return dict(PmsFailureSerializer(failure).data) if failure else None


class PmsListingSerializer(serializers.ModelSerializer[PmsListing]):
    """A listing in the system, and the unit that it stands for here; without a property its bookings wait."""

    connection = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    unit = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = PmsListing
        fields = ["id", "connection", "key", "name", "property", "unit", "waiting", "added_at"]
        read_only_fields = fields


class KindField(serializers.ChoiceField):
    """A system of the catalogue, read at request time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(catalogue.choices(), **kwargs)


class NewPmsConnectionSerializer(Body):
    """A system to connect; a worker reads it within seconds."""

    host = serializers.SlugField(required=False, help_text="Agents: whose.")
    name = serializers.CharField(max_length=100, validators=[require_storable])
    kind = KindField()
    url = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        validators=[require_storable],
        help_text="Of a calendar, or of an account that has an address of its own.",
    )
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=1000, validators=[require_storable]),
        required=False,
        default=dict,
        help_text="; ".join(
            f"{kind}: {', '.join(credential.name for credential in system.credentials)}"
            for kind, system in catalogue.ALL.items()
            if system.credentials
        )
        + ".",
    )


class PmsConnectionChangeSerializer(Body):
    """The fields to change; fields left out stay as they are."""

    name = serializers.CharField(max_length=100, required=False, validators=[require_storable])
    url = serializers.CharField(max_length=1000, required=False, validators=[require_storable])
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=1000, validators=[require_storable]), required=False
    )


class PmsMappingSerializer(Body):
    """The unit that a listing stands for; null as the property removes the mapping."""

    property = serializers.SlugField(allow_null=True)
    unit = serializers.SlugField(required=False, allow_null=True, default=None, help_text="Null: all of the property.")


class StayHoursSerializer(Body):
    """Hours in the property's time zone, such as 15:00, with margins in minutes. Margins left out stay as they are."""

    check_in = serializers.CharField(max_length=8, validators=[_hour])
    check_out = serializers.CharField(max_length=8, validators=[_hour])
    early_min = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_MARGIN_MIN,
        help_text="So many minutes before check-in guests of bookings may charge.",
    )
    late_min = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_MARGIN_MIN,
        help_text="So many minutes after check-out guests of bookings may charge.",
    )
    most_phones = serializers.IntegerField(
        required=False, min_value=1, max_value=20, help_text="On so many phones one booking opens the chargers."
    )


class PmsConnectionFilter(FilterSet):  # type: ignore[misc]
    """Filters connections."""

    kind = django_filters.ChoiceFilter(choices=catalogue.choices())
    failing = django_filters.BooleanFilter(field_name="failing_since", lookup_expr="isnull", exclude=True)

    class Meta:
        model = PmsConnection
        fields: ClassVar = ["kind", "failing"]


class PmsListingFilter(FilterSet):  # type: ignore[misc]
    """Filters listings."""

    connection = django_filters.CharFilter(field_name="connection__key", label="The connection's key.")
    mapped = django_filters.BooleanFilter(field_name="property", lookup_expr="isnull", exclude=True)

    class Meta:
        model = PmsListing
        fields: ClassVar = ["connection", "mapped"]


class PmsConnections(ApiList[PmsConnection]):
    """Lists the host's property systems, newest first."""

    queryset = PmsConnection.objects.none()
    serializer_class = PmsConnectionSerializer
    filterset_class = PmsConnectionFilter

    def visible(self, key: ApiKey) -> QuerySet[PmsConnection]:
        return _visible_connections(key)

    @extend_schema(
        request=NewPmsConnectionSerializer,
        responses={201: PmsConnectionSerializer},
        examples=[
            OpenApiExample(
                "A calendar of Airbnb",
                value={"name": "Airbnb 2B", "kind": "ical", "url": "https://www.airbnb.com/calendar/ical/1.ics?s=x"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Connects a system."""
        key = self.key(request)
        fields = parse_request(NewPmsConnectionSerializer, request)
        host = host_of(key, fields.pop("host", None))
        try:
            new_connection = acts.add(host, ConnectionSettings(**fields), by=key, now=now())
        except SettingsError as exc:
            raise _build_validation_error(exc) from exc
        return Response(PmsConnectionSerializer(new_connection).data, status=status.HTTP_201_CREATED)


class PmsConnectionDetail(ApiView):
    """Returns one property system."""

    @extend_schema(responses=PmsConnectionSerializer)
    def get(self, request: Request, pms_key: str) -> Response:
        return Response(PmsConnectionSerializer(find_or_404(_visible_connections(self.key(request)), key=pms_key)).data)

    @extend_schema(request=PmsConnectionChangeSerializer, responses=PmsConnectionSerializer)
    def patch(self, request: Request, pms_key: str) -> Response:
        """Changes its name, address or credentials; its kind cannot change."""
        key = self.key(request)
        row = find_or_404(_visible_connections(key), key=pms_key)
        fields = parse_request(PmsConnectionChangeSerializer, request)
        entered = ConnectionSettings(
            name=fields.get("name", row.name),
            kind=row.kind,
            url=fields.get("url", ""),
            credentials=fields.get("credentials", {}),
        )
        try:
            acts.change(row, entered, by=key, now=now())
        except SettingsError as exc:
            raise _build_validation_error(exc) from exc
        return Response(PmsConnectionSerializer(find_or_404(_visible_connections(key), key=pms_key)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pms_key: str) -> Response:
        """Removes it: its future stays are cancelled, those that run are kept until they end."""
        key = self.key(request)
        acts.remove(find_or_404(_visible_connections(key), key=pms_key), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PmsSync(ApiView):
    """Requests a sync."""

    @extend_schema(request=None, responses={202: PmsConnectionSerializer})
    def post(self, request: Request, pms_key: str) -> Response:
        """Starts a full sync within seconds; 409 if the system is paused."""
        key = self.key(request)
        row = find_or_404(_visible_connections(key), key=pms_key)
        if not acts.sync(row, by=key, now=now()):
            raise ConflictError("It is paused: resume it first.")
        return Response(
            PmsConnectionSerializer(find_or_404(_visible_connections(key), key=pms_key)).data,
            status=status.HTTP_202_ACCEPTED,
        )


class PmsPause(ApiView):
    """Pauses a property system."""

    @extend_schema(request=None, responses=PmsConnectionSerializer)
    def post(self, request: Request, pms_key: str) -> Response:
        """Stops reading until it is resumed; its stays are not changed."""
        key = self.key(request)
        acts.pause(find_or_404(_visible_connections(key), key=pms_key), by=key, now=now())
        return Response(PmsConnectionSerializer(find_or_404(_visible_connections(key), key=pms_key)).data)


class PmsResume(ApiView):
    """Resumes a property system."""

    @extend_schema(request=None, responses=PmsConnectionSerializer)
    def post(self, request: Request, pms_key: str) -> Response:
        """Resumes reading within seconds."""
        key = self.key(request)
        acts.resume(find_or_404(_visible_connections(key), key=pms_key), by=key, now=now())
        return Response(PmsConnectionSerializer(find_or_404(_visible_connections(key), key=pms_key)).data)


class PmsListings(ApiList[PmsListing]):
    """Lists the listings of the host's property systems, newest first."""

    queryset = PmsListing.objects.none()
    serializer_class = PmsListingSerializer
    filterset_class = PmsListingFilter

    def visible(self, key: ApiKey) -> QuerySet[PmsListing]:
        return _listings(key)


class PmsListingDetail(ApiView):
    """Maps one listing."""

    @extend_schema(request=PmsMappingSerializer, responses=PmsListingSerializer)
    def patch(self, request: Request, listing_id: int) -> Response:
        """Sets the unit that the listing stands for; its bookings become stays there within seconds."""
        key = self.key(request)
        row = find_or_404(_listings(key), pk=listing_id)
        fields = parse_request(PmsMappingSerializer, request)
        if fields["unit"] and not fields["property"]:
            raise ValidationError({"unit": "A unit belongs to a property: name that too."})
        target_name = "/".join(part for part in (fields["property"], fields["unit"]) if part)
        try:
            target = connections.target(row.connection.host, target_name) if target_name else None
        except SettingsError as exc:
            raise ValidationError({"unit" if fields["unit"] else "property": str(exc)}) from exc
        acts.map_listing(row, target, by=key, now=now())
        return Response(PmsListingSerializer(find_or_404(_listings(key), pk=listing_id)).data)


class PropertyStayHours(ApiView):
    """Check-in and check-out hours of a property for bookings that name none."""

    @extend_schema(responses=StayHoursSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_hours(self._get_property(request, slug)))

    @extend_schema(request=StayHoursSerializer, responses=StayHoursSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Sets both hours. Stays follow at the next sync of their system, or at once if only the margins change."""
        property_ = self._get_property(request, slug)
        fields = parse_request(StayHoursSerializer, request)
        check_in, check_out = bookings.hour(fields["check_in"]), bookings.hour(fields["check_out"])
        assert check_in is not None
        assert check_out is not None
        before = hours.of_property(property_)
        stay_hours = Hours(
            check_in,
            check_out,
            timedelta(minutes=fields["early_min"]) if "early_min" in fields else before.early,
            timedelta(minutes=fields["late_min"]) if "late_min" in fields else before.late,
            fields.get("most_phones", before.most_phones),
        )
        acts.set_hours(property_, stay_hours, by=self.key(request), now=now())
        return Response(_hours(property_))

    def _get_property(self, request: Request, slug: str) -> Property:
        return find_or_404(access.managed_properties(self.key(request)).select_related("host"), slug=slug)


def _hours(property_: Property) -> dict[str, str | int]:
    stay_hours = hours.of_property(property_)
    return {
        "check_in": f"{stay_hours.check_in:%H:%M}",
        "check_out": f"{stay_hours.check_out:%H:%M}",
        "early_min": stay_hours.early // timedelta(minutes=1),
        "late_min": stay_hours.late // timedelta(minutes=1),
        "most_phones": stay_hours.most_phones,
    }


def _build_validation_error(exc: SettingsError) -> ValidationError:
    field_names = {"name", "kind", "url", "credentials"}
    return ValidationError({exc.field if exc.field in field_names else "credentials": str(exc)})


def _visible_connections(key: ApiKey) -> QuerySet[PmsConnection]:
    return access.pms_connections(key).select_related("host")


def _listings(key: ApiKey) -> QuerySet[PmsListing]:
    rows = PmsListing.objects.filter(connection__in=access.pms_connections(key))
    return rows.select_related("connection__host", "property", "unit")
