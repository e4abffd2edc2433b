"""The REST API about people: who belongs to a host as what, and which outsiders were let in. To be read only."""

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
    """A member with what the role may do."""

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
        """Of see, operate, connect, manage, see_money, handle_money, people."""
        return [right.value for right in roles.Right if right in roles.RIGHTS[Role(membership.role)]]


class GrantSerializer(serializers.ModelSerializer[AccessGrant]):
    """An outsider who was let in for a while: to one property, one charger, or (both null) all of the host."""

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
    """Find members."""

    role = django_filters.ChoiceFilter(choices=Membership.Role.choices)
    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = Membership
        fields: ClassVar = ["role", "host"]


class GrantFilter(FilterSet):  # type: ignore[misc]
    """Find grants."""

    live = django_filters.BooleanFilter(method="now_live", label="true: in force now; false: over.")
    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = AccessGrant
        fields: ClassVar = ["live", "host"]

    def now_live(self, queryset: QuerySet[AccessGrant], _name: str, value: bool) -> QuerySet[AccessGrant]:
        at = now()
        return queryset.filter(granted_at__lte=at, ends_at__gt=at) if value else queryset.filter(ends_at__lte=at)


class Members(ApiList[Membership]):
    """Who belongs to the host, newest first."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    filterset_class = MemberFilter

    def visible(self, key: ApiKey) -> QuerySet[Membership]:
        return access.members(key).select_related("user", "host")


class Grants(ApiList[AccessGrant]):
    """Outsiders who were let in, newest first, also those whose time is over."""

    queryset = AccessGrant.objects.none()
    serializer_class = GrantSerializer
    filterset_class = GrantFilter

    def visible(self, key: ApiKey) -> QuerySet[AccessGrant]:
        return access.grants(key).select_related("user", "host", "property", "charger", "granted_by")
