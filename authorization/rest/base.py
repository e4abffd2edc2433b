"""The building blocks of all REST API views."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django_filters import BooleanFilter
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import CharFilter, FilterSet, IsoDateTimeFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authorization.identifiers.validators import card_uid
from authorization.models import ApiKey, ApiRequest
from authorization.people import access
from authorization.people.roles import Right
from authorization.rest import bodies, idempotency, keys
from authorization.rest.keys import HasKey, KeyAuthentication, KeyThrottle, PersonThrottle
from authorization.rest.paging import KeyPaging
from chargers.fleet import hardware_swaps
from chargers.lib import moments
from chargers.models import Charger, Host, Property

M = TypeVar("M", bound=Model)
_YES_NO: Final = frozenset({"", "true", "false", "1", "0"})
_OFFSET: Final = "Say the offset too, such as 2026-07-03T15:00:00-04:00, or Z for UTC."


class ApiView(APIView):
    """A view of the REST API: behind a key, limited to what the key's host may see."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    throttle_classes = [KeyThrottle, PersonThrottle]
    keeps_answers = True
    """Whether an unsafe method takes an Idempotency-Key; one that changes nothing needs none."""
    stored_request: ApiRequest | None = None
    """The row of this request's Idempotency-Key."""
    throttles: list[KeyThrottle] | None = None

    @property
    def throttle_scope(self) -> str:
        return "api-reads" if self.request.method in SAFE_METHODS else "api-writes"

    def get_throttles(self) -> list[Any]:
        """Returns the throttles, created once per request, which then know what is left of each limit."""
        if self.throttles is None:
            self.throttles = [KeyThrottle(), PersonThrottle()]
        return self.throttles

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Handles Idempotency-Key, so that a repeated write is done once.

        Raises ReplayedError, Http404, ValidationError.
        """
        super().initial(request, *args, **kwargs)
        _refuse_nul(request, kwargs)
        if request.method in SAFE_METHODS:
            return
        if self.keeps_answers:
            _require_writes(self.api_key(request))
        self._require_declared(request)
        if self.keeps_answers:
            self.stored_request = idempotency.begin(self.api_key(request), request)

    def _require_declared(self, request: Request) -> None:
        """Checks that the body has only fields that `extend_schema` declares for the method. Raises ValidationError.

        A view outside the schema reads its body itself.
        """
        method = str(request.method)
        handler = getattr(self, method.lower(), None)
        declared = getattr(handler, "kwargs", {}).get("schema")
        if declared is None:
            return
        schema = declared()
        schema.view, schema.method = self, method
        if not schema.is_excluded():
            body = None if method == "DELETE" else schema.get_request_serializer()
            bodies.require_declared(body, request.data)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, idempotency.ReplayedError):
            return exc.response
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if self.stored_request is not None:
            idempotency.keep(self.stored_request, response)
        final_response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in keys.build_rate_limit_headers(
            throttle.allowance for throttle in self.throttles or ()
        ).items():
            final_response[name] = value
        return final_response

    def api_key(self, request: Request) -> ApiKey:
        """Returns the caller's key; `HasKey` has ensured that there is one."""
        assert isinstance(request.auth, ApiKey)
        return request.auth

    def charger(self, request: Request, charger_id: str, *prefetched: "Prefetch[str]") -> Charger:
        """Returns the charger, or raises the same 404 whether it is foreign or absent.

        The id of hardware that was replaced since leads to the charger, too, so that programs need not follow.
        """
        visible = access.chargers(self.api_key(request)).select_related("property__host", "unit", "licence")
        rows = visible.prefetch_related(*prefetched)
        charger = rows.filter(charger_id=charger_id).first() or hardware_swaps.find_by_former_id(rows, charger_id)
        if charger is None:
            raise Http404
        return charger

    def visible_property(self, request: Request, slug: str) -> Property:
        """Returns the property with its host; 404 if it is foreign or absent."""
        return find_or_404(access.properties(self.api_key(request)).select_related("host"), slug=slug)

    def managed_property(self, request: Request, slug: str) -> Property:
        """Returns the property with its host if the key may manage it; otherwise 404."""
        property_ = self.visible_property(request, slug)
        access.require(self.api_key(request), Right.MANAGE, property_.host)
        return property_


class ApiList(ApiView, ListAPIView[M]):
    """A list of what the key may see, filtered and paginated. `queryset` gives the model to the schema."""

    pagination_class: type[KeyPaging] = KeyPaging
    filterset_class: type[FilterSet]

    def visible(self, key: ApiKey) -> QuerySet[M]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[M]:
        return self.visible(self.api_key(self.request))

    def filter_queryset(self, queryset: Any) -> Any:
        """Applies the filters. An unknown one is refused, because ignoring it would return everything."""
        parameters = {*self.filterset_class.base_filters, self.pagination_class.parameter, "limit"}
        unknown = sorted(set(self.request.query_params) - parameters)
        if unknown:
            advice = f"There is no such parameter here. Known: {', '.join(sorted(parameters))}."
            raise serializers.ValidationError(dict.fromkeys(unknown, advice))
        self._refuse_unclear()
        return super().filter_queryset(queryset)

    def _refuse_unclear(self) -> None:
        """Refuses a boolean filter with any other value, which would filter nothing."""
        for name, filter_ in self.filterset_class.base_filters.items():
            choice = self.request.query_params.get(name, "")
            if isinstance(filter_, BooleanFilter) and choice.lower() not in _YES_NO:
                raise serializers.ValidationError({name: "Write true or false."})


