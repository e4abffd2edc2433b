"""The REST API for the host's own cards: find, admit, block."""

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, Token, TokenGroup
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import (
    ApiList,
    ApiView,
    MomentField,
    UidField,
    find_or_404,
    require_of_own,
    require_storable,
)
from authorization.rest.bodies import Body
from authorization.tokens import tokens
from authorization.tokens.acts import tokens as acts


class TokenSerializer(serializers.ModelSerializer[Token]):
    """A charging card and the local groups that it is in."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    provider = serializers.CharField(
        source="msp.key", read_only=True, allow_null=True, default=None, help_text="Such as NL-EMS."
    )
    groups = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = Token
        fields = [
            "id", "uid", "canonical_uid", "visual_number", "type", "owner", "host", "provider", "groups", "valid",
            "blocked", "blocked_reason", "expires_at", "may_charge_concurrently", "whitelist", "created_at",
            "updated_at",
        ]  # fmt: skip


class NewTokenSerializer(Body):
    """A card and the local group to put it into."""

    uid = UidField(help_text="In any notation.")
    group = serializers.CharField(max_length=50, help_text="The slug of a local group.")
    host = serializers.CharField(max_length=50, required=False, help_text="Agents: whose group, if several have it.")
    visual_number = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    owner = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


_FLAGS = ("valid", "blocked")
_NOTES = ("visual_number", "owner", "expires_at", "may_charge_concurrently")


class ChangeSerializer(Body):
    """The fields to change: whether a card is valid or blocked, and why; or the host's notes on it."""

    valid = serializers.BooleanField(required=False)
    blocked = serializers.BooleanField(required=False)
    reason = serializers.CharField(
        max_length=255, validators=[require_storable], required=False, help_text="Needed with `valid` and `blocked`."
    )
    visual_number = serializers.CharField(max_length=64, required=False, allow_blank=True)
    owner = serializers.CharField(max_length=200, required=False, allow_blank=True)
    expires_at = MomentField(required=False, allow_null=True)
    may_charge_concurrently = serializers.BooleanField(
        required=False, help_text="Whether it may charge at several chargers at once."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not {*_FLAGS, *_NOTES} & set(attrs):
            raise ValidationError(f"Say what changes: {', '.join(f'`{name}`' for name in (*_FLAGS, *_NOTES))}.")
        if set(_FLAGS) & set(attrs) and "reason" not in attrs:
            raise ValidationError({"reason": "Say why: refusals and the audit trail tell it."})
        return attrs


class TokenFilter(FilterSet):  # type: ignore[misc]
    """Filters cards."""

    search = django_filters.CharFilter(
        method="find", label="The number in any notation, what is printed on the card, or whose it is."
    )
    group = django_filters.CharFilter(method="in_group", label="The slug of a local group.")
    valid = django_filters.BooleanFilter()
    blocked = django_filters.BooleanFilter()

    class Meta:
        model = Token
        fields: ClassVar = ["search", "group", "valid", "blocked"]

    def find(self, queryset: QuerySet[Token], _name: str, value: str) -> QuerySet[Token]:
        return queryset.filter(tokens.matching(value))

    def in_group(self, queryset: QuerySet[Token], _name: str, value: str) -> QuerySet[Token]:
        return queryset.filter(groups__in=TokenGroup.objects.filter(slug=value)).distinct()


class Tokens(ApiList[Token]):
    """Lists the host's cards, newest first."""

    queryset = Token.objects.none()
    serializer_class = TokenSerializer
    filterset_class = TokenFilter

    def visible(self, key: ApiKey) -> QuerySet[Token]:
        return _prefetch_relations(access.tokens(key))

    @extend_schema(
        request=NewTokenSerializer,
        responses={201: TokenSerializer},
        examples=[OpenApiExample("A card", value={"uid": "04:A1:B2:C3:D4", "group": "residents"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Puts a card into a local group, adding the card if it is new. Repeating it changes nothing."""
        key = self.key(request)
        require_of_own(key, Right.MANAGE)
        body = NewTokenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        fields = body.validated_data
        group = _group(key, slug=fields["group"], host=fields.get("host"))
        facts = {"visual_number": fields["visual_number"], "owner": fields["owner"]}
        token = acts.whitelist(fields["uid"], group=group, **facts, by=key, now=now())
        return Response(_body(key, token), status=status.HTTP_201_CREATED)


class TokenDetail(ApiView):
    """One card."""

    @extend_schema(responses=TokenSerializer)
    def get(self, request: Request, token_id: int) -> Response:
        return Response(
            TokenSerializer(find_or_404(_prefetch_relations(access.tokens(self.key(request))), pk=token_id)).data
        )

    @extend_schema(
        request=ChangeSerializer,
        responses=TokenSerializer,
        examples=[OpenApiExample("Lost", value={"blocked": True, "reason": "Reported lost"}, request_only=True)],
    )
    def patch(self, request: Request, token_id: int) -> Response:
        """Blocks or unblocks the card, sets whether it is valid, or stores the host's notes; the reason is recorded."""
        key = self.key(request)
        with transaction.atomic():
            token = find_or_404(access.tokens(key).exclude(host=None).select_for_update(of=("self",)), pk=token_id)
            assert token.host is not None
            access.require(key, Right.MANAGE, token.host)
            body = ChangeSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            _change(token, body.validated_data, key=key)
        return Response(_body(key, token))


class TokenLeaves(ApiView):
    """A card's membership in a local group."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: int, slug: str) -> Response:
        """Removes the card from the group; it stays in the others."""
        key = self.key(request)
        token = find_or_404(access.tokens(key).exclude(host=None).select_related("host"), pk=token_id)
        assert token.host is not None
        access.require(key, Right.MANAGE, token.host)
        acts.leave(token, find_or_404(token.groups.all(), slug=slug), by=key, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _change(token: Token, changes: dict[str, Any], *, key: ApiKey) -> None:
    fields = [name for name in _NOTES if name in changes]
    if fields:
        before = acts.audit_values(token)
        for name in fields:
            setattr(token, name, changes[name])
        acts.edit(token, fields=fields, before=before, by=key, now=now())
    if set(_FLAGS) & set(changes):
        flags = {name: changes.get(name) for name in _FLAGS}
        acts.flag(token, **flags, reason=changes["reason"], by=key, now=now())


def _group(key: ApiKey, *, slug: str, host: str | None) -> TokenGroup:
    """Returns the group if the key may manage it; a foreign one is treated as absent."""
    rows = access.groups(key).select_related("host").filter(slug=slug)
    visible = list(rows.filter(host__slug=host) if host else rows[:2])
    if len(visible) > 1:
        raise ValidationError({"host": "Several hosts have a group of this name: say whose it is."})
    if not visible:
        raise ValidationError({"group": "There is no such local group: make it in the portal first."})
    access.require(key, Right.MANAGE, visible[0].host)
    return visible[0]


def _body(key: ApiKey, token: Token) -> dict[str, Any]:
    return dict(TokenSerializer(find_or_404(_prefetch_relations(access.tokens(key)), pk=token.pk)).data)


def _prefetch_relations(rows: QuerySet[Token]) -> QuerySet[Token]:
    return rows.select_related("host", "msp").prefetch_related("groups")
