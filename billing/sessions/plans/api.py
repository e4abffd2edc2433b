"""The REST API about plans: a host's offers, their versions, and the subscribers."""

from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of
from authorization.rest.bodies import Body
from billing.models import Plan, PlanChange, PlanVersion, Subscription, SubscriptionPeriod
from billing.pricing import benefits
from billing.sessions.plans import subscriptions
from billing.sessions.plans.acts import plans as acts
from billing.sessions.plans.catalogue import PlanTerms
from chargers.models import Host, Property


class PlanVersionSerializer(serializers.ModelSerializer[PlanVersion]):
    """An immutable version of a plan. The fee is in minor units per month, with tax."""

    properties = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = PlanVersion
        fields = [
            "number", "currency", "fee_minor", "tax_pct", "included_wh", "discount_pct", "waives", "proration",
            "properties", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """A plan with its newest version."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    newest = serializers.SerializerMethodField()

    class Meta:
        model = Plan
        fields = ["id", "host", "slug", "name", "created_at", "retired_at", "newest"]
        read_only_fields = fields

    @extend_schema_field(PlanVersionSerializer)
    def get_newest(self, plan: Plan) -> Any:
        (newest,) = getattr(plan, "newest_versions", None) or [subscriptions.newest(plan)]
        return PlanVersionSerializer(newest).data


class PlanOfferSerializer(Body):
    """The terms of a plan; without properties it is valid everywhere at the host."""

    fee_minor = serializers.IntegerField(min_value=1, max_value=10**12)
    tax_pct = serializers.DecimalField(max_digits=6, decimal_places=3, min_value=0, max_value=100, default=Decimal(0))
    included_wh = serializers.IntegerField(min_value=0, max_value=10**12, default=0)
    discount_pct = serializers.DecimalField(
        max_digits=6, decimal_places=3, min_value=0, max_value=100, default=Decimal(0)
    )
    waives = serializers.MultipleChoiceField(choices=["connection", "idle", "processing"], default=set)
    proration = serializers.ChoiceField(choices=PlanVersion.Proration.choices, default=PlanVersion.Proration.DAYS)
    properties = serializers.ListField(child=serializers.SlugField(), default=list)


class NewPlanSerializer(PlanOfferSerializer):
    """A new plan. Its slug is derived from its name; its currency is the host's."""

    name = serializers.CharField(max_length=100)
    host = serializers.SlugField(required=False, help_text="The host's slug; agents must say it.")


class PlanChangeSerializer(serializers.ModelSerializer[PlanChange]):
    """A change within a period, with tax, in minor units. For `days` the new plan is paid instead of the old."""

    from_plan = serializers.CharField(source="period.version.plan.slug", read_only=True)
    to_plan = serializers.CharField(source="version.plan.slug", read_only=True)
    failure = serializers.CharField(read_only=True, help_text="One sentence: why nothing was changed.")

    class Meta:
        model = PlanChange
        fields = [
            "id", "state", "agreed_at", "from_plan", "to_plan", "days", "whole_days", "old_days", "total_minor",
            "credit_minor", "due_minor", "back_minor", "currency", "own_wh", "carried_wh", "used_wh", "failure",
        ]  # fmt: skip
        read_only_fields = fields


class SubscriberSerializer(serializers.ModelSerializer[Subscription]):
    """A subscriber of the plan, without name or address."""

    driver = serializers.UUIDField(source="driver_id", read_only=True)
    ends_at = serializers.SerializerMethodField()
    used_wh = serializers.IntegerField(read_only=True, help_text="What of the period's included energy was used.")
    next_plan = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    changes = PlanChangeSerializer(many=True, read_only=True)

    class Meta:
        model = Subscription
        fields = [
            "id", "driver", "state", "created_at", "ends_at", "used_wh", "ends_at_period_end", "past_due_since",
            "ended_at", "end_reason", "next_plan", "changes",
        ]  # fmt: skip
        read_only_fields = fields

    def get_ends_at(self, subscription: Subscription) -> str | None:
        """Returns when the current or last period ends."""
        last = _last_period(subscription)
        return last.ends_at.isoformat() if last else None


def _last_period(subscription: Subscription) -> SubscriptionPeriod | None:
    """Returns the newest period, prefetched by the list."""
    periods: list[SubscriptionPeriod] = subscription.newest_periods  # type: ignore[attr-defined]
    return periods[0] if periods else None


class PlanFilter(FilterSet):  # type: ignore[misc]
    """Find plans."""

    slug = django_filters.CharFilter()

    class Meta:
        model = Plan
        fields: ClassVar = ["slug"]


class NoFilter(FilterSet):  # type: ignore[misc]
    """Has no filters."""

    class Meta:
        model = Subscription
        fields: ClassVar[list[str]] = []


class Plans(ApiList[Plan]):
    """Lists the host's plans, newest first, and adds a plan."""

    queryset = Plan.objects.none()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter

    def visible(self, key: ApiKey) -> QuerySet[Plan]:
        return _visible(key)

    @extend_schema(request=NewPlanSerializer, responses={201: PlanSerializer})
    def post(self, request: Request) -> Response:
        """Offers a plan to drivers."""
        key, serializer = self.key(request), NewPlanSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        validated = serializer.validated_data
        host = host_of(key, validated.get("host"))
        new_version = acts.add(host, name=validated["name"], offer=_offer(host, validated), by=key, now=now())
        return Response(PlanSerializer(new_version.plan).data, status=status.HTTP_201_CREATED)


class PlanDetail(ApiView):
    """One plan."""

    @extend_schema(responses=PlanSerializer)
    def get(self, request: Request, plan_id: int) -> Response:
        return Response(PlanSerializer(find_or_404(_visible(self.key(request)), pk=plan_id)).data)


class PlanVersions(ApiView):
    """New versions of a plan."""

    @extend_schema(request=PlanOfferSerializer, responses={201: PlanVersionSerializer})
    def post(self, request: Request, plan_id: int) -> Response:
        """Adds a version, for new subscribers and for current ones after their current period."""
        key = self.key(request)
        plan = _get_managed_plan(key, plan_id)
        serializer = PlanOfferSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        offer = _offer(plan.host, serializer.validated_data)
        new_version = acts.change(plan, subscriptions.newest(plan), offer=offer, by=key, now=now())
        return Response(PlanVersionSerializer(new_version).data, status=status.HTTP_201_CREATED)


class PlanRetirement(ApiView):
    """The end of an offer."""

    @extend_schema(request=None, responses=PlanSerializer)
    def post(self, request: Request, plan_id: int) -> Response:
        """Closes the plan to new subscribers; current ones keep it. A repeat changes nothing."""
        key = self.key(request)
        plan = _get_managed_plan(key, plan_id)
        acts.retire(plan, by=key, now=now())
        return Response(PlanSerializer(find_or_404(_visible(key), pk=plan_id)).data)


class Subscribers(ApiList[Subscription]):
    """Lists subscribers of a plan, newest first."""

    queryset = Subscription.objects.none()
    serializer_class = SubscriberSerializer
    filterset_class = NoFilter

    def visible(self, key: ApiKey) -> QuerySet[Subscription]:
        plan = find_or_404(_visible(key), pk=self.kwargs["plan_id"])
        rows = Subscription.objects.filter(plan=plan).select_related("next_plan")
        return rows.prefetch_related(
            subscriptions.newest_periods(),
            "changes__period__version__plan",
            "changes__version__plan",
        )

    def paginate_queryset(self, queryset: Any) -> Any:
        """Returns a page of subscribers, each with the energy used. The number of queries does not depend on theirs."""
        page = super().paginate_queryset(queryset) or []
        usage_by_period = benefits.taken_by_period(
            [period for subscription in page for period in subscription.newest_periods]
        )
        for subscription in page:
            subscription.used_wh = sum(usage_by_period[period.pk] for period in subscription.newest_periods)
        return page


def _visible(key: ApiKey) -> QuerySet[Plan]:
    newest = PlanVersion.objects.order_by("plan_id", "-number").distinct("plan_id").prefetch_related("properties")
    rows = Plan.objects.filter(host__in=people.hosts(key)).select_related("host")
    return rows.prefetch_related(Prefetch("versions", newest, to_attr="newest_versions"))


def _get_managed_plan(key: ApiKey, plan_id: int) -> Plan:
    plan = find_or_404(_visible(key), pk=plan_id)
    if not people.may_manage(key, plan.host):
        raise Http404
    return plan


def _offer(host: Host, fields: dict[str, Any]) -> PlanTerms:
    slugs = set(fields["properties"])
    places = tuple(Property.objects.filter(host=host, slug__in=slugs))
    if missing := sorted(slugs - {property_.slug for property_ in places}):
        raise serializers.ValidationError({"properties": f"The host has no property {missing[0]}."})
    return PlanTerms(
        fee_minor=fields["fee_minor"],
        currency=host.currency,
        tax_pct=fields["tax_pct"],
        included_wh=fields["included_wh"],
        discount_pct=fields["discount_pct"],
        waives=tuple(fields["waives"]),
        proration=PlanVersion.Proration(fields["proration"]),
        properties=places,
    )
