"""The REST API about chargers: how they are, and commands."""

from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import access
from authorization.api import ApiView
from chargers import commands
from chargers.commands import Wish
from chargers.models import Charger, Command
from chargers.ocpp import orders
from chargers.ocpp.frames import Version
from chargers.views.frame import framed, now


class OrderSerializer(serializers.Serializer[Any]):
    """An action of the charger's OCPP version with its payload."""

    action = serializers.CharField(max_length=60)
    payload = serializers.DictField(required=False, default=dict)


class CommandSerializer(serializers.ModelSerializer[Command]):
    """A command and what became of it: sent, accepted and effect seen are three different things."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)

    class Meta:
        model = Command
        fields = [
            "id", "charger", "action", "payload", "state", "outcome", "reply", "created_at", "sent_at",
            "answered_at", "effect_seen_at",
        ]  # fmt: skip


class ChargerSerializer(serializers.Serializer[Any]):
    """A charger and how it is."""

    id = serializers.CharField()
    station_id = serializers.CharField()
    property = serializers.CharField()
    online = serializers.BooleanField()
    condition = serializers.CharField()
    sentence = serializers.CharField()
    ocpp_version = serializers.CharField(allow_blank=True)


class Chargers(ApiView):
    """The chargers that the key may see."""

    @extend_schema(responses=ChargerSerializer(many=True), operation_id="chargers_list")
    def get(self, request: Request) -> Response:
        found = (
            access.chargers(self.key(request)).select_related("property", "unit").prefetch_related("evses__connectors")
        )
        return Response([_told(charger) for charger in found.order_by("charger_id")[:1000]])


class OneCharger(ApiView):
    """One charger."""

    @extend_schema(responses=ChargerSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        return Response(_told(self.charger(request, charger_id)))


class Commands(ApiView):
    """Asks a charger to do something."""

    @extend_schema(request=OrderSerializer, responses={202: CommandSerializer})
    def post(self, request: Request, charger_id: str) -> Response:
        charger = self.charger(request, charger_id)
        wanted = OrderSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        version = Version(charger.ocpp_version) if charger.ocpp_version else Version.V16
        try:
            order = orders.check(wanted.validated_data["action"], wanted.validated_data["payload"], version=version)
        except orders.OrderError as exc:
            raise ValidationError({"detail": str(exc)}) from exc
        with transaction.atomic():
            command = commands.request(charger, _wish(order, origin=f"api:{self.key(request).prefix}"), now=now())
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)


class OneCommand(ApiView):
    """What became of a command."""

    @extend_schema(responses=CommandSerializer)
    def get(self, request: Request, command_id: str) -> Response:
        command = access.commands(self.key(request)).select_related("charger").filter(pk=command_id).first()
        if command is None:
            raise Http404
        return Response(CommandSerializer(command).data)


def _wish(order: orders.Order, *, origin: str) -> Wish:
    """For a start the wish also says for whom and where, so that the charger's own question is answered yes."""
    payload = order.payload
    match order.action:
        case "RemoteStartTransaction":
            token, evse, start_id = payload["idTag"], payload.get("connectorId"), None
        case "RequestStartTransaction":
            token, evse, start_id = payload["idToken"]["idToken"], payload.get("evseId"), payload["remoteStartId"]
        case _:
            return Wish(action=order.action, payload=payload, origin=origin)
    return Wish(
        action=order.action, payload=payload, origin=origin, id_token=token, evse_number=evse, remote_start_id=start_id
    )


def _told(charger: Charger) -> dict[str, object]:
    frame = framed(charger)
    return {
        "id": charger.charger_id,
        "station_id": charger.station_id,
        "property": charger.property.slug,
        "online": charger.is_online(),
        "condition": frame.condition.word,
        "sentence": frame.condition.sentence,
        "ocpp_version": charger.ocpp_version,
    }
