"""The REST API about join codes and the people who used one."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, Membership, TokenGroup
from authorization.people.request import now
from authorization.rest import name_lookup
from authorization.rest.base import ApiList, ApiView, MomentField, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body
from billing.models import Join, JoinCode
from billing.sessions.join_codes import acts, codes
from billing.sessions.join_codes.codes import CodeError, WantedCode
from billing.sessions.join_codes.joins import AnsweredError, TakenError
from chargers.models import Host


class JoinCodeSerializer(serializers.ModelSerializer[JoinCode]):
    """A code for residents or, with a `role`, for people who ask for an invitation to the portal."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    groups = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)
    code = serializers.CharField(source="formatted", read_only=True, help_text="As it is printed.")
    url = serializers.SerializerMethodField(help_text="What the QR code opens.")
    joined = serializers.IntegerField(read_only=True)
    waiting = serializers.IntegerField(read_only=True)

    class Meta:
        model = JoinCode
        fields = [
            "id", "host", "name", "code", "url", "role", "property", "groups", "needs_approval", "most", "ends_at",
            "made_at", "stopped_at", "joined", "waiting",
        ]  # fmt: skip
        read_only_fields = fields

    def get_url(self, code: JoinCode) -> str:
        return codes.url(code)


@extend_schema_serializer(exclude_fields=["role"])
class NewJoinCodeSerializer(Body):
    """A new code for residents. A `role` is refused with an error: such codes are made in the portal."""

    host = serializers.SlugField(required=False, help_text="Agents: whose.")
    name = serializers.CharField(max_length=100, validators=[require_storable], help_text="Where it is posted.")
    role = serializers.ChoiceField(
        choices=[choice for choice in Membership.Role.choices if choice[0] != "owner"],
        required=False,
        allow_null=True,
        default=None,
    )
    property = serializers.CharField(
        max_length=50, required=False, allow_null=True, default=None, validators=[require_storable]
    )
    groups = serializers.ListField(
        child=serializers.CharField(max_length=50, validators=[require_storable]),
        default=list,
        help_text="Their slugs.",
    )
    needs_approval = serializers.BooleanField(default=True)
    most = serializers.IntegerField(
        min_value=1, max_value=codes.LIMIT, allow_null=True, default=None, help_text="null: any number."
    )
    ends_at = MomentField(allow_null=True, default=None)


class JoinSerializer(serializers.ModelSerializer[Join]):
    """A person who used a code."""

    join_code = serializers.IntegerField(source="code_id", read_only=True, help_text="The `id` of the code.")
    host = serializers.CharField(source="code.host.slug", read_only=True)
    email = serializers.EmailField(read_only=True, allow_blank=True)
    token = serializers.IntegerField(source="token_id", read_only=True, allow_null=True)

    class Meta:
        model = Join
        fields = [
            "id", "host", "join_code", "name", "email", "note", "uid", "token", "state", "answer", "asked_at",
            "answered_at",
        ]  # fmt: skip
        read_only_fields = fields


class JoinAnswerSerializer(Body):
    """The answer to a person who used a code."""

    do = serializers.ChoiceField(
        choices=[("approve", "let in"), ("decline", "decline"), ("remove", "take out again")],
        help_text="A key does not approve those who ask for a role: an invitation needs a person's name.",
    )
    answer = serializers.CharField(max_length=255, allow_blank=True, default="", validators=[require_storable])


class JoinCodeFilter(FilterSet):  # type: ignore[misc]
    """Find codes."""

    stopped = django_filters.BooleanFilter(field_name="stopped_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = JoinCode
        fields: ClassVar = ["stopped"]


class JoinFilter(FilterSet):  # type: ignore[misc]
    """Find people who used a code."""

    join_code = django_filters.NumberFilter(field_name="code_id")
    state = django_filters.ChoiceFilter(choices=Join.State.choices)

    class Meta:
        model = Join
        fields: ClassVar = ["join_code", "state"]


class JoinCodes(ApiList[JoinCode]):
    """Lists the host's codes, newest first."""

    queryset = JoinCode.objects.none()
    serializer_class = JoinCodeSerializer
    filterset_class = JoinCodeFilter

    def visible(self, key: ApiKey) -> QuerySet[JoinCode]:
        return codes.visible(key).prefetch_related("groups")

    @extend_schema(request=NewJoinCodeSerializer, responses={201: JoinCodeSerializer})
    def post(self, request: Request) -> Response:
        """Makes a code. It is valid at once."""
        key = self.key(request)
        body = NewJoinCodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        host = host_of(key, entered.get("host"))
        try:
            new_code = acts.make(host, _build_wanted_code(host, entered), by=key, now=now())
        except CodeError as exc:
            raise ValidationError({exc.field: str(exc)}) from exc
        return Response(_body(key, new_code.pk), status=status.HTTP_201_CREATED)


class JoinCodeDetail(ApiView):
    """One code."""

    @extend_schema(responses=JoinCodeSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_body(self.key(request), pk))


class JoinCodeStop(ApiView):
    """The end of a code."""

    @extend_schema(request=None, responses=JoinCodeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Stops the code; people who joined stay. A repeat changes nothing."""
        key = self.key(request)
        acts.stop(find_or_404(codes.visible(key), pk=pk), by=key, now=now())
        return Response(_body(key, pk))


class Joins(ApiList[Join]):
    """Lists the people who used a code, newest first."""

    queryset = Join.objects.none()
    serializer_class = JoinSerializer
    filterset_class = JoinFilter

    def visible(self, key: ApiKey) -> QuerySet[Join]:
        return codes.joins(key)


class JoinAnswer(ApiView):
    """The host's answer."""

    @extend_schema(request=JoinAnswerSerializer, responses=JoinSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Accepts, declines or removes the person; a driver gets a mail."""
        key = self.key(request)
        join_request = find_or_404(codes.joins(key), pk=pk)
        body = JoinAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            _answer(join_request, body.validated_data, key=key)
        except (AnsweredError, TakenError) as exc:
            raise ValidationError({"do": str(exc)}) from exc
        except acts.KeyCannotInviteError as exc:
            sentence = "This does not belong to a key: a person approves it in the portal, who signs the invitation."
            raise ValidationError({"do": sentence}) from exc
        return Response(JoinSerializer(find_or_404(codes.joins(key), pk=pk)).data)


def _answer(join_request: Join, entered: dict[str, Any], *, key: ApiKey) -> None:
    match entered["do"]:
        case "approve":
            acts.approve(join_request, answer=entered["answer"], by=key, now=now())
        case "decline":
            acts.decline(join_request, answer=entered["answer"], by=key, now=now())
        case _:
            acts.remove(join_request, by=key, now=now())


def _body(key: ApiKey, pk: int) -> dict[str, Any]:
    return dict(JoinCodeSerializer(find_or_404(codes.visible(key).prefetch_related("groups"), pk=pk)).data)


def _build_wanted_code(host: Host, entered: dict[str, Any]) -> WantedCode:
    slug = entered["property"]
    return WantedCode(
        name=entered["name"],
        role=entered["role"] or "",
        property=name_lookup.properties(host, [slug])[0] if slug else None,
        groups=_groups(host, entered["groups"]),
        needs_approval=entered["needs_approval"],
        most=entered["most"],
        ends_at=entered["ends_at"],
    )


def _groups(host: Host, slugs: list[str]) -> list[TokenGroup]:
    rows = {group.slug: group for group in TokenGroup.objects.filter(host=host, slug__in=slugs)}
    if missing := [slug for slug in slugs if slug not in rows]:
        raise ValidationError({"groups": f"There is no such local group: {missing[0]}."})
    return list(rows.values())
