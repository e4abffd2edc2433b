"""The REST API about commands: what is asked of a charger, and what became of it."""

import uuid
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import access
from authorization.api.views import ApiList, ApiView, found, storable
from authorization.models import ApiKey
from chargers.masking import conceal
from chargers.models import Charger, Command
from chargers.ocpp import orders, sending
from chargers.views.frame import now


class OrderSerializer(serializers.Serializer[Any]):
    """An action of the charger's OCPP version with its payload."""

    action = serializers.CharField(max_length=60)
    payload = serializers.DictField(required=False, default=dict, validators=[storable])


class CommandSerializer(serializers.ModelSerializer[Command]):
    """A command and what became of it: sent, accepted and effect seen are three different things."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)
    payload = serializers.SerializerMethodField()

    class Meta:
        model = Command
        fields = [
            "id", "charger", "action", "payload", "state", "outcome", "reply", "created_at", "sent_at",
            "answered_at", "effect_seen_at",
        ]  # fmt: skip

    def get_payload(self, command: Command) -> dict[str, Any]:
        """As it was asked, without the passwords in it."""
        shown: dict[str, Any] = conceal(command.payload)
        return shown


class CommandFilter(FilterSet):  # type: ignore[misc]
    """What to show of a charger's commands."""

    state = django_filters.ChoiceFilter(choices=Command.State.choices)
    action = django_filters.CharFilter(lookup_expr="iexact", label="Such as Reset.")

    class Meta:
        model = Command
        fields: ClassVar = ["state", "action"]


class Commands(ApiList[Command]):
    """What was asked of a charger, newest first; and a new wish."""

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
        """Asks the charger to do something. The answer is the command as it waits: look at it again for the outcome."""
        charger, key = self.charger(request, charger_id), self.key(request)
        if not access.may_operate(key, charger):
            raise Http404
        order = _order(charger, request.data)
        command = sending.send(charger, order, by=key, now=now())
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)


class OneCommand(ApiView):
    """What became of a command."""

    @extend_schema(responses=CommandSerializer)
    def get(self, request: Request, command_id: uuid.UUID) -> Response:
        rows = access.commands(self.key(request)).select_related("charger")
        return Response(CommandSerializer(found(rows, pk=command_id)).data)


def _order(charger: Charger, data: Any) -> orders.Order:
    wanted = OrderSerializer(data=data)
    wanted.is_valid(raise_exception=True)
    action, payload = wanted.validated_data["action"], wanted.validated_data["payload"]
    try:
        return orders.check(action, payload, version=sending.version_of(charger))
    except orders.OrderError as exc:
        raise ValidationError(str(exc)) from exc
