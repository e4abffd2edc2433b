"""The REST API about the safe ladder: the allowed recovery steps, and what was tried at chargers."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView
from authorization.rest.bodies import Body, parse_request
from chargers.acts import recovery as acts
from chargers.models import Charger, Recovery, RecoveryStep
from chargers.recovery import next_step, progress, wording
from chargers.recovery.next_step import Step

_LIMIT = 100


class LadderSerializer(serializers.Serializer[Any]):
    """The allowed steps, in the order of the ladder; none turns it off."""

    steps = serializers.ListField(child=serializers.ChoiceField(choices=[step.value for step in Step]))


class ChosenLadderSerializer(Body):
    """All steps to allow."""

    steps = serializers.ListField(
        child=serializers.ChoiceField(choices=[step.value for step in Step]), max_length=len(Step)
    )


class ChargerLadderSerializer(serializers.Serializer[Any]):
    """The steps that may be tried at a charger, in the order in which they are tried."""

    own = serializers.ListField(
        child=serializers.ChoiceField(choices=[step.value for step in Step]),
        allow_null=True,
        help_text="The charger's own choice; null: the property's holds.",
    )
    steps = serializers.ListField(child=serializers.ChoiceField(choices=[step.value for step in Step]))
    why = serializers.ListField(
        child=serializers.CharField(), help_text="Why the order is not the usual one; empty: it is."
    )


class ChosenChargerLadderSerializer(Body):
    """All steps to allow at this charger; null follows the property."""

    steps = serializers.ListField(
        child=serializers.ChoiceField(choices=[step.value for step in Step]), max_length=len(Step), allow_null=True
    )


class RecoveryStepSerializer(serializers.ModelSerializer[RecoveryStep]):
    """A step that was taken. `effect` is empty until it is seen; `answer` is how its command ended."""

    class Meta:
        model = RecoveryStep
        fields = ["step", "taken_at", "command_id", "answer", "effect"]
        read_only_fields = fields


class RecoverySerializer(serializers.ModelSerializer[Recovery]):
    """A trouble of a charger and the steps tried."""

    steps = RecoveryStepSerializer(many=True, read_only=True)

    class Meta:
        model = Recovery
        fields = [
            "id",
            "kind",
            "detail",
            "since",
            "began_at",
            "state",
            "waits_for",
            "ended_at",
            "ticket_label",
            "steps",
        ]
        read_only_fields = fields


class RecoveriesSerializer(serializers.Serializer[Any]):
    """Troubles, newest first, at most 100."""

    results = RecoverySerializer(many=True)


class PropertyLadder(ApiView):
    """The steps that may be tried at a property's chargers in trouble."""

    @extend_schema(responses=LadderSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Returns the allowed steps; there are none until one is allowed."""
        return Response({"steps": list(progress.steps_of(self.visible_property(request, slug)))})

    @extend_schema(request=ChosenLadderSerializer, responses=LadderSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Allows these steps and no others."""
        property_, key = self.visible_property(request, slug), self.api_key(request)
        steps = [Step(step) for step in parse_request(ChosenLadderSerializer, request)["steps"]]
        acts.choose(property_, steps, by=key, now=now())
        return Response({"steps": list(progress.steps_of(property_))})


class ChargerRecoveries(ApiView):
    """What the safe ladder tried at a charger."""

    @extend_schema(responses=RecoveriesSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Lists each trouble with its steps, their answers and effects."""
        rows = progress.of_charger(self.charger(request, charger_id), limit=_LIMIT)
        return Response({"results": RecoverySerializer(rows, many=True).data})


class ChargerLadder(ApiView):
    """The steps that may be tried at a charger in trouble."""

    @extend_schema(responses=ChargerLadderSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the charger's own steps, or the property's."""
        return Response(_ladder(self.charger(request, charger_id)))

    @extend_schema(request=ChosenChargerLadderSerializer, responses=ChargerLadderSerializer)
    def put(self, request: Request, charger_id: str) -> Response:
        """Allows these steps and no others at this charger; null follows the property."""
        charger, key = self.charger(request, charger_id), self.api_key(request)
        step_names = parse_request(ChosenChargerLadderSerializer, request)["steps"]
        acts.choose_at(charger, None if step_names is None else [Step(step) for step in step_names], by=key, now=now())
        return Response(_ladder(charger))


def _ladder(charger: Charger) -> dict[str, Any]:
    own, allowed, records = progress.own_steps(charger), progress.steps_at(charger), progress.records_of(charger)
    return {
        "own": None if own is None else list(own),
        "steps": [step for step in next_step.order_steps(records) if step in allowed],
        "why": wording.why_ordered({step: record for step, record in records.items() if step in allowed}),
    }
