"""Keyset pagination: page 1000 costs no more than page 1, and new rows do not shift pages."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as Unreadable
from django.db.models import IntegerField, Model, QuerySet, UUIDField
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView


class PageSerializer(serializers.Serializer[Any]):
    """The page's position and size."""

    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class KeyPaging(BasePagination):
    """`?before=<id>&limit=`: newest first; `next` in the response is the address of the next page, or null."""

    key = "pk"
    parameter = "before"
    about = "The `id` of the last row that you have: the page goes on with older ones."
    is_descending = True

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        size = PageSerializer(data=request.query_params)
        size.is_valid(raise_exception=True)
        limit: int = size.validated_data["limit"]
        rows = list(self._filter_after_cursor(queryset, request)[: limit + 1])
        self._next = self._address(request, rows[:limit]) if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True, "description": "The next page; null on the last."}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": link},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        return [
            {"name": self.parameter, "in": "query", "description": self.about, "schema": self._key_schema(view)},
            {"name": "limit", "in": "query", "description": "How many rows at most.", "schema": size},
        ]

    def _key_schema(self, view: APIView) -> dict[str, Any]:
        model: type[Model] = view.queryset.model  # type: ignore[attr-defined]
        match self._field(model):
            case UUIDField():
                return {"type": "string", "format": "uuid"}
            case IntegerField():
                return {"type": "integer"}
        return {"type": "string"}

    def _field(self, model: type[Model]) -> Any:
        return model._meta.pk if self.key == "pk" else model._meta.get_field(self.key)

    def _filter_after_cursor(self, rows: QuerySet[Any], request: Request) -> QuerySet[Any]:
        ordered = rows.order_by(f"-{self.key}" if self.is_descending else self.key)
        last = request.query_params.get(self.parameter)
        if last is None:
            return ordered
        comparison = "lt" if self.is_descending else "gt"
        return ordered.filter(**{f"{self.key}__{comparison}": self._read(rows.model, last)})

    def _read(self, model: type[Model], text: str) -> object:
        try:
            value: object = self._field(model).to_python(text)
        except Unreadable as exc:
            raise ValidationError({self.parameter: "This is no id of such a list: take it from `next`."}) from exc
        if isinstance(value, str) and "\x00" in value:
            raise ValidationError({self.parameter: "An id has no NUL character: take it from `next`."})
        return value

    def _address(self, request: Request, rows: Sequence[Any]) -> str:
        last = getattr(rows[-1], self.key)
        return replace_query_param(request.build_absolute_uri(), self.parameter, str(last))
