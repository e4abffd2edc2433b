"""The REST API for importing and exporting many cards: a file is compared first, then applied."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import audit
from authorization.models import ApiKey, TokenImport
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body
from authorization.tokens import token_imports
from authorization.tokens.acts import token_imports as acts
from authorization.tokens.token_imports import Comparison, GoneError
from chargers.text.spreadsheets import FileError


class FileSerializer(Body):
    """A CSV of tokens with the columns of the portal's import: `uid` and any optional column."""

    csv = serializers.CharField(trim_whitespace=False, validators=[require_storable], help_text="With its header line.")
    name = serializers.CharField(max_length=200, required=False, default="cards.csv")
    host = serializers.SlugField(required=False, help_text="Agents: whose cards.")


class WrongSerializer(serializers.Serializer[Any]):
    """An error in one cell; the header is row 1."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    message = serializers.CharField()


class ComparisonSerializer(serializers.Serializer[Any]):
    """What applying the file would change; invalid rows are left out."""

    id = serializers.IntegerField(allow_null=True, help_text="null once it is gone.")
    state = serializers.ChoiceField(
        choices=["waits", "being_written", "written", "not_written"],
        help_text="Of a file that a worker writes the counts are those of the work that is done.",
    )
    expires_at = serializers.DateTimeField(allow_null=True)
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    wrong_rows = serializers.IntegerField()
    wrong = WrongSerializer(many=True, help_text="The first 200.")


class FileBeingWritten(APIException):
    """409: a worker is writing the file."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "being_written"
    default_detail = "A worker is writing it: wait until it is written."


class TokenImports(ApiView):
    """Uploads a file of cards for comparison."""

    @extend_schema(
        request=FileSerializer,
        responses={201: ComparisonSerializer},
        examples=[
            OpenApiExample(
                "Two cards", value={"csv": "uid,group\n04A1B2C3D4,residents\n04A1B2C3D5,residents\n"}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Stores the file for an hour and returns what it would change; nothing is changed yet."""
        key = self.key(request)
        body = FileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validated = body.validated_data
        host = host_of(key, validated.get("host"))
        content = validated["csv"].encode()
        if len(content) > token_imports.MAX_BYTES:
            raise ValidationError({"csv": f"It is larger than {token_imports.MAX_BYTES // 1024**2} MB: split it."})
        try:
            token_import = token_imports.keep(
                host, name=validated["name"], content=content, by=audit.actor(key), now=now()
            )
        except FileError as exc:
            raise ValidationError({"csv": str(exc)}) from exc
        return Response(_body(token_import, token_imports.compare(token_import)), status=status.HTTP_201_CREATED)


class TokenImportDetail(ApiView):
    """A file that waits to be applied."""

    @extend_schema(responses=ComparisonSerializer)
    def get(self, request: Request, import_id: int) -> Response:
        """Returns what it would change now, or its outcome once a worker was given the file."""
        token_import = find_or_404(_unexpired_imports(self.key(request)), pk=import_id)
        return Response(
            _body(
                token_import,
                _comparison_from_outcome(token_import)
                if token_import.asked_at
                else token_imports.compare(token_import),
            )
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, import_id: int) -> Response:
        """Discards the file; nothing is changed. A file that a worker is writing cannot be discarded: 409."""
        token_import = find_or_404(_unexpired_imports(self.key(request)), pk=import_id)
        if token_import.asked_at is not None and token_import.done_at is None:
            raise FileBeingWritten
        token_import.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenImportApplication(ApiView):
    """Applies a file of cards."""

    @extend_schema(request=None, responses={200: ComparisonSerializer, 202: ComparisonSerializer})
    def post(self, request: Request, import_id: int) -> Response:
        """Writes all valid rows, or none. A second time the file is gone: 404.

        A file of more than 5,000 rows is left to a worker: 202, and GET returns its progress.
        """
        key = self.key(request)
        token_import = find_or_404(_unexpired_imports(key), pk=import_id)
        if acts.queue(token_import, by=key, now=now()):
            token_import.refresh_from_db()
            return Response(
                _body(token_import, _comparison_from_outcome(token_import)), status=status.HTTP_202_ACCEPTED
            )
        try:
            comparison = acts.apply(token_import, by=key, now=now())
        except GoneError as exc:
            raise Http404 from exc
        return Response(_body(None, comparison))


def _unexpired_imports(key: ApiKey) -> QuerySet[TokenImport]:
    hosts = access.hosts_with(key, Right.MANAGE)
    return TokenImport.objects.filter(host__in=hosts, expires_at__gt=now()).select_related("host")


def _comparison_from_outcome(token_import: TokenImport) -> Comparison:
    counts = {**(token_import.outcome or {})}
    return Comparison(wrong_rows=counts.pop("wrong", 0), **counts)


def _state(token_import: TokenImport | None) -> str:
    if token_import is None or token_import.outcome:
        return "written"
    if token_import.asked_at is None:
        return "waits"
    return "not_written" if token_import.done_at else "being_written"


def _body(token_import: TokenImport | None, comparison: Comparison) -> dict[str, Any]:
    return {
        "id": token_import.pk if token_import else None,
        "state": _state(token_import),
        "expires_at": token_import.expires_at if token_import else None,
        "new": comparison.new,
        "changed": comparison.changed,
        "unchanged": comparison.unchanged,
        "wrong_rows": comparison.wrong_rows,
        "wrong": [{"row": wrong.row, "column": wrong.column, "message": wrong.message} for wrong in comparison.wrong],
    }


class TokenExport(ApiView):
    """Exports all cards of a host as a file that can be imported again."""

    @extend_schema(
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("host", str, description="The host's slug; agents must say it.")],
    )
    def get(self, request: Request) -> HttpResponse:
        """Returns CSV in UTF-8. The export is recorded in the audit trail."""
        key, at = self.key(request), now()
        host = host_of(key, request.query_params.get("host"))
        headers = {"Content-Disposition": f'attachment; filename="cards-{host.slug}-{at:%Y-%m-%d}.csv"'}
        text = acts.export(host, by=key, now=at)
        return HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)
