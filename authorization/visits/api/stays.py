"""The REST API for stays: a guest's card at a unit, from arrival to departure."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, Stay, StayKey
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, MomentField, UidField, find_or_404
from authorization.rest.bodies import Body, array_schema, parse_request
from authorization.rest.problems import ConflictError
from authorization.visits import stay_keys, stays
from authorization.visits.acts import stays as acts
from authorization.visits.stays import ManagedElsewhereError, StayDetails

_MAX_CARDS = 10


class StaySerializer(serializers.ModelSerializer[Stay]):
    """A stay with its card. Times are UTC."""

    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    unit = serializers.CharField(source="unit.slug", read_only=True, allow_null=True, default=None)
    token = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)
    uid = serializers.CharField(source="token.uid", read_only=True, allow_null=True, default=None)
    guest_email = serializers.EmailField(read_only=True, allow_blank=True, help_text="Empty: none.")
    state = serializers.SerializerMethodField()
    pms_connection = serializers.CharField(
        source="connection.key",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The property system that keeps it; null: by hand.",
    )
    access_from = serializers.SerializerMethodField()
    access_to = serializers.SerializerMethodField()

    class Meta:
        model = Stay
        fields = [
            "id", "property", "unit", "token", "uid", "guest_name", "guest_email", "reference", "arrives_at",
            "departs_at", "cancelled_at", "state", "pms_connection", "access_from", "access_to",
        ]  # fmt: skip
        read_only_fields = fields

    def get_access_from(self, stay: Stay) -> datetime:
        """Returns the time from which its card is admitted."""
        return stays.access_span(stay)[0]

    def get_access_to(self, stay: Stay) -> datetime:
        """Returns the time until which its card is admitted."""
        return stays.access_span(stay)[1]

    def get_state(self, stay: Stay) -> str:
        """Returns coming, running, over, cancelled or no_show."""
        return stays.state(stay, now=now()).value


class NewStaySerializer(Body):
    """A guest's stay. A time without an offset is in UTC."""

    property = serializers.SlugField(help_text="The property's slug.")
    unit = serializers.SlugField(required=False, allow_null=True, default=None, help_text="Left out: all of it.")
    guest_name = serializers.CharField(max_length=200)
    guest_email = serializers.EmailField(required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    arrives_at = MomentField()
    departs_at = MomentField()
    cards = serializers.ListField(
        child=UidField(),
        required=False,
        default=list,
        max_length=_MAX_CARDS,
        help_text="UIDs in any notation; a card that nobody knows becomes the host's. None: their phone is the key.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["departs_at"] <= attrs["arrives_at"]:
            raise ValidationError({"departs_at": "This must be later than the arrival."})
        return attrs


class StayChangeSerializer(Body):
    """The fields to change; fields left out stay as they are. Another property clears the unit unless one is given."""

    property = serializers.SlugField(required=False)
    unit = serializers.SlugField(required=False, allow_null=True, help_text="Null: all of it.")
    guest_name = serializers.CharField(max_length=200, required=False)
    guest_email = serializers.EmailField(required=False, allow_blank=True)
    reference = serializers.CharField(max_length=100, required=False, allow_blank=True)
    arrives_at = MomentField(required=False)
    departs_at = MomentField(required=False)


class StayCardSerializer(Body):
    """A guest's card."""

    uid = UidField(help_text="In any notation; a card that nobody knows becomes the host's.")


class StayPhoneSerializer(serializers.ModelSerializer[StayKey]):
    """A phone that opens the chargers of a stay."""

    class Meta:
        model = StayKey
        fields: ClassVar = ["id", "proof", "is_remembered", "given_at"]
        read_only_fields = fields


class StayFilter(FilterSet):  # type: ignore[misc]
    """Filters stays."""

    search = django_filters.CharFilter(method="find", label="The card in any notation, the guest or the reference.")
    property = django_filters.CharFilter(field_name="property__slug", label="The property's slug.")

    class Meta:
        model = Stay
        fields: ClassVar = ["search", "property"]

    def find(self, queryset: QuerySet[Stay], _name: str, value: str) -> QuerySet[Stay]:
        return stays.find(queryset, value)


class Stays(ApiList[Stay]):
    """Lists the host's stays, newest first."""

    queryset = Stay.objects.none()
    serializer_class = StaySerializer
    filterset_class = StayFilter

    def visible(self, key: ApiKey) -> QuerySet[Stay]:
        return _visible_stays(key)

    @extend_schema(
        request=NewStaySerializer,
        responses={201: array_schema("Stay")},
        examples=[
            OpenApiExample(
                "A weekend",
                value={
                    "property": "sunset-1",
                    "unit": "2b",
                    "guest_name": "Robin",
                    "arrives_at": "2026-07-03T15:00:00-04:00",
                    "departs_at": "2026-07-05T11:00:00-04:00",
                    "cards": ["04:FF:EE:00:42"],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Lets the guest's cards charge there between arrival and departure: one stay per card.

        An identical stay that exists already is returned, not created again.
        """
        key = self.key(request)
        body = NewStaySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validated = dict(body.validated_data)
        added = acts.add(_parse_stay_fields(key, validated), cards=validated["cards"], by=key, now=now())
        answered = _visible_stays(key).filter(pk__in=[addition.stay.pk for addition in added]).order_by("pk")
        return Response(StaySerializer(answered, many=True).data, status=status.HTTP_201_CREATED)


class StayDetail(ApiView):
    """One stay."""

    @extend_schema(responses=StaySerializer)
    def get(self, request: Request, stay_id: int) -> Response:
        return Response(StaySerializer(find_or_404(_visible_stays(self.key(request)), pk=stay_id)).data)

    @extend_schema(request=StayChangeSerializer, responses=StaySerializer)
    def patch(self, request: Request, stay_id: int) -> Response:
        """Changes place and times; its card stays. A stay from a property system must be changed there: 409."""
        key = self.key(request)
        stay = find_or_404(_visible_stays(key), pk=stay_id)
        fields = parse_request(StayChangeSerializer, request)
        merged = {
            "property": stay.property.slug,
            "unit": stay.unit.slug
            if stay.unit and fields.get("property", stay.property.slug) == stay.property.slug
            else None,
            "guest_name": stay.guest_name,
            "guest_email": stay.guest_email,
            "reference": stay.reference,
            "arrives_at": stay.arrives_at,
            "departs_at": stay.departs_at,
        } | fields
        if merged["departs_at"] <= merged["arrives_at"]:
            raise ValidationError({"departs_at": "This must be later than the arrival."})
        entered = _parse_stay_fields(key, merged)
        if entered.property.host_id != stay.property.host_id:
            raise ValidationError({"property": "There is no such property of the stay's host."})
        with _convert_to_conflict():
            acts.change(stay, entered, by=key, now=now())
        return Response(StaySerializer(find_or_404(_visible_stays(key), pk=stay_id)).data)


class StayEnd(ApiView):
    """Ends a stay."""

    @extend_schema(request=None, responses=StaySerializer)
    def post(self, request: Request, stay_id: int) -> Response:
        """Ends a stay that runs, or cancels one that has not begun; one that is over stays as it is.

        A stay from a property system must be cancelled there: 409.
        """
        key = self.key(request)
        stay = find_or_404(_visible_stays(key), pk=stay_id)
        with _convert_to_conflict():
            acts.end(stay, by=key, now=now())
        return Response(StaySerializer(find_or_404(_visible_stays(key), pk=stay_id)).data)


class StayCard(ApiView):
    """The card of a stay."""

    @extend_schema(request=StayCardSerializer, responses=StaySerializer)
    def post(self, request: Request, stay_id: int) -> Response:
        """Sets or replaces the guest's card, which a property system does not know."""
        key = self.key(request)
        fields = parse_request(StayCardSerializer, request)
        acts.give_card(find_or_404(_visible_stays(key), pk=stay_id), fields["uid"], by=key, now=now())
        return Response(StaySerializer(find_or_404(_visible_stays(key), pk=stay_id)).data)


class StayPhones(ApiView):
    """The phones of a stay."""

    @extend_schema(responses=StayPhoneSerializer(many=True))
    def get(self, request: Request, stay_id: int) -> Response:
        """Lists the phones that open its chargers, and since when."""
        stay = find_or_404(_visible_stays(self.key(request)), pk=stay_id)
        return Response(StayPhoneSerializer(stay_keys.in_force(stay), many=True).data)


class StayPhoneDetail(ApiView):
    """One phone of a stay."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, stay_id: int, phone_id: int) -> Response:
        """Removes the phone; its running session continues. Repeating it changes nothing."""
        key = self.key(request)
        acts.take_phone(find_or_404(_visible_stays(key), pk=stay_id), phone_id, by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


@contextmanager
def _convert_to_conflict() -> Iterator[None]:
    """Turns ManagedElsewhereError into a 409 that tells where the stay is changed."""
    try:
        yield
    except ManagedElsewhereError as exc:
        raise ConflictError(str(exc)) from exc


def _parse_stay_fields(key: ApiKey, fields: dict[str, Any]) -> StayDetails:
    property_ = access.managed_properties(key).select_related("host").filter(slug=fields["property"]).first()
    if property_ is None:
        raise ValidationError({"property": "There is no such property."})
    unit = property_.units.filter(slug=fields["unit"]).first() if fields["unit"] else None
    if fields["unit"] and unit is None:
        raise ValidationError({"unit": f"{property_.name} has no such unit."})
    return StayDetails(
        property=property_,
        unit=unit,
        guest_name=fields["guest_name"],
        guest_email=fields["guest_email"],
        reference=fields["reference"],
        arrives_at=fields["arrives_at"],
        departs_at=fields["departs_at"],
    )


def _visible_stays(key: ApiKey) -> QuerySet[Stay]:
    return access.stays(key).select_related("property__host", "unit", "token", "connection")
