"""The REST API about rates with their newest version, new rates, and new versions."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, MomentField, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing import access
from billing.engine.checks.linting import Severity
from billing.engine.rate import tariff
from billing.engine.values.money import EXPONENTS
from billing.models import Rate, RateVersion
from billing.pricing.rates import catalogue, sites
from billing.pricing.rates.acts import rates as acts
from chargers.models import Host


@extend_schema_field(OpenApiTypes.OBJECT)
class DefinitionField(serializers.JSONField):
    """A rate's definition, as `price_session` and `import_site` read it."""


class VersionSerializer(serializers.ModelSerializer[RateVersion]):
    """An immutable version of a rate; sessions keep the one that they started with."""

    definition = DefinitionField(read_only=True)

    class Meta:
        model = RateVersion
        fields = ["number", "definition", "created_at", "valid_from", "withdrawn_at"]
        read_only_fields = fields


class FindingSerializer(serializers.Serializer[Any]):
    """A problem of a rate at a place where it is paid: `refuse` means that it may not be assigned there."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=[severity.value for severity in Severity])
    what = serializers.CharField()
    why = serializers.CharField(help_text="With its source.")
    remedy = serializers.CharField()


class CheckedVersionSerializer(VersionSerializer):
    """A version, and its problems."""

    findings = serializers.SerializerMethodField()

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "findings"]
        read_only_fields = fields

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, version: RateVersion) -> Any:
        return FindingSerializer(sites.findings(version.rate, version.definition), many=True).data


class NewVersionSerializer(Body):
    """The definition of the rate from now, or from a later time."""

    definition = DefinitionField(validators=[require_storable])
    valid_from = MomentField(
        required=False, allow_null=True, default=None, help_text="Sessions that start from then on get it; else now."
    )


class RateSerializer(serializers.ModelSerializer[Rate]):
    """A host's rate with its newest version; new sessions get the version that is `in_force`."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    newest = serializers.SerializerMethodField()
    in_force = serializers.SerializerMethodField(help_text="The number of the version that sessions get now.")

    class Meta:
        model = Rate
        fields = ["id", "host", "slug", "name", "currency", "newest", "in_force"]
        read_only_fields = fields

    @extend_schema_field(VersionSerializer(allow_null=True))
    def get_newest(self, rate: Rate) -> Any:
        rate_version = max(rate.versions.all(), key=lambda version: version.number, default=None)
        return VersionSerializer(rate_version).data if rate_version else None

    def get_in_force(self, rate: Rate) -> int | None:
        at = now()
        begun_versions = [
            rate_version
            for rate_version in rate.versions.all()
            if rate_version.withdrawn_at is None and rate_version.begins_at <= at
        ]
        in_force = max(begun_versions, key=lambda version: (version.begins_at, version.number), default=None)
        return in_force.number if in_force else None


class CheckedRateSerializer(RateSerializer):
    """A rate with the linter's findings about its newest version."""

    @extend_schema_field(CheckedVersionSerializer(allow_null=True))
    def get_newest(self, rate: Rate) -> Any:
        rate_version = max(rate.versions.all(), key=lambda version: version.number, default=None)
        return CheckedVersionSerializer(rate_version).data if rate_version else None


class NewRateSerializer(Body):
    """A new rate. Its slug is derived from its name."""

    name = serializers.CharField(max_length=100)
    host = serializers.SlugField(required=False, help_text="The host's slug; agents must say it.")
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS), required=False, help_text="Else the host's own.")
    definition = DefinitionField(validators=[require_storable])


class RateNameSerializer(Body):
    """The rate's name."""

    name = serializers.CharField(max_length=100, validators=[require_storable])


class RateFilter(FilterSet):  # type: ignore[misc]
    """Find rates."""

    slug = django_filters.CharFilter()

    class Meta:
        model = Rate
        fields: ClassVar = ["slug"]


