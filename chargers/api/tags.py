"""The REST API about tags: a host's labels on its chargers."""

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.db.models import Count, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from chargers.acts import tags as acts
from chargers.api.chargers import ChargerSerializer
from chargers.listing import tags
from chargers.listing.tags import TagError
from chargers.models import Tag
from chargers.pages.frame import with_outlets


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag and the number of its chargers."""

    host = serializers.CharField(source="host.slug", read_only=True)
    chargers = serializers.IntegerField(source="count", read_only=True)

    class Meta:
        model = Tag
        fields = ["id", "host", "name", "chargers"]
        read_only_fields = fields


class TagName(Body):
    """The new name of the tag."""

    name = serializers.CharField(max_length=tags.MAX_CHARACTERS, validators=[require_storable])


class TagNames(Body):
    """All tags of the charger; unknown ones are created."""

    tags = serializers.ListField(
        child=serializers.CharField(max_length=tags.MAX_CHARACTERS, validators=[require_storable]),
        max_length=tags.MAX_AT_ONCE,
    )


class ManyTagNames(Body):
    """Tags for many chargers."""

    chargers = serializers.ListField(
        child=serializers.CharField(max_length=48, validators=[require_storable]), min_length=1, max_length=10_000
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=tags.MAX_CHARACTERS, validators=[require_storable]),
        min_length=1,
        max_length=tags.MAX_AT_ONCE,
    )


class TagCounts(serializers.Serializer[Any]):
    """The number of chargers in the request."""

    chargers = serializers.IntegerField()


class TagFilter(FilterSet):  # type: ignore[misc]
    """Filters of tags."""

    host = django_filters.CharFilter(field_name="host__slug", label="The host's slug.")

    class Meta:
        model = Tag
        fields: ClassVar = ["host"]


class Tags(ApiList[Tag]):
    """The tags of the key's hosts."""

    queryset = Tag.objects.none()
    serializer_class = TagSerializer
    filterset_class = TagFilter

    def visible(self, key: ApiKey) -> QuerySet[Tag]:
        return _visible(key)


class TagDetail(ApiView):
    """A tag, to be renamed on all its chargers or removed from them."""

    @extend_schema(request=TagName, responses=TagSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        tag = find_or_404(_visible(self.key(request)), pk=pk)
        body = TagName(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            acts.rename(tag, body.validated_data["name"], by=self.key(request), now=now())
        except TagError as exc:
            raise serializers.ValidationError({"name": str(exc)}) from exc
        return Response(TagSerializer(tag).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        acts.remove(find_or_404(_visible(self.key(request)), pk=pk), by=self.key(request), now=now())
        return Response(status=204)


class ChargerTags(ApiView):
    """The tags of one charger."""

    @extend_schema(request=TagNames, responses=ChargerSerializer)
    def put(self, request: Request, charger_id: str) -> Response:
        """Sets all tags; those not listed are taken off."""
        charger = self.charger(request, charger_id)
        body = TagNames(data=request.data)
        body.is_valid(raise_exception=True)
        names: list[Any] = body.validated_data["tags"]
        try:
            acts.set_on(charger, names, by=self.key(request), now=now())
        except TagError as exc:
            raise serializers.ValidationError({"tags": str(exc)}) from exc
        return Response(ChargerSerializer(self.charger(request, charger_id, *with_outlets(now()))).data)


def _visible(key: ApiKey) -> QuerySet[Tag]:
    return Tag.objects.filter(host__in=access.hosts(key)).select_related("host").annotate(count=Count("chargers"))


class TagAddition(ApiView):
    """Putting tags on many chargers."""

    @extend_schema(request=ManyTagNames, responses=TagCounts)
    def post(self, request: Request) -> Response:
        """Puts each tag on each charger; unknown tags are created."""
        return _change_tags(self.key(request), request, acts.put_on)


class TagRemoval(ApiView):
    """Taking tags off many chargers."""

    @extend_schema(request=ManyTagNames, responses=TagCounts)
    def post(self, request: Request) -> Response:
        """Takes each tag off each charger."""
        return _change_tags(self.key(request), request, acts.take_off)


def _change_tags(key: ApiKey, request: Request, act: Callable[..., None]) -> Response:
    fields = parse_request(ManyTagNames, request)
    charger_ids = dict.fromkeys(fields["chargers"])
    rows = list(access.chargers(key).filter(charger_id__in=charger_ids))
    if unknown := sorted(set(charger_ids) - {row.charger_id for row in rows}):
        raise serializers.ValidationError({"chargers": f"There is no such charger: {', '.join(unknown[:5])}."})
    try:
        act(rows, fields["tags"], by=key, now=now())
    except TagError as exc:
        raise serializers.ValidationError({"tags": str(exc)}) from exc
    return Response({"chargers": len(rows)})