def _refuse_nul(request: Request, parts: Mapping[str, Any]) -> None:
    """Raises Http404 for NUL in the path, ValidationError for one in a parameter, because PostgreSQL rejects NUL."""
    if any("\x00" in str(part) for part in parts.values()):
        raise Http404
    bad = [name for name, values in request.query_params.lists() if any("\x00" in text for text in (name, *values))]
    if bad:
        raise serializers.ValidationError(
            {name.replace("\x00", ""): "Null characters are not allowed." for name in bad}
        )


def host_of(key: ApiKey, slug: str | None) -> Host:
    """Returns the host for a new object: the key's host, or for agents the one named."""
    if slug and "\x00" in slug:
        raise serializers.ValidationError({"host": "There is no such host."})
    rows = access.hosts(key)
    visible = list(rows.filter(slug=slug) if slug else rows[:2])
    if len(visible) > 1:
        raise serializers.ValidationError({"host": "This key sees several hosts: say whose it is."})
    if not visible:
        raise serializers.ValidationError({"host": "There is no such host."})
    return visible[0]


def require_of_own(key: ApiKey, right: Right) -> None:
    """Checks the caller's right before the body is read, so that a refusal reveals nothing about its fields.

    Raises access.KeyNotAllowedError and NotAllowedError.
    """
    if key.host is not None:
        access.require(key, right, key.host)
    elif key.is_agent:
        access.require_agent(key, right)


def _require_writes(key: ApiKey) -> None:
    """Raises PermissionDenied (403) for a read-only key."""
    if not {ApiKey.Scope.OPERATE, ApiKey.Scope.MONEY} & {*key.scopes}:
        raise PermissionDenied(
            "This key only reads: make one with the scope “operate” or “money”, which it needs here."
        )


class Absent(ApiView):
    """Answers unknown addresses under the API with a problem document, after authentication."""

    @extend_schema(exclude=True)
    def get(self, request: Request, **_: Any) -> None:
        raise Http404

    post = put = patch = delete = get


def find_or_404(rows: QuerySet[M], **fields: object) -> M:
    """Returns the one row, or raises the same 404 whether it is foreign or absent."""
    if any(isinstance(value, str) and "\x00" in value for value in fields.values()):
        raise Http404
    row = rows.filter(**fields).first()
    if row is None:
        raise Http404
    return row


class MomentField(serializers.DateTimeField):
    """A datetime with its UTC offset; naive values are rejected, since their time zone is unknown."""

    default_error_messages: ClassVar = {"offset": _OFFSET}

    def enforce_timezone(self, value: datetime) -> datetime:
        if timezone.is_naive(value):
            self.fail("offset")
        return super().enforce_timezone(value)


class _MomentFormField(IsoDateTimeField):  # type: ignore[misc]
    def to_python(self, value: object) -> datetime | None:
        if isinstance(value, str):
            try:
                parsed = parse_datetime(value.strip())
            except ValueError:
                parsed = None
            if parsed is not None and timezone.is_naive(parsed):
                raise ValidationError(_OFFSET)
        moment: datetime | None = super().to_python(value)
        return moments.clamp_to_utc(moment) if moment is not None else None


class HostFilter(FilterSet):  # type: ignore[misc]
    """Filters by a host's slug; a host that the key does not see is refused."""

    host = CharFilter(method="of_host")

    def of_host(self, rows: QuerySet[Any], name: str, slug: str) -> QuerySet[Any]:
        return rows.filter(host=host_of(self.request.auth, slug))


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(IsoDateTimeFilter):  # type: ignore[misc]
    """A filter by a moment, which needs an offset."""

    field_class = _MomentFormField


class UidField(serializers.CharField):
    """A token's UID in any notation, as a string; JSON numbers are rejected, since they drop leading zeros."""

    default_error_messages: ClassVar = {"invalid": "A UID is a text: write it in quotes."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, validators=[card_uid], **kwargs)

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def require_storable(value: object) -> None:
    """Validates JSON for storage: PostgreSQL cannot store NUL, and UTF-8 cannot hold lone surrogates."""
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
                raise serializers.ValidationError("A text in it has a character that cannot be stored: NUL or a half.")
        case dict():
            for name, member in value.items():
                require_storable(name)
                require_storable(member)
        case list():
            for member in value:
                require_storable(member)
        case _:
            pass
