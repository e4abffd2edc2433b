"""The REST API about rehearsals: a month's sessions at other prices."""

from datetime import date
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body
from billing import access
from billing.engine.rate import tariff
from billing.models import Rate, Rehearsal
from billing.pricing.rates.api.rates import DefinitionField
from billing.pricing.rehearsals import acts, rehearsals
from billing.proration import periods
from chargers.models import Property


@extend_schema_field(OpenApiTypes.OBJECT)
class ResultField(serializers.JSONField):
    """Sums in minor units with and without tax, the number of changed sessions, those left out with reasons, and the
    ten largest changes.
    """


class RehearsalSerializer(serializers.ModelSerializer[Rehearsal]):
    """A repriced month; `result` is null until `state` is `done`."""

    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    result = ResultField(read_only=True, allow_null=True)

    class Meta:
        model = Rehearsal
        fields = [
            "id", "month", "version_number", "currency", "property", "only_rate", "state", "total", "done", "result",
            "failure", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


@extend_schema_field({"type": "string", "pattern": periods.MONTH})
class MonthField(serializers.Field[date, str, str, Any]):
    """The first day of a month, written as 2026-03."""

    def to_internal_value(self, data: object) -> date:
        month = periods.month(data) if isinstance(data, str) else None
        if month is None:
            raise ValidationError("There is no such month: write it as 2026-03.")
        return month

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


class NewRehearsalSerializer(Body):
    """The rehearsal to make: a version by its number, or an unsaved definition; else the newest version."""

    version = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)
    definition = DefinitionField(required=False, allow_null=True, default=None, validators=[require_storable])
    month = MonthField(required=False, allow_null=True, default=None)
    property = serializers.SlugField(
        required=False, allow_null=True, default=None, help_text="Only the sessions of this property."
    )
    only_rate = serializers.BooleanField(default=True, help_text="false: all sessions of the host in its currency.")


class RateRehearsal(ApiView):
    """The rehearsal of a rate."""

    @extend_schema(responses=RehearsalSerializer)
    def get(self, request: Request, rate_id: int) -> Response:
        """Returns the newest rehearsal."""
        rate = self._rate(request, rate_id)
        newest = rate.rehearsals.order_by("-id").first()
        if newest is None:
            raise Http404
        return Response(RehearsalSerializer(newest).data)

    @extend_schema(
        request=NewRehearsalSerializer,
        responses={201: RehearsalSerializer},
        examples=[OpenApiExample("Last month", value={"version": 1}, request_only=True)],
    )
    def post(self, request: Request, rate_id: int) -> Response:
        """Starts a rehearsal. A small month is done at once; otherwise poll with GET until `state` is `done`."""
        rate, key = self._rate(request, rate_id), self.key(request)
        people.require(key, Right.MANAGE, rate.host)
        serializer = NewRehearsalSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        definition, number = _definition(rate, fields)
        month = fields["month"] or rehearsals.last_month(now().date())
        rehearsal_request = acts.RehearsalRequest(
            definition=definition,
            version_number=number,
            month=month,
            only_rate=fields["only_rate"],
            property_=_resolve_property(key, rate, slug=fields["property"]),
        )
        new_rehearsal = acts.begin(rate, rehearsal_request, by=key, now=now())
        return Response(RehearsalSerializer(new_rehearsal).data, status=status.HTTP_201_CREATED)

    def _rate(self, request: Request, rate_id: int) -> Rate:
        """Returns the rate, for people who may see what sessions cost."""
        key: ApiKey = self.key(request)
        rate: Rate = find_or_404(access.rates(key).select_related("host"), pk=rate_id)
        people.require(key, Right.SEE_MONEY, rate.host)
        return rate


def _resolve_property(key: ApiKey, rate: Rate, *, slug: str | None) -> Property | None:
    if slug is None:
        return None
    property_ = people.properties(key).filter(host=rate.host, slug=slug).first()
    if property_ is None:
        raise ValidationError({"property": f"There is no such property of {rate.host.name}."})
    return property_


def _definition(rate: Rate, fields: dict[str, Any]) -> tuple[Any, int | None]:
    if fields["definition"] is not None:
        problems = tariff.rate_problems(fields["definition"], currency=rate.currency, path="definition")
        if problems:
            raise ValidationError({problem.path: [problem.message] for problem in problems})
        return fields["definition"], None
    versions = rate.versions.order_by("-number")
    version = versions.filter(number=fields["version"]).first() if fields["version"] else versions.first()
    if version is None:
        raise ValidationError({"version": "The rate has no such version."})
    return version.definition, version.number
