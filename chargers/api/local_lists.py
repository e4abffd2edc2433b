"""The REST API about local lists: the cards that a charger itself stores."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView
from authorization.rest.bodies import Body, parse_request
from authorization.tokens.acts import local_lists as property_lists
from chargers.acts import local_lists as acts
from chargers.local_lists.sync import ListSlot
from chargers.models import CardMemory
from chargers.pages.local_list import slot_of, state_sentence


class LeftOutSerializer(serializers.Serializer[Any]):
    """A card that may charge here and is not on the list."""

    uid = serializers.CharField()
    why = serializers.CharField()


class LocalListSerializer(serializers.Serializer[Any]):
    """Our list, the charger's list, and their differences."""

    kept = serializers.BooleanField(help_text="Whether we keep a list on this charger.")
    state = serializers.ChoiceField(choices=CardMemory.State.choices)
    sentence = serializers.CharField()
    version = serializers.IntegerField(allow_null=True, help_text="Of ours, as the charger accepted it last.")
    charger_version = serializers.IntegerField(
        allow_null=True, help_text="As the charger reported it last; 0: no list."
    )
    charger_version_reported_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    entries = serializers.IntegerField(help_text="How many cards it should hold.")
    capacity = serializers.IntegerField(allow_null=True, help_text="How many it can hold, if it reported that.")
    missing = serializers.ListField(child=serializers.CharField(), help_text="To be put on.")
    too_many = serializers.ListField(child=serializers.CharField(), help_text="To be taken off.")
    changed = serializers.ListField(child=serializers.CharField(), help_text="With another expiry or parent.")
    left_out = LeftOutSerializer(many=True)
    drift = serializers.CharField(allow_blank=True, help_text="How its list was last found not to be ours.")
    drifted_at = serializers.DateTimeField(allow_null=True)
    cache_cleared_at = serializers.DateTimeField(allow_null=True)
    cache_due_at = serializers.DateTimeField(
        allow_null=True, help_text="A card was revoked; it is cleared when online."
    )


class LocalListChange(Body):
    """Whether we keep a list on the charger."""

    choice = serializers.ChoiceField(choices=["property", "on", "off"], help_text="`property`: as its property says.")


class PropertyLists(Body):
    """Whether the chargers of a property keep lists."""

    keeps = serializers.BooleanField()


class LocalListDetail(ApiView):
    """The local list of a charger."""

    @extend_schema(responses=LocalListSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        return Response(LocalListSerializer(_body(slot_of(self.charger(request, charger_id)))).data)

    @extend_schema(request=LocalListChange, responses=LocalListSerializer)
    def patch(self, request: Request, charger_id: str) -> Response:
        """Sets whether a list is kept on the charger."""
        charger = self.charger(request, charger_id)
        acts.choose(charger, **parse_request(LocalListChange, request), by=self.key(request), now=now())
        return Response(LocalListSerializer(_body(slot_of(self.charger(request, charger_id)))).data)

    @extend_schema(responses={200: LocalListSerializer})
    def delete(self, request: Request, charger_id: str) -> Response:
        """Empties the list and stops keeping one."""
        acts.clear(self.charger(request, charger_id), by=self.key(request), now=now())
        return Response(LocalListSerializer(_body(slot_of(self.charger(request, charger_id)))).data)


class LocalListPush(ApiView):
    """The repeated sending of the list."""

    @extend_schema(request=None, responses=LocalListSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Sends the whole list, after reading the version that the charger has."""
        acts.push(self.charger(request, charger_id), by=self.key(request), now=now())
        return Response(LocalListSerializer(_body(slot_of(self.charger(request, charger_id)))).data)


class CacheClearing(ApiView):
    """The charger's own cache of cards."""

    @extend_schema(request=None, responses=LocalListSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Commands the charger to clear its cache."""
        acts.clear_cache(self.charger(request, charger_id), by=self.key(request), now=now())
        return Response(LocalListSerializer(_body(slot_of(self.charger(request, charger_id)))).data)


class PropertyLocalLists(ApiView):
    """Whether a property's chargers keep lists."""

    @extend_schema(request=PropertyLists, responses=PropertyLists)
    def put(self, request: Request, slug: str) -> Response:
        """Sets this for all chargers that follow their property."""
        property_, fields = self.managed_place(request, slug), parse_request(PropertyLists, request)
        property_lists.choose_for_property(property_, **fields, by=self.key(request), now=now())
        return Response(fields)


def _body(slot: ListSlot) -> dict[str, object]:
    row, differences = slot.row, slot.differences
    return {
        "kept": slot.is_kept,
        "state": row.state,
        "sentence": state_sentence(slot),
        "version": row.version,
        "charger_version": row.reported_version,
        "charger_version_reported_at": row.reported_at,
        "accepted_at": row.synced_at,
        "entries": len(slot.plan.entries),
        "capacity": slot.limits.capacity,
        "missing": differences.missing,
        "too_many": differences.too_many,
        "changed": differences.otherwise,
        "left_out": [{"uid": entry.uid, "why": entry.why} for entry in slot.plan.left_out],
        "drift": row.drift,
        "drifted_at": row.drifted_at,
        "cache_cleared_at": row.cache_cleared_at,
        "cache_due_at": row.cache_due_at,
    }
