"""The REST API about the hardware behind a station: what it is, and its replacement."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import audit
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing.sessions.lifecycle import outlets
from chargers.acts import hardware_swaps as acts
from chargers.fleet import hardware_swaps
from chargers.fleet.hardware_swaps import Hardware, ReplacedMeanwhileError, Replacement
from chargers.fleet.lifecycle import BusyError
from chargers.fleet.registration import TakenError
from chargers.models import Charger


class ReportedHardwareSerializer(serializers.Serializer[Any]):
    """Hardware as it reported itself; empty texts for what it never did."""

    id = serializers.CharField(source="charger_id")
    maker = serializers.CharField(allow_blank=True, help_text="Vendor and model.")
    serial_number = serializers.CharField(allow_blank=True)


class ReplacementSerializer(serializers.Serializer[Any]):
    """A replacement of the hardware."""

    at = serializers.DateTimeField()
    by = serializers.CharField(help_text="Who replaced it.")
    reason = serializers.CharField(allow_blank=True)
    former = ReportedHardwareSerializer()
    newer = ReportedHardwareSerializer(help_text="Its particulars are empty until it has booted.")


class HardwareSerializer(serializers.Serializer[Any]):
    """The hardware at a station, what a replacement would do, and former replacements, newest first."""

    station_id = serializers.CharField(help_text="On the label; it stays.")
    hardware = ReportedHardwareSerializer()
    obstacle = serializers.CharField(allow_blank=True, help_text="Why it cannot be replaced now; empty: it can.")
    stays = serializers.ListField(child=serializers.CharField())
    changes = serializers.ListField(child=serializers.CharField())
    replacements = ReplacementSerializer(many=True)


class NewHardwareSerializer(Body):
    """The new hardware."""

    id = serializers.CharField(max_length=48, validators=[require_storable], help_text="The name that it gives itself.")
    reason = serializers.CharField(
        max_length=400, required=False, allow_blank=True, default="", validators=[require_storable]
    )


class ReplacedSerializer(serializers.Serializer[Any]):
    """The new hardware's id with its password, which is shown only once."""

    id = serializers.CharField()
    former_id = serializers.CharField()
    station_id = serializers.CharField()
    password = serializers.CharField(allow_null=True, help_text="Stored nowhere in clear; null in a repeated answer.")


class ChargerHardware(ApiView):
    """The hardware behind a station."""

    @extend_schema(responses=HardwareSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the hardware, what its replacement would do, and former replacements."""
        return Response(HardwareSerializer(_facts(self.charger(request, charger_id))).data)

    @extend_schema(
        request=NewHardwareSerializer,
        responses=ReplacedSerializer,
        examples=[
            OpenApiExample("Other hardware", value={"id": "CP9", "reason": "Contactor burnt"}, request_only=True)
        ],
    )
    def post(self, request: Request, charger_id: str) -> Response:
        """Replaces the hardware. The old hardware is refused from then on; the label, rates and sessions stay."""
        charger, key = self.charger(request, charger_id), self.api_key(request)
        access.require_at(key, Right.CONNECT, charger)
        fields = parse_request(NewHardwareSerializer, request)
        new_id = fields["id"].strip()
        if charger.charger_id != charger_id:
            raise ConflictError(
                f"The hardware of {charger.station_id} was replaced: its id is {charger.charger_id} now."
            )
        if fault := hardware_swaps.id_fault(charger, new_id):
            raise ValidationError({"id": fault})
        try:
            swapped = acts.replace(charger, new_id, reason=fields["reason"], is_paid=outlets.is_paid, by=key, now=now())
        except TakenError as exc:
            raise ValidationError({"id": str(exc)}) from exc
        except (BusyError, ReplacedMeanwhileError) as exc:
            raise ConflictError(str(exc)) from exc
        facts = {
            "id": swapped.row.new_id,
            "former_id": swapped.row.former_id,
            "station_id": charger.station_id,
            "password": swapped.password,
        }
        return Response(ReplacedSerializer(facts).data)


def _facts(charger: Charger) -> dict[str, Any]:
    preview = hardware_swaps.preview(charger)
    return {
        "station_id": charger.station_id,
        "hardware": Hardware.of_charger(charger),
        "obstacle": hardware_swaps.obstacle(charger, is_paid=outlets.is_paid, now=now()),
        "stays": preview.stays,
        "changes": preview.changes,
        "replacements": [_replacement(replacement) for replacement in hardware_swaps.list_of(charger)],
    }


def _replacement(replacement: Replacement) -> dict[str, Any]:
    row = replacement.row
    return {
        "at": row.at,
        "by": audit.name(row.by),
        "reason": row.reason,
        "former": replacement.former,
        "newer": replacement.newer,
    }
