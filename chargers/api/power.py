"""The REST API about the power limit that a property's chargers share."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiView
from authorization.rest.bodies import Body, parse_request
from chargers.acts import power as acts
from chargers.models import PowerLimit, PowerOutlet, Property
from chargers.power import power_outlets
from chargers.power.power_outlets import MeteredOutlet


class PowerOutletSerializer(serializers.Serializer[Any]):
    """An outlet: how it takes part, and its present share."""

    outlet = serializers.CharField(help_text="As people read it.")
    charger = serializers.CharField()
    evse = serializers.IntegerField()
    takes_part = serializers.BooleanField()
    wiring = serializers.ChoiceField(choices=PowerOutlet.Wiring.choices)
    priority = serializers.ChoiceField(choices=PowerOutlet.Priority.choices)
    allotted_a = serializers.DecimalField(max_digits=8, decimal_places=1, allow_null=True)
    drawing_a = serializers.DecimalField(max_digits=8, decimal_places=1, allow_null=True)
    sentence = serializers.CharField(allow_blank=True, help_text="Why it gets that.")


class PowerSerializer(serializers.Serializer[Any]):
    """A power limit; `amount` is null if none was ever set."""

    enabled = serializers.BooleanField()
    amount = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    unit = serializers.ChoiceField(choices=PowerLimit.Unit.choices)
    phases = serializers.IntegerField()
    voltage_v = serializers.IntegerField()
    strategy = serializers.ChoiceField(choices=PowerLimit.Strategy.choices)
    minimum_a = serializers.DecimalField(max_digits=4, decimal_places=1)
    offline_a = serializers.DecimalField(max_digits=4, decimal_places=1)
    outlets = PowerOutletSerializer(many=True)


class PowerOutletChange(Body):
    """Changes to how an outlet takes part; omitted fields stay as they are."""

    charger = serializers.CharField(max_length=48)
    evse = serializers.IntegerField(min_value=1, max_value=1000)
    takes_part = serializers.BooleanField(required=False)
    wiring = serializers.ChoiceField(choices=PowerOutlet.Wiring.choices, required=False)
    priority = serializers.ChoiceField(choices=PowerOutlet.Priority.choices, required=False)


class PowerChange(Body):
    """The changes; omitted fields stay as they are."""

    enabled = serializers.BooleanField(required=False)
    amount = serializers.DecimalField(max_digits=8, decimal_places=1, min_value=Decimal(1), required=False)
    unit = serializers.ChoiceField(choices=PowerLimit.Unit.choices, required=False)
    phases = serializers.ChoiceField(choices=PowerLimit.Phases.choices, required=False)
    voltage_v = serializers.IntegerField(min_value=100, max_value=500, required=False)
    strategy = serializers.ChoiceField(choices=PowerLimit.Strategy.choices, required=False)
    minimum_a = serializers.DecimalField(
        max_digits=4, decimal_places=1, min_value=Decimal(6), max_value=Decimal(32), required=False
    )
    offline_a = serializers.DecimalField(max_digits=4, decimal_places=1, min_value=Decimal(0), required=False)
    outlets = PowerOutletChange(many=True, required=False)


class PropertyPower(ApiView):
    """The limit of one property."""

    @extend_schema(responses=PowerSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Returns the limit with each outlet, its share and the reason."""
        property_ = self.visible_property(request, slug)
        limit = _limit(property_)
        return Response(_serialize_power(limit, _outlets(self.api_key(request), limit)))

    @extend_schema(
        request=PowerChange,
        responses=PowerSerializer,
        examples=[
            OpenApiExample("A 3 x 40 A fuse", value={"enabled": True, "amount": "40", "phases": 3}, request_only=True)
        ],
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Changes the limit, or how its outlets take part; the next round shares power by it."""
        property_, key = self.managed_property(request, slug), self.api_key(request)
        fields = parse_request(PowerChange, request)
        power_outlets.complete(property_)
        limit = _limit(property_)
        outlets = _outlets(key, limit)
        before = acts.facts(limit, outlets)
        changed = _apply_outlet_changes(outlets, fields.pop("outlets", []))
        for name, value in fields.items():
            setattr(limit, name, value)
        if limit.amount is None:
            raise ValidationError({"amount": "Say how much: there is no limit here yet."})
        if faults := power_outlets.faults(limit):
            raise ValidationError(faults)
        acts.change(limit, changed, outlets, before=before, by=key, now=now())
        limit = _limit(property_)
        return Response(_serialize_power(limit, _outlets(key, limit)))


def _limit(property_: Property) -> PowerLimit:
    limit = PowerLimit.objects.filter(property=property_).select_related("property").first()
    return limit or PowerLimit(property=property_)


def _outlets(key: ApiKey, limit: PowerLimit) -> list[MeteredOutlet]:
    visible = set(access.chargers(key).filter(property=limit.property).values_list("pk", flat=True))
    return [outlet for outlet in power_outlets.of_limit(limit, now=now()) if outlet.charger.pk in visible]


def _apply_outlet_changes(outlets: list[MeteredOutlet], changes: list[dict[str, Any]]) -> list[PowerOutlet]:
    """Returns the changed rows. Raises ValidationError for an unknown outlet."""
    rows = {(outlet.charger.charger_id, outlet.evse.number): outlet.row for outlet in outlets}
    for position, change in enumerate(changes):
        row = rows.get((change.pop("charger"), change.pop("evse")))
        if row is None:
            raise ValidationError({f"outlets[{position}].evse": "There is no such outlet here."})
        for name, value in change.items():
            setattr(row, name, value)
    return list(rows.values())


def _serialize_power(limit: PowerLimit, outlets: list[MeteredOutlet]) -> Any:
    facts: dict[str, Any] = {name: getattr(limit, name) for name in acts.LIMIT_FIELDS}
    facts["outlets"] = [
        {
            "outlet": outlet.name,
            "charger": outlet.charger.charger_id,
            "evse": outlet.evse.number,
            "takes_part": outlet.row.takes_part,
            "wiring": outlet.row.wiring,
            "priority": outlet.row.priority,
            "allotted_a": outlet.row.allotted_a,
            "drawing_a": outlet.row.drawing_a,
            "sentence": outlet.row.sentence,
        }
        for outlet in outlets
    ]
    return PowerSerializer(facts).data
