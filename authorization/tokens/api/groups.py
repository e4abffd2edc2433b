"""The REST API for local token groups: which cards may charge at which chargers, and when."""

from functools import partial
from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.decide.facts import MalformedScheduleError, ScheduleWindow
from authorization.models import ApiKey, TokenGroup
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest import name_lookup
from authorization.rest.base import ApiList, ApiView, MomentField, find_or_404, host_of
from authorization.rest.bodies import Body
from authorization.tokens.acts import groups as acts
from chargers.models import Host

_MAX_WINDOWS = 7


class WindowSerializer(Body):
    """Days and hours in each property's time zone; with `to` at or before `from`, the window runs past midnight."""

    days = serializers.ListField(child=serializers.CharField(), required=False, help_text="MON to SUN; empty: all.")
    to = serializers.CharField(required=False, help_text="Such as 18:00.")

    def get_fields(self) -> dict[str, Any]:
        start = serializers.CharField(required=False, help_text="Such as 08:00.")
        return {**super().get_fields(), "from": start}


class GroupSerializer(serializers.ModelSerializer[TokenGroup]):
    """A local group with the properties, units and chargers that it opens for its cards."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    schedule = WindowSerializer(many=True, read_only=True)
    properties = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)
    units = serializers.SerializerMethodField()
    chargers = serializers.SlugRelatedField[Any](slug_field="charger_id", many=True, read_only=True)

    class Meta:
        model = TokenGroup
        fields = [
            "id", "slug", "host", "name", "enabled", "is_parent", "active_from", "active_to", "schedule",
            "properties", "units", "chargers",
        ]  # fmt: skip
        read_only_fields = fields

    def get_units(self, group: TokenGroup) -> list[str]:
        """Returns each unit as property/unit."""
        return [f"{unit.property.slug}/{unit.slug}" for unit in group.units.all()]


class GroupInputSerializer(Body):
    """A group's new values. A list replaces the stored one."""

    name = serializers.CharField(max_length=100)
    enabled = serializers.BooleanField(default=True)
    is_parent = serializers.BooleanField(default=False, help_text="Its cards may stop each other's sessions.")
    active_from = MomentField(required=False, allow_null=True, default=None)
    active_to = MomentField(required=False, allow_null=True, default=None)
    schedule = WindowSerializer(many=True, required=False, help_text="Empty: always; at most 7.")
    properties = serializers.ListField(child=serializers.SlugField(), required=False)
    units = serializers.ListField(
        child=serializers.CharField(max_length=101), required=False, help_text="Each as property/unit."
    )
    chargers = serializers.ListField(child=serializers.CharField(max_length=48), required=False)

    def validate_schedule(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) > _MAX_WINDOWS:
            raise serializers.ValidationError(f"A group has at most {_MAX_WINDOWS} windows.")
        for row in rows:
            try:
                ScheduleWindow.parse(row)
            except MalformedScheduleError as exc:
                raise serializers.ValidationError(str(exc)) from exc
        return [dict(row) for row in rows]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        stored_group = self.instance
        begins = attrs.get("active_from", stored_group.active_from if stored_group else None)
        ends = attrs.get("active_to", stored_group.active_to if stored_group else None)
        if begins and ends and ends <= begins:
            raise serializers.ValidationError({"active_to": "This must be later than the beginning."})
        return attrs


class NewGroupSerializer(GroupInputSerializer):
    """A new group."""

    host = serializers.SlugField(required=False, help_text="Agents: whose.")


class GroupFilter(FilterSet):  # type: ignore[misc]
    """Filters groups."""

    slug = django_filters.CharFilter()
    enabled = django_filters.BooleanFilter()

    class Meta:
        model = TokenGroup
        fields: ClassVar = ["slug", "enabled"]


class Groups(ApiList[TokenGroup]):
    """Lists the host's local groups, newest first."""

    queryset = TokenGroup.objects.none()
    serializer_class = GroupSerializer
    filterset_class = GroupFilter

    def visible(self, key: ApiKey) -> QuerySet[TokenGroup]:
        return _visible_groups(key)

    @extend_schema(
        request=NewGroupSerializer,
        responses={201: GroupSerializer},
        examples=[
            OpenApiExample(
                "Staff, on weekdays",
                value={
                    "name": "Staff",
                    "properties": ["sunset-1"],
                    "schedule": [{"days": ["MON", "TUE"], "from": "08:00", "to": "18:00"}],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Creates a group; put cards into it with `POST /tokens/`."""
        key = self.key(request)
        body = NewGroupSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validated = dict(body.validated_data)
        host = host_of(key, validated.pop("host", None))
        group = TokenGroup(host=host, name=validated["name"])
        acts.add(group, save=partial(_save, group, validated, host=host), by=key, now=now())
        return Response(_body(key, group), status=status.HTTP_201_CREATED)


class GroupDetail(ApiView):
    """One local group."""

    @extend_schema(responses=GroupSerializer)
    def get(self, request: Request, group_id: int) -> Response:
        return Response(GroupSerializer(find_or_404(_visible_groups(self.key(request)), pk=group_id)).data)

    @extend_schema(request=GroupInputSerializer, responses=GroupSerializer)
    def patch(self, request: Request, group_id: int) -> Response:
        """Updates the given fields and leaves the others unchanged."""
        key = self.key(request)
        with transaction.atomic():
            group = _manageable(key, group_id)
            body = GroupInputSerializer(group, data=request.data, partial=True)
            body.is_valid(raise_exception=True)
            save = partial(_save, group, dict(body.validated_data), host=group.host)
            acts.change(group, save=save, before=acts.audit_values(group), by=key, now=now())
        return Response(_body(key, group))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, group_id: int) -> Response:
        """Deletes the group; its cards remain, but it no longer opens any charger."""
        key = self.key(request)
        acts.delete(_manageable(key, group_id), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _save(group: TokenGroup, values: dict[str, Any], *, host: Host) -> None:
    doors: dict[str, Any] = {
        name: find(host, values.pop(name))
        for name, find in (
            ("properties", name_lookup.properties),
            ("units", name_lookup.units),
            ("chargers", name_lookup.chargers),
        )
        if name in values
    }
    for name, value in values.items():
        setattr(group, name, value)
    group.save()
    for name, rows in doors.items():
        getattr(group, name).set(rows)


def _manageable(key: ApiKey, pk: int) -> TokenGroup:
    group = find_or_404(access.groups(key).select_related("host"), pk=pk)
    access.require(key, Right.MANAGE, group.host)
    return group


def _body(key: ApiKey, group: TokenGroup) -> dict[str, Any]:
    return dict(GroupSerializer(find_or_404(_visible_groups(key), pk=group.pk)).data)


def _visible_groups(key: ApiKey) -> QuerySet[TokenGroup]:
    rows = access.groups(key).select_related("host")
    return rows.prefetch_related("properties", "units__property", "chargers")
