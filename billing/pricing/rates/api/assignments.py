"""The REST API about who pays which rate, and where."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, MobilityProvider, TokenGroup
from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, MomentField, find_or_404
from authorization.rest.bodies import Body
from billing import access
from billing.models import Rate, RateAssignment
from billing.pricing.rates import catalogue
from billing.pricing.rates.acts import assignments as acts
from billing.pricing.rates.catalogue import AssignmentScope
from chargers.models import Charger, Property


class AssignmentSerializer(serializers.ModelSerializer[RateAssignment]):
    """The rate that an audience pays at a property, or at one of its chargers."""

    rate = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    charger = serializers.SlugRelatedField[Any](
        slug_field="charger_id", read_only=True, allow_null=True, help_text="null: all chargers of the property."
    )
    connector = serializers.IntegerField(
        source="evse_number", read_only=True, allow_null=True, help_text="Its number on the label; null: every one."
    )
    group = serializers.SlugRelatedField[Any](
        slug_field="slug",
        read_only=True,
        allow_null=True,
        help_text="Only members whose card is in this group; null: all.",
    )
    msp = serializers.SerializerMethodField(help_text="Only drivers of this roaming partner; null: all.")

    class Meta:
        model = RateAssignment
        fields = [
            "id",
            "rate",
            "property",
            "charger",
            "connector",
            "audience",
            "group",
            "msp",
            "priority",
            "active_from",
            "active_to",
        ]
        read_only_fields = fields

    def get_msp(self, assignment: RateAssignment) -> str | None:
        msp = assignment.msp
        return f"{msp.country_code}-{msp.party_id}" if msp else None


class NewAssignmentSerializer(Body):
    """The audience and the place of an assignment."""

    rate = serializers.IntegerField(help_text="The rate's `id`.")
    property = serializers.SlugField(help_text="The property's slug; of the rate's host.")
    charger = serializers.CharField(
        max_length=48, required=False, allow_null=True, default=None, help_text="Its `id`; left out: all chargers."
    )
    connector = serializers.IntegerField(
        min_value=1, max_value=1000, required=False, allow_null=True, default=None, help_text="Left out: every one."
    )
    audience = serializers.ChoiceField(choices=RateAssignment.Audience.choices)
    group = serializers.SlugField(
        required=False, allow_null=True, default=None, help_text="A card group of the host; with audience `member`."
    )
    msp = serializers.RegexField(
        r"\A[A-Z]{2}-[A-Z0-9]{3}\Z",
        required=False,
        allow_null=True,
        default=None,
        help_text="A roaming partner such as NL-EMS; with audience `roaming`.",
    )
    priority = serializers.IntegerField(
        min_value=-100, max_value=100, default=0, help_text="The highest wins, before what is nearer or narrower."
    )
    active_from = MomentField(required=False, allow_null=True, default=None)
    active_to = MomentField(required=False, allow_null=True, default=None, help_text="Not counted in.")


class AssignmentFilter(FilterSet):  # type: ignore[misc]
    """Find assignments."""

    rate = django_filters.NumberFilter(field_name="rate_id", label="The rate's `id`.")
    property = django_filters.CharFilter(field_name="property__slug", label="The property's slug.")
    audience = django_filters.ChoiceFilter(choices=RateAssignment.Audience.choices)

    class Meta:
        model = RateAssignment
        fields: ClassVar = ["rate", "property", "audience"]


class Assignments(ApiList[RateAssignment]):
    """Lists who pays which rate where, newest first, and adds assignments."""

    queryset = RateAssignment.objects.none()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter

    def visible(self, key: ApiKey) -> QuerySet[RateAssignment]:
        return _filter_visible_assignments(key)

    @extend_schema(
        request=NewAssignmentSerializer,
        responses={200: AssignmentSerializer, 201: AssignmentSerializer},
        examples=[
            OpenApiExample("Guests", value={"rate": 1, "property": "sunset-1", "audience": "guest"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Assigns the rate to people who start from now.

        Returns 200 if it replaces another rate. Running sessions keep theirs.
        """
        key = self.key(request)
        serializer = NewAssignmentSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        rate = _get_managed_rate(key, fields["rate"])
        property_ = Property.objects.filter(host=rate.host, slug=fields["property"]).first()
        if property_ is None:
            raise ValidationError({"property": "The rate's host has no such property."})
        assignment, replaced = _assign(rate, _resolve_scope(property_, fields, rate=rate), key=key)
        code = status.HTTP_200_OK if replaced else status.HTTP_201_CREATED
        return Response(
            AssignmentSerializer(find_or_404(_filter_visible_assignments(key), pk=assignment.pk)).data, status=code
        )


class AssignmentDetail(ApiView):
    """One assignment."""

    @extend_schema(responses=AssignmentSerializer)
    def get(self, request: Request, assignment_id: int) -> Response:
        return Response(
            AssignmentSerializer(find_or_404(_filter_visible_assignments(self.key(request)), pk=assignment_id)).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, assignment_id: int) -> Response:
        """Removes the assignment; running sessions keep their rate."""
        key = self.key(request)
        assignment = find_or_404(_filter_visible_assignments(key), pk=assignment_id)
        acts.unassign(assignment, by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _assign(rate: Rate, scope: AssignmentScope, *, key: ApiKey) -> tuple[RateAssignment, Rate | None]:
    try:
        return acts.assign(rate, scope, by=key, now=now())
    except catalogue.RateError as exc:
        raise ValidationError({"audience": str(exc)}) from exc


def _resolve_scope(property_: Property, fields: dict[str, Any], *, rate: Rate) -> AssignmentScope:
    """Returns the place and the audience. Raises ValidationError for what does not exist."""
    group = TokenGroup.objects.filter(host=rate.host, slug=fields["group"]).first() if fields["group"] else None
    country, _, party = (fields["msp"] or "").partition("-")
    msp = MobilityProvider.objects.filter(country_code=country, party_id=party).first() if party else None
    if fields["group"] and group is None:
        raise ValidationError({"group": "The rate's host has no such card group."})
    if fields["msp"] and msp is None:
        raise ValidationError({"msp": "There is no such roaming partner."})
    return AssignmentScope(
        property=property_,
        charger=_charger(property_, fields["charger"]),
        evse_number=fields["connector"],
        audience=fields["audience"],
        group=group,
        msp=msp,
        priority=fields["priority"],
        active_from=fields["active_from"],
        active_to=fields["active_to"],
    )


def _get_managed_rate(key: ApiKey, pk: int) -> Rate:
    """Returns the rate if the key may manage it; other rates are treated as missing."""
    rate = access.rates(key).select_related("host").filter(pk=pk).first() if 0 < pk < 2**31 else None
    if rate is None or not people.may_manage(key, rate.host):
        raise ValidationError({"rate": "There is no such rate."})
    return rate


def _charger(property_: Property, charger_id: str | None) -> Charger | None:
    if charger_id is None:
        return None
    charger = Charger.objects.filter(property=property_, charger_id=charger_id).first()
    if charger is None:
        raise ValidationError({"charger": "The property has no such charger."})
    return charger


def _filter_visible_assignments(key: ApiKey) -> QuerySet[RateAssignment]:
    rows = RateAssignment.objects.filter(rate__in=access.rates(key))
    return rows.select_related("rate__host", "property__host", "charger", "group", "msp")
