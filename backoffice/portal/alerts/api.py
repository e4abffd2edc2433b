"""The REST API for alerts: what was wrong at a host, and its members' rules."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, Membership
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest import name_lookup
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body
from backoffice.portal.alerts import acts
from backoffice.portal.alerts.acts import RuleError, WantedRule
from billing import access
from billing.models import AlertKind, AlertRule, Incident, ReportSchedule
from chargers.models import Host
from chargers.properties import time_zones

_MAX_MINUTES = 24 * 60


class AlertSerializer(serializers.ModelSerializer[Incident]):
    """Something that is or was wrong. Hosts without any alert rule have none."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    charger = serializers.SlugRelatedField[Any](slug_field="charger_id", read_only=True, allow_null=True)

    class Meta:
        model = Incident
        fields = [
            "id", "host", "property", "charger", "kind", "title", "detail", "page", "began_at", "cleared_at", "times",
        ]  # fmt: skip
        read_only_fields = fields


class AlertRuleSerializer(serializers.ModelSerializer[AlertRule]):
    """A rule by which a member of the host is notified by mail or by a webhook."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    member = serializers.CharField(source="user.email", read_only=True)
    kinds = serializers.ListField(child=serializers.CharField(), read_only=True)
    properties = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = AlertRule
        fields = [
            "id", "host", "member", "kinds", "properties", "endpoint", "minutes", "quiet_from", "quiet_to", "time_zone",
            "made_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewAlertRuleSerializer(Body):
    """A rule for a member of the host."""

    host = serializers.SlugField(required=False, help_text="Agents: whose.")
    member = serializers.EmailField(help_text="Who hears of it.")
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=AlertKind.choices), allow_empty=False, max_length=len(AlertKind)
    )
    properties = serializers.ListField(
        child=serializers.CharField(max_length=50, validators=[require_storable]), default=list, help_text="None: all."
    )
    endpoint = serializers.IntegerField(
        allow_null=True, default=None, min_value=1, help_text="The `id` of a webhook endpoint; null: by mail."
    )
    minutes = serializers.IntegerField(min_value=0, max_value=_MAX_MINUTES, default=10)
    quiet_from = serializers.TimeField(allow_null=True, default=None)
    quiet_to = serializers.TimeField(allow_null=True, default=None)
    time_zone = serializers.CharField(
        max_length=50, validators=[require_storable], help_text="Such as Europe/Amsterdam."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["quiet_from"] is None) != (attrs["quiet_to"] is None):
            raise serializers.ValidationError({"quiet_to": "quiet_from belongs to quiet_to: write both or none."})
        return attrs


class ReportScheduleSerializer(serializers.ModelSerializer[ReportSchedule]):
    """A weekly or monthly CSV of the host's sessions, mailed to a member."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    member = serializers.CharField(source="user.email", read_only=True)

    class Meta:
        model = ReportSchedule
        fields = ["id", "host", "member", "cycle", "time_zone", "made_at", "ended_at"]
        read_only_fields = fields


class NewReportScheduleSerializer(Body):
    """A report for a member of the host; periods are days of the host's properties."""

    host = serializers.SlugField(required=False, help_text="Agents: whose.")
    member = serializers.EmailField(help_text="Who gets it.")
    cycle = serializers.ChoiceField(choices=ReportSchedule.Cycle.choices)


class AlertFilter(FilterSet):  # type: ignore[misc]
    """Filters alerts."""

    kind = django_filters.ChoiceFilter(choices=AlertKind.choices)
    charger = django_filters.CharFilter(field_name="charger__charger_id", label="The charger's `id`.")
    open = django_filters.BooleanFilter(field_name="cleared_at", lookup_expr="isnull")

    class Meta:
        model = Incident
        fields: ClassVar = ["kind", "charger", "open"]


class AlertRuleFilter(FilterSet):  # type: ignore[misc]
    """Filters rules."""

    member = django_filters.CharFilter(field_name="user__email", lookup_expr="iexact")
    ended = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = AlertRule
        fields: ClassVar = ["member", "ended"]


class ReportScheduleFilter(FilterSet):  # type: ignore[misc]
    """Filters reports."""

    member = django_filters.CharFilter(field_name="user__email", lookup_expr="iexact")
    ended = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = ReportSchedule
        fields: ClassVar = ["member", "ended"]


class Alerts(ApiList[Incident]):
    """Lists what is and was wrong, newest first."""

    queryset = Incident.objects.none()
    serializer_class = AlertSerializer
    filterset_class = AlertFilter

    def visible(self, key: ApiKey) -> QuerySet[Incident]:
        rows = Incident.objects.select_related("host", "property", "charger")
        return people.filter_permitted(rows, key, host="host_id", property_="property_id", charger="charger_id")


