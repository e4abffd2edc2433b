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
from chargers.local_lists.sync import LocalListStatus
from chargers.models import CardMemory
from chargers.pages.local_list import load_local_list_status, state_sentence


class LeftOutSerializer(serializers.Serializer[Any]):
    """A card that may charge here and is not on the list."""

    uid = serializers.CharField()
    why = serializers.CharField()


class LocalListSerializer(serializers.Serializer[Any]):
    """The list that a charger should hold, and what is known of the one that it holds."""

    kept = serializers.BooleanField(help_text="Whether we keep a list on this charger.")
    state = serializers.ChoiceField(choices=CardMemory.State.choices)
    sentence = serializers.CharField()
    version = serializers.IntegerField(
        allow_null=True, help_text="The version of our list that the charger accepted last; null: none, or not certain."
    )
    charger_version = serializers.IntegerField(
        allow_null=True, help_text="The version that the charger reported last; 0: it has no list, null: not reported."
    )
    charger_version_reported_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    entries = serializers.IntegerField(help_text="The number of cards that the charger should hold.")
    capacity = serializers.IntegerField(
        allow_null=True, help_text="The number of cards that the charger can hold; null: it did not report it."
    )
    to_add = serializers.ListField(
        child=serializers.CharField(), help_text="UIDs of cards that are missing from the charger's list."
    )
    to_remove = serializers.ListField(
        child=serializers.CharField(), help_text="UIDs of cards on the charger's list that may no longer charge there."
    )
    to_update = serializers.ListField(
        child=serializers.CharField(), help_text="UIDs of cards whose expiry or parent has changed since."
    )
    left_out = LeftOutSerializer(many=True)
    drift = serializers.CharField(
        allow_blank=True,
        help_text="Why the charger's list was last found not to be the one that we sent; empty: it never was.",
    )
    drifted_at = serializers.DateTimeField(allow_null=True)
    cache_cleared_at = serializers.DateTimeField(allow_null=True)
    cache_due_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When a card was revoked, since when the charger's cache has to be cleared: done once it is online.",
    )


class LocalListChange(Body):
    """Whether we keep a list on the charger."""

    choice = serializers.ChoiceField(
        choices=["property", "on", "off"], help_text="`on`, `off`, or `property`: as set for its property."
    )


class PropertyLists(Body):
    """Whether the chargers of a property keep lists."""

    keeps = serializers.BooleanField(help_text="A charger with a choice of its own is not affected.")


class LocalListDetail(ApiView):
    """The local list of a charger."""

    @extend_schema(responses=LocalListSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        return Response(LocalListSerializer(_body(load_local_list_status(self.charger(request, charger_id)))).data)

    @extend_schema(request=LocalListChange, responses=LocalListSerializer)
    def patch(self, request: Request, charger_id: str) -> Response:
        """Sets whether a list is kept on the charger."""
        charger = self.charger(request, charger_id)
        acts.choose(charger, **parse_request(LocalListChange, request), by=self.api_key(request), now=now())
        return Response(LocalListSerializer(_body(load_local_list_status(self.charger(request, charger_id)))).data)

    @extend_schema(responses={200: LocalListSerializer})
    def delete(self, request: Request, charger_id: str) -> Response:
        """Empties the list and stops keeping one."""
        acts.clear(self.charger(request, charger_id), by=self.api_key(request), now=now())
        return Response(LocalListSerializer(_body(load_local_list_status(self.charger(request, charger_id)))).data)


class LocalListPush(ApiView):
    """Sends the list to the charger again."""

    @extend_schema(request=None, responses=LocalListSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Sends the whole list, after reading the version that the charger has."""
        acts.push(self.charger(request, charger_id), by=self.api_key(request), now=now())
        return Response(LocalListSerializer(_body(load_local_list_status(self.charger(request, charger_id)))).data)


class CacheClearing(ApiView):
    """The charger's own cache of cards."""

    @extend_schema(request=None, responses=LocalListSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Commands the charger to clear its cache."""
        acts.clear_cache(self.charger(request, charger_id), by=self.api_key(request), now=now())
        return Response(LocalListSerializer(_body(load_local_list_status(self.charger(request, charger_id)))).data)


class PropertyLocalLists(ApiView):
    """Whether a property's chargers keep lists."""

    @extend_schema(request=PropertyLists, responses=PropertyLists)
    def put(self, request: Request, slug: str) -> Response:
        """Sets whether the property's chargers keep lists; a charger with a choice of its own is not affected."""
        property_, fields = self.managed_property(request, slug), parse_request(PropertyLists, request)
        property_lists.choose_for_property(property_, **fields, by=self.api_key(request), now=now())
        return Response(fields)


def _body(status: LocalListStatus) -> dict[str, object]:
    row, differences = status.row, status.differences
    return {
        "kept": status.is_kept,
        "state": row.state,
        "sentence": state_sentence(status),
        "version": row.version,
        "charger_version": row.reported_version,
        "charger_version_reported_at": row.reported_at,
        "accepted_at": row.synced_at,
        "entries": len(status.plan.entries),
        "capacity": status.limits.capacity,
        "to_add": differences.to_add,
        "to_remove": differences.to_remove,
        "to_update": differences.to_update,
        "left_out": [{"uid": entry.uid, "why": entry.why} for entry in status.plan.left_out],
        "drift": row.drift,
        "drifted_at": row.drifted_at,
        "cache_cleared_at": row.cache_cleared_at,
        "cache_due_at": row.cache_due_at,
    }
