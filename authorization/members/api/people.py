"""The REST API for people: a host's members, and outsiders with access. Read-only."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers

from authorization.models import AccessGrant, ApiKey, Membership
from authorization.people import access, roles
from authorization.people.request import now
from authorization.people.roles import Role
from authorization.rest.base import ApiList


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member with the rights of their role."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    email = serializers.CharField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    is_active = serializers.BooleanField(source="user.is_active", read_only=True, help_text="false: sees nothing.")
    rights = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["id", "host", "email", "name", "role", "is_active", "rights"]
        read_only_fields = fields

    def get_rights(self, membership: Membership) -> list[str]:
        """Returns some of see, operate, connect, manage, see_money, handle_money, people."""
        return [right.value for right in roles.Right if right in roles.RIGHTS[Role(membership.role)]]


class GrantSerializer(serializers.ModelSerializer[AccessGrant]):
    """An outsider with access for a while: to one property, one charger, or (both null) all of the host."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    email = serializers.CharField(source="user.email", read_only=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    charger = serializers.SlugRelatedField[Any](slug_field="charger_id", read_only=True, allow_null=True)
    granted_by = serializers.CharField(source="granted_by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = AccessGrant
        fields = [
            "id", "host", "email", "role", "property", "charger", "reason", "granted_by", "granted_at", "ends_at",
        ]  # fmt: skip
        read_only_fields = fields


class MemberFilter(FilterSet):  # type: ignore[misc]
    """Filters members."""

    role = django_filters.ChoiceFilter(choices=Membership.Role.choices)
    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = Membership
        fields: ClassVar = ["role", "host"]


class GrantFilter(FilterSet):  # type: ignore[misc]
    """Filters grants."""

    live = django_filters.BooleanFilter(method="now_live", label="true: in force now; false: over.")
    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = AccessGrant
        fields: ClassVar = ["live", "host"]

    def now_live(self, queryset: QuerySet[AccessGrant], _name: str, value: bool) -> QuerySet[AccessGrant]:
        at = now()
        return queryset.filter(granted_at__lte=at, ends_at__gt=at) if value else queryset.filter(ends_at__lte=at)


class Members(ApiList[Membership]):
    """Lists the host's members, newest first."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    filterset_class = MemberFilter

    def visible(self, key: ApiKey) -> QuerySet[Membership]:
        return access.members(key).select_related("user", "host")


class Grants(ApiList[AccessGrant]):
    """Lists outsiders with access, newest first, including those whose access has ended."""

    queryset = AccessGrant.objects.none()
    serializer_class = GrantSerializer
    filterset_class = GrantFilter

    def visible(self, key: ApiKey) -> QuerySet[AccessGrant]:
        return access.grants(key).select_related("user", "host", "property", "charger", "granted_by")
