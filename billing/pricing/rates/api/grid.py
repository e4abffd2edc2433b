"""The REST API about the rate grid: who pays which rate at which property, read and saved as a table."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, host_of, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing.pricing.rates import grid
from billing.pricing.rates.acts import assignments as acts
from billing.pricing.rates.acts.assignments import GridError
from billing.pricing.rates.catalogue import ChangedMeanwhileError
from billing.pricing.rates.grid import CellKey, Grid
from chargers.models import Host

_HOST = OpenApiParameter("host", str, description="The host's slug; agents must say it.")
_MAX_CELLS = 5000


class ColumnSerializer(serializers.Serializer[Any]):
    """An audience, or one of its card groups or roaming partners."""

    key = serializers.CharField(help_text="Such as guest, member-12 or roaming-3.")
    name = serializers.CharField()


class CellSerializer(serializers.Serializer[Any]):
    """The rate paid there."""

    property = serializers.CharField()
    column = serializers.CharField()
    rate = serializers.IntegerField(allow_null=True, help_text="The rate's `id`; null: none.")
    active_to = serializers.DateTimeField(allow_null=True)


class GridSerializer(serializers.Serializer[Any]):
    """The whole table of a host."""

    host = serializers.CharField()
    seen = serializers.CharField(help_text="Send it back with a change: it says what you have read.")
    columns = ColumnSerializer(many=True)
    more_columns = ColumnSerializer(many=True, help_text="Groups and partners that can be given a column.")
    cells = CellSerializer(many=True)


class CellChangeSerializer(Body):
    """The new rate of one cell."""

    property = serializers.SlugField()
    column = serializers.CharField(max_length=40, validators=[require_storable])
    rate = serializers.IntegerField(allow_null=True, min_value=1, max_value=2**31 - 1)


class GridChangeSerializer(Body):
    """The cells that change; others stay."""

    host = serializers.SlugField(required=False, help_text="The host's slug; agents must say it.")
    seen = serializers.CharField(max_length=64, validators=[require_storable])
    cells = CellChangeSerializer(many=True, max_length=_MAX_CELLS)  # type: ignore[call-arg]


class SavedGridSerializer(GridSerializer):
    """The current table, and what changed."""

    changes = serializers.ListField(child=serializers.CharField(), help_text="A sentence each.")


class RateGrid(ApiView):
    """Properties by audiences."""

    @extend_schema(responses=GridSerializer, parameters=[_HOST])
    def get(self, request: Request) -> Response:
        """Returns the table. Assignments to single chargers, or for a limited time, are not part of it."""
        host = host_of(self.api_key(request), request.query_params.get("host"))
        return Response(_serialize_grid(host, grid.build(host)))

    @extend_schema(
        request=GridChangeSerializer,
        responses=SavedGridSerializer,
        examples=[
            OpenApiExample(
                "Guests",
                value={"seen": "0a1b", "cells": [{"property": "sunset-1", "column": "guest", "rate": 1}]},
                request_only=True,
            )
        ],
    )
    def patch(self, request: Request) -> Response:
        """Saves all cells or none. Running sessions keep their price."""
        key, fields = self.api_key(request), parse_request(GridChangeSerializer, request)
        host = host_of(key, fields.get("host"))
        columns = [cell["column"] for cell in fields["cells"]]
        current = grid.build(host, column_keys=columns)
        choices = _parse_cells(current, fields["cells"])
        try:
            changes = acts.save_grid(host, choices, seen_fingerprint=fields["seen"], by=key, now=now())
        except ChangedMeanwhileError as exc:
            raise ConflictError("These assignments are not as you read them: read them again.", field="seen") from exc
        except GridError as exc:
            places = {property_.pk: property_.slug for property_ in current.properties}
            cell_faults = [
                f"{places[property_id]}, {column}: {fault}" for (property_id, column), fault in exc.faults.items()
            ]
            raise ValidationError({"cells": cell_faults}) from exc
        return Response(_serialize_grid(host, grid.build(host, column_keys=columns)) | {"changes": changes})


def _parse_cells(current: Grid, cells: list[dict[str, Any]]) -> dict[CellKey, int | None]:
    places = {property_.slug: property_.pk for property_ in current.properties}
    columns = {column.key for column in current.columns}
    faults = []
    for cell in cells:
        unknown = [
            "" if cell["property"] in places else f"There is no such property: {cell['property']}.",
            "" if cell["column"] in columns else f"There is no such column: {cell['column']}.",
        ]
        faults.append(" ".join(filter(None, unknown)))
    if any(faults):
        raise ValidationError({"cells": next(filter(None, faults))})
    return {(places[cell["property"]], cell["column"]): cell["rate"] for cell in cells}


def _serialize_grid(host: Host, current: Grid) -> dict[str, Any]:
    cells = []
    for property_ in current.properties:
        for column in current.columns:
            row = current.cells.get((property_.pk, column.key))
            cells.append(
                {
                    "property": property_.slug,
                    "column": column.key,
                    "rate": row.rate_id if row else None,
                    "active_to": row.active_to if row else None,
                }
            )
    columns = [{"key": column.key, "name": column.name} for column in current.columns]
    general_keys = {column.key for column in current.columns}
    extra_columns = [{"key": key, "name": name} for key, name in grid.addable_columns(host) if key not in general_keys]
    return {
        "host": host.slug,
        "seen": current.fingerprint,
        "columns": columns,
        "more_columns": extra_columns,
        "cells": cells,
    }
