"""The REST API for saved views of the list of chargers: those of the user for whom the key acts."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.members.acts import saved_views as acts
from authorization.members.acts.saved_views import ViewError, ViewSettings
from authorization.models import ApiKey, SavedView
from authorization.people import access, list_views
from authorization.people.request import now
from authorization.rest import person
from authorization.rest.base import ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body, parse_request
from chargers.listing import columns
from chargers.pages import charger_table


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """A view. `host`: shared with everybody who sees it; null: private."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    mine = serializers.SerializerMethodField()

    class Meta:
        model = SavedView
        fields = ["id", "name", "query", "columns", "host", "mine", "created_at"]
        read_only_fields = fields

    def get_mine(self, view: SavedView) -> bool:
        return bool(view.user_id == self.context["user"].pk)


class SavedViewsSerializer(serializers.Serializer[Any]):
    """Saved views, sorted by name."""

    results = SavedViewSerializer(many=True)
    default = serializers.IntegerField(allow_null=True, help_text="The view that Chargers opens with; null: all.")
    columns = serializers.ListField(
        child=serializers.CharField(), help_text="Those that the person sees where no view says otherwise."
    )


class NewSavedViewSerializer(Body):
    """A view to save. An existing view of yours with that name is replaced."""

    name = serializers.CharField(max_length=60, validators=[require_storable])
    query = serializers.CharField(
        max_length=1000,
        allow_blank=True,
        default="",
        validators=[require_storable],
        help_text="As in the portal's address.",
    )
    columns = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(columns.BY_KEY)), default=list, help_text="Empty: the usual ones."
    )
    host = serializers.SlugField(required=False, allow_null=True, default=None, help_text="Share it with this host.")


class SavedViewNameSerializer(Body):
    name = serializers.CharField(max_length=60, validators=[require_storable])


class ListPreferenceSerializer(Body):
    """The fields to change; fields left out stay as they are."""

    default = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**31 - 1, help_text="A view's `id`; null: none."
    )
    columns = serializers.ListField(child=serializers.ChoiceField(choices=sorted(columns.BY_KEY)), required=False)


class SavedViews(ApiView):
    """Lists your own views and those shared with your hosts."""

    @extend_schema(responses=SavedViewsSerializer)
    def get(self, request: Request) -> Response:
        return _build_views_response(self.key(request))

    @extend_schema(
        request=NewSavedViewSerializer,
        responses={201: SavedViewSerializer},
        examples=[OpenApiExample("Broken ones", value={"name": "Broken", "query": "state=faulted"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Saves a view of the list of chargers."""
        key = self.key(request)
        user, fields = person.get_creator(key), parse_request(NewSavedViewSerializer, request)
        host = host_of(key, fields.pop("host")) if fields["host"] else fields.pop("host")
        try:
            saved_view = acts.save(ViewSettings(page=charger_table.PAGE, host=host, **fields), by=user, now=now())
        except ViewError as exc:
            raise ValidationError({"name": str(exc)}) from exc
        return Response(SavedViewSerializer(saved_view, context={"user": user}).data, status=status.HTTP_201_CREATED)


class SavedViewDetail(ApiView):
    """One view."""

    @extend_schema(request=SavedViewNameSerializer, responses=SavedViewSerializer)
    def patch(self, request: Request, view_id: int) -> Response:
        """Renames your own view."""
        user = person.get_creator(self.key(request))
        view = find_or_404(_visible_saved_views(self.key(request)), pk=view_id)
        try:
            acts.rename(view, **parse_request(SavedViewNameSerializer, request), by=user, now=now())
        except ViewError as exc:
            raise ValidationError({"name": str(exc)}) from exc
        return Response(SavedViewSerializer(view, context={"user": user}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, view_id: int) -> Response:
        """Deletes your own view, or a shared one of a host that you manage."""
        user = person.get_creator(self.key(request))
        acts.delete(find_or_404(_visible_saved_views(self.key(request)), pk=view_id), by=user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ListPreferences(ApiView):
    """Shows how the list of chargers opens for you."""

    @extend_schema(request=ListPreferenceSerializer, responses=SavedViewsSerializer)
    def patch(self, request: Request) -> Response:
        """Sets the view that the list opens with, and the columns shown when a view names none."""
        key = self.key(request)
        user, fields = person.get_creator(key), parse_request(ListPreferenceSerializer, request)
        if "default" in fields:
            view = find_or_404(_visible_saved_views(key), pk=fields["default"]) if fields["default"] else None
            acts.open_with(view, page=charger_table.PAGE, by=user)
        if "columns" in fields:
            acts.choose_columns(fields["columns"], page=charger_table.PAGE, by=user)
        return _build_views_response(key)


def _visible_saved_views(key: ApiKey) -> QuerySet[SavedView]:
    """Returns the user's views as far as the key reaches: shared views only of its hosts."""
    rows = list_views.visible_saved_views(person.get_creator(key), page=charger_table.PAGE).select_related("host")
    return rows.filter(Q(host=None) | Q(host__in=access.hosts(key)))


def _build_views_response(key: ApiKey) -> Response:
    user = person.get_creator(key)
    list_preference = list_views.preference(user, page=charger_table.PAGE)
    rows = _visible_saved_views(key).order_by("name", "pk")
    return Response(
        {
            "results": SavedViewSerializer(rows, many=True, context={"user": user}).data,
            "default": list_preference.default_view_id,
            "columns": list_preference.columns,
        }
    )