class Rates(ApiList[Rate]):
    """Lists the host's rates, newest first, and adds rates."""

    queryset = Rate.objects.none()
    serializer_class = RateSerializer
    filterset_class = RateFilter

    def visible(self, key: ApiKey) -> QuerySet[Rate]:
        return _prefetch_relations(access.rates(key))

    @extend_schema(
        request=NewRateSerializer,
        responses={201: CheckedRateSerializer},
        examples=[
            OpenApiExample(
                "Plain",
                value={"name": "Plain", "definition": {"energy": [{"name": "all day", "price": "0.40"}]}},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Creates a rate with its first version. It applies nowhere until it is assigned."""
        key = self.key(request)
        serializer = NewRateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        host = _host(key, slug=fields.get("host"))
        currency = fields.get("currency") or host.currency
        _refuse_problems(fields["definition"], currency=currency)
        try:
            rate_version = acts.add(
                host, name=fields["name"], currency=currency, definition=fields["definition"], by=key, now=now()
            )
        except catalogue.NameTakenError as exc:
            raise ValidationError({"name": str(exc)}) from exc
        rate = find_or_404(_prefetch_relations(access.rates(key)), pk=rate_version.rate_id)
        return Response(CheckedRateSerializer(rate).data, status=status.HTTP_201_CREATED)


class RateDetail(ApiView):
    """One rate."""

    @extend_schema(responses=CheckedRateSerializer)
    def get(self, request: Request, rate_id: int) -> Response:
        return Response(
            CheckedRateSerializer(find_or_404(_prefetch_relations(access.rates(self.key(request))), pk=rate_id)).data
        )

    @extend_schema(request=RateNameSerializer, responses=CheckedRateSerializer)
    def patch(self, request: Request, rate_id: int) -> Response:
        """Renames the rate; its prices do not change."""
        key = self.key(request)
        rate = find_or_404(access.rates(key).select_related("host"), pk=rate_id)
        acts.rename(rate, **parse_request(RateNameSerializer, request), by=key, now=now())
        return Response(CheckedRateSerializer(find_or_404(_prefetch_relations(access.rates(key)), pk=rate_id)).data)


class VersionWithdrawal(ApiView):
    """The withdrawal of a planned version."""

    @extend_schema(request=None, responses=CheckedRateSerializer)
    def post(self, request: Request, rate_id: int, number: int) -> Response:
        """Withdraws a planned version. Returns 409 if it has begun."""
        key = self.key(request)
        rate = find_or_404(access.rates(key).select_related("host"), pk=rate_id)
        version = find_or_404(rate.versions.select_related("rate__host"), number=number)
        if not acts.withdraw(version, by=key, now=now()):
            raise ConflictError("Only a version that has not begun can be withdrawn.")
        return Response(CheckedRateSerializer(find_or_404(_prefetch_relations(access.rates(key)), pk=rate_id)).data)


class Versions(ApiView):
    """New versions of a rate."""

    @extend_schema(
        request=NewVersionSerializer,
        responses={200: CheckedVersionSerializer, 201: CheckedVersionSerializer},
        examples=[
            OpenApiExample(
                "Day and night",
                value={
                    "definition": {
                        "energy": [
                            {"name": "night", "price": "0.25", "from": "22:00", "to": "06:00"},
                            {"name": "day", "price": "0.40"},
                        ],
                        "connection_fee": "1.00",
                    }
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, rate_id: int) -> Response:
        """Adds a version for sessions that start from now. Returns 200 if the newest version is the same already."""
        key = self.key(request)
        rate = find_or_404(access.rates(key).select_related("host"), pk=rate_id)
        if not people.may_manage(key, rate.host):
            raise Http404
        serializer = NewVersionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        definition = serializer.validated_data["definition"]
        _refuse_problems(definition, currency=rate.currency)
        if refusal := sites.refusal(definition, currency=rate.currency, places=sites.collect(rate)):
            raise ValidationError({"definition": refusal})
        begins = serializer.validated_data["valid_from"]
        try:
            version, is_new = acts.publish(rate, definition=definition, valid_from=begins, by=key, now=now())
        except catalogue.RateError as exc:
            raise ValidationError({"valid_from": str(exc)}) from exc
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(CheckedVersionSerializer(version).data, status=code)


def _host(key: ApiKey, *, slug: str | None) -> Host:
    """Returns the rate's host: the key's own, or the one that an agent names."""
    visible = people.hosts(key)
    if slug is None and not key.is_agent:
        return visible.get()
    host = visible.filter(slug=slug or "").first()
    if host is None:
        raise ValidationError({"host": "Say whose rate it is to be: the slug of a host that this key may manage."})
    return host


def _refuse_problems(definition: object, *, currency: str) -> None:
    errors: dict[str, list[str]] = {}
    for problem in tariff.rate_problems(definition, currency=currency, path="definition"):
        errors.setdefault(problem.path, []).append(problem.message)
    if errors:
        raise ValidationError(errors)


def _prefetch_relations(rows: QuerySet[Rate]) -> QuerySet[Rate]:
    return rows.select_related("host").prefetch_related("versions")
