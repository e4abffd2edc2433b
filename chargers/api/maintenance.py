"""The REST API about maintenance of a property's chargers: list, plan, end early."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, MomentField, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from chargers.acts import maintenance as acts
from chargers.availability.maintenance import MaintenanceError, Plan
from chargers.availability.uptime import Span
from chargers.models import Maintenance, Property

_LIMIT = 100


class MaintenanceSerializer(serializers.ModelSerializer[Maintenance]):
    """A maintenance window. If `ended_at` is before `begins_at`, it was cancelled."""

    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    chargers = serializers.SerializerMethodField(help_text="Their ids.")

    class Meta:
        model = Maintenance
        fields = [
            "id", "property", "chargers", "begins_at", "ends_at", "reason", "refuses_starts", "planned_at", "begun_at",
            "ended_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_chargers(self, row: Maintenance) -> list[str]:
        return [charger.charger.charger_id for charger in row.chargers.all()]


class MaintenancesSerializer(serializers.Serializer[Any]):
    """Maintenance windows, newest first, at most 100."""

    results = MaintenanceSerializer(many=True)


class NewMaintenanceSerializer(Body):
    """The window to plan. `chargers` are their ids; omit it for all chargers of the property."""

    begins_at = MomentField()
    ends_at = MomentField()
    reason = serializers.CharField(max_length=200, validators=[require_storable], help_text="Guests read it.")
    refuses_starts = serializers.BooleanField(default=True, help_text="False: guests are only warned.")
    chargers = serializers.ListField(
        child=serializers.CharField(max_length=48, validators=[require_storable]), default=list, max_length=500
    )


class PropertyMaintenance(ApiView):
    """Maintenance of a property's chargers."""

    @extend_schema(responses=MaintenancesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Lists planned, current and past maintenance."""
        rows = (
            self.visible_property(request, slug).maintenances.order_by("-begins_at", "-pk").select_related("property")
        )
        maintenances = rows.prefetch_related("chargers__charger")[:_LIMIT]
        return Response({"results": MaintenanceSerializer(maintenances, many=True).data})

    @extend_schema(request=NewMaintenanceSerializer, responses={201: MaintenanceSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Plans maintenance; outages within it do not count against the uptime."""
        property_, fields = self.managed_property(request, slug), parse_request(NewMaintenanceSerializer, request)
        by_id = {charger.charger_id: charger for charger in property_.chargers.filter(retired_at=None)}
        if unknown := [charger_id for charger_id in fields["chargers"] if charger_id not in by_id]:
            raise ValidationError({"chargers": f"No charger {unknown[0][:60]} stands at {property_.name}."})
        plan = Plan(
            span=Span(fields["begins_at"], fields["ends_at"]),
            chargers=[by_id[charger_id] for charger_id in dict.fromkeys(fields["chargers"] or by_id)],
            reason=fields["reason"],
            refuses_starts=fields["refuses_starts"],
        )
        try:
            planned_window = acts.plan(property_, plan, by=self.api_key(request), now=now())
        except MaintenanceError as exc:
            raise ValidationError({exc.field or "begins_at": str(exc)}) from exc
        return Response(
            MaintenanceSerializer(_get_maintenance(property_, planned_window.pk)).data, status=status.HTTP_201_CREATED
        )


class MaintenanceEnd(ApiView):
    """The early end of a window."""

    @extend_schema(request=None, responses=MaintenanceSerializer)
    def post(self, request: Request, slug: str, maintenance_id: int) -> Response:
        """Ends a window, or cancels one that has not begun. Returns 409 if it is over."""
        property_ = self.managed_property(request, slug)
        row = _get_maintenance(property_, maintenance_id)
        try:
            acts.end(row, by=self.api_key(request), now=now())
        except acts.AlreadyEndedError as exc:
            raise ConflictError("It is over already.") from exc
        return Response(MaintenanceSerializer(_get_maintenance(property_, row.pk)).data)


def _get_maintenance(property_: Property, key: int) -> Maintenance:
    rows = property_.maintenances.select_related("property__host").prefetch_related("chargers__charger")
    return find_or_404(rows, pk=key)