class AlertRules(ApiList[AlertRule]):
    """Lists alert rules of the host's members, newest first."""

    queryset = AlertRule.objects.none()
    serializer_class = AlertRuleSerializer
    filterset_class = AlertRuleFilter

    def visible(self, key: ApiKey) -> QuerySet[AlertRule]:
        return _rules(key)

    @extend_schema(request=NewAlertRuleSerializer, responses={201: AlertRuleSerializer})
    def post(self, request: Request) -> Response:
        """Adds a rule for a member; it covers what begins after it, and outages that last."""
        key = self.key(request)
        body = NewAlertRuleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        host = host_of(key, entered.get("host"))
        try:
            alert_rule = acts.add_rule(
                host, _build_wanted_rule(key, host, entered), to=_member(host, entered), by=key, now=now()
            )
        except RuleError as exc:
            raise ValidationError({exc.field: str(exc)}) from exc
        return Response(AlertRuleSerializer(alert_rule).data, status=status.HTTP_201_CREATED)


class AlertRuleDetail(ApiView):
    """One alert rule."""

    @extend_schema(responses=AlertRuleSerializer)
    def get(self, request: Request, rule_id: int) -> Response:
        return Response(AlertRuleSerializer(find_or_404(_rules(self.key(request)), pk=rule_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, rule_id: int) -> Response:
        """Ends the rule: nothing more is sent for it."""
        key = self.key(request)
        acts.end_rule(find_or_404(_rules(key), pk=rule_id), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReportSchedules(ApiList[ReportSchedule]):
    """Lists reports by mail to the host's members, newest first."""

    queryset = ReportSchedule.objects.none()
    serializer_class = ReportScheduleSerializer
    filterset_class = ReportScheduleFilter

    def visible(self, key: ApiKey) -> QuerySet[ReportSchedule]:
        return _schedules(key)

    @extend_schema(request=NewReportScheduleSerializer, responses={201: ReportScheduleSerializer})
    def post(self, request: Request) -> Response:
        """Adds a report; the first is sent when its period is over. 200 with the existing one if there is one."""
        key = self.key(request)
        body = NewReportScheduleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        host = host_of(key, entered.get("host"))
        member, cycle = _member(host, entered), ReportSchedule.Cycle(entered["cycle"])
        if not people.has_right(member, Right.SEE_MONEY, host):
            raise ValidationError({"member": f"{member.email} has no role that sees sessions: give them one first."})
        zone = time_zones.of_host(host)
        new_schedule = acts.add_report(host, cycle, time_zone=zone, to=member, by=key, now=now())
        if new_schedule is not None:
            return Response(ReportScheduleSerializer(new_schedule).data, status=status.HTTP_201_CREATED)
        schedule = _schedules(key).filter(host=host, user=member, cycle=cycle, ended_at=None).first()
        return Response(ReportScheduleSerializer(schedule).data)


class ReportScheduleDetail(ApiView):
    """One report by mail."""

    @extend_schema(responses=ReportScheduleSerializer)
    def get(self, request: Request, schedule_id: int) -> Response:
        return Response(ReportScheduleSerializer(find_or_404(_schedules(self.key(request)), pk=schedule_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, schedule_id: int) -> Response:
        """Ends the report: nothing more is sent."""
        key = self.key(request)
        acts.end_report(find_or_404(_schedules(key), pk=schedule_id), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _schedules(key: ApiKey) -> QuerySet[ReportSchedule]:
    return ReportSchedule.objects.filter(host__in=people.hosts(key)).select_related("host", "user")


def _rules(key: ApiKey) -> QuerySet[AlertRule]:
    rows = AlertRule.objects.filter(host__in=people.hosts(key)).select_related("host", "user", "endpoint")
    return rows.prefetch_related("properties")


def _member(host: Host, entered: dict[str, Any]) -> Any:
    email = entered["member"]
    membership = Membership.objects.filter(host=host, user__email__iexact=email, user__is_active=True)
    row = membership.select_related("user").first()
    if row is None:
        raise ValidationError({"member": f"There is no member “{email}” of this host."})
    return row.user


def _build_wanted_rule(key: ApiKey, host: Host, entered: dict[str, Any]) -> WantedRule:
    endpoint = None
    if entered["endpoint"] is not None:
        endpoint = access.webhook_endpoints(key).filter(host=host, pk=entered["endpoint"]).first()
        if endpoint is None:
            raise ValidationError({"endpoint": "There is no such webhook endpoint of this host."})
    quiet = (entered["quiet_from"], entered["quiet_to"]) if entered["quiet_from"] is not None else None
    return WantedRule(
        kinds=[AlertKind(kind) for kind in dict.fromkeys(entered["kinds"])],
        time_zone=entered["time_zone"],
        properties=name_lookup.properties(host, entered["properties"]),
        endpoint=endpoint,
        minutes=entered["minutes"],
        quiet=quiet,
    )
