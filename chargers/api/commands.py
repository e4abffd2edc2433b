"""The REST API about commands to chargers and their outcome."""

import uuid
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.decide.facts import OrderedBy
from authorization.insight.refusal_error import RefusalError
from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body
from chargers.commands import builder, sending
from chargers.commands.builder import Details, UsualAction
from chargers.commands.sending import OutletTakenError, StartRefusedError
from chargers.models import Charger, Command
from chargers.text.masking import conceal


class OrderSerializer(Body):
    """An action of the charger's OCPP version with its payload."""

    action = serializers.CharField(max_length=60)
    payload = serializers.DictField(required=False, default=dict, validators=[require_storable])


class StartSerializer(Body):
    """The card and the outlet of a start."""

    uid = serializers.CharField(max_length=255, validators=[require_storable])
    connector = serializers.IntegerField(min_value=1, max_value=1000, default=1)


class CommandSerializer(serializers.ModelSerializer[Command]):
    """A command and its outcome. Sent, accepted and effect seen are separate facts."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)
    payload = serializers.SerializerMethodField()
    outcome = serializers.CharField(max_length=255, required=False, allow_blank=True, help_text="The outcome in words.")

    class Meta:
        model = Command
        fields = [
            "id", "charger", "action", "payload", "state", "outcome", "reply", "created_at", "sent_at",
            "answered_at", "effect_seen_at",
        ]  # fmt: skip

    def get_payload(self, command: Command) -> dict[str, Any]:
        """Returns the payload without its passwords."""
        concealed: dict[str, Any] = conceal(command.payload)
        return concealed


class CommandFilter(FilterSet):  # type: ignore[misc]
    """Filters of a charger's commands."""

    state = django_filters.ChoiceFilter(choices=Command.State.choices)
    action = django_filters.CharFilter(lookup_expr="iexact", label="Such as Reset.")

    class Meta:
        model = Command
        fields: ClassVar = ["state", "action"]


class Commands(ApiList[Command]):
    """Commands to a charger, newest first."""

    queryset = Command.objects.none()
    serializer_class = CommandSerializer
    filterset_class = CommandFilter

    def visible(self, key: ApiKey) -> QuerySet[Command]:
        charger = self.charger(self.request, self.kwargs["charger_id"])
        return access.commands(key).filter(charger=charger).select_related("charger")

    @extend_schema(
        request=OrderSerializer,
        responses={202: CommandSerializer},
        examples=[OpenApiExample("Restart", value={"action": "Reset", "payload": {"type": "Soft"}}, request_only=True)],
    )
    def post(self, request: Request, charger_id: str) -> Response:
        """Sends a command to the charger. Returns it as queued; request it again for the outcome."""
        charger, key = self.charger(request, charger_id), self.key(request)
        access.require_at(key, Right.OPERATE, charger)
        order = _order(charger, request.data)
        try:
            command = sending.send(charger, order, by=key, now=now())
        except StartRefusedError as exc:
            raise RefusalError(exc.decided) from exc
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)


class Starts(ApiView):
    """Starts by a driver's app."""

    @extend_schema(
        request=StartSerializer,
        responses={202: CommandSerializer},
        examples=[OpenApiExample("A driver's app", value={"uid": "04:A1:B2:C3:D4", "connector": 1}, request_only=True)],
    )
    def post(self, request: Request, charger_id: str) -> Response:
        """Starts a session for a driver who may charge here. The decision is the same as at the reader, so an app is
        refused where a card is.

        The host's own people can start for anyone with the command itself.
        """
        charger, key = self.charger(request, charger_id), self.key(request)
        access.require_at(key, Right.OPERATE, charger)
        body = StartSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        uid, connector = body.validated_data["uid"], body.validated_data["connector"]
        details = Details(uid=uid, evse_number=connector, remote_start_id=sending.new_request_id())
        try:
            order = builder.build(UsualAction.START, details, version=sending.version_of(charger))
            command = sending.send(charger, order, by=key, now=now(), ordered_by=OrderedBy.APP)
        except builder.OrderError as exc:
            raise ValidationError(str(exc)) from exc
        except OutletTakenError as exc:
            raise ValidationError({"connector": str(exc)}) from exc
        except StartRefusedError as exc:
            raise RefusalError(exc.decided) from exc
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)


class CommandDetail(ApiView):
    """The outcome of a command."""

    @extend_schema(responses=CommandSerializer)
    def get(self, request: Request, command_id: uuid.UUID) -> Response:
        rows = access.commands(self.key(request)).select_related("charger")
        return Response(CommandSerializer(find_or_404(rows, pk=command_id)).data)


def _order(charger: Charger, data: Any) -> builder.BuiltCommand:
    body = OrderSerializer(data=data)
    body.is_valid(raise_exception=True)
    action, payload = body.validated_data["action"], body.validated_data["payload"]
    try:
        return builder.check(action, payload, version=sending.version_of(charger))
    except builder.OrderError as exc:
        raise ValidationError(str(exc)) from exc
