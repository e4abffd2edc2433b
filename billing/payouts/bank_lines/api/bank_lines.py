"""The REST API about the bank: imported statements, their lines, and users' decisions about them."""

import base64
import io
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import CharFilter, ChoiceFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body
from billing import access
from billing.models import BankImport, BankLine, Clearing
from billing.payouts.bank_files import formats
from billing.payouts.bank_files.incoming.lines import FileError
from billing.payouts.bank_lines import home_lines, wording
from billing.payouts.bank_lines.acts import bank_lines as acts
from billing.payouts.bank_lines.by_hand import answers, clearing
from billing.payouts.bank_lines.by_hand.clearing import Target
from billing.payouts.bank_lines.home_lines import Due
from billing.payouts.bank_lines.mappings import QuestionsError
from billing.payouts.bank_lines.matches import NotPossibleError
from chargers.models import Host

_PLATFORM = "platform"
_OWNER_HELP = "A host's slug for its own account; `platform` (agents only) for the platform's."


class BankImportSerializer(serializers.Serializer[Any]):
    """An imported statement."""

    id = serializers.IntegerField()
    host = serializers.CharField(allow_null=True, help_text="null: the platform's own account.")
    name = serializers.CharField()
    format = serializers.CharField()
    imported_at = serializers.DateTimeField()
    lines = serializers.IntegerField(help_text="New lines; those that were known are left out.")
    doubled = serializers.IntegerField()
    refused = serializers.IntegerField()
    first_on = serializers.DateField(allow_null=True)
    last_on = serializers.DateField(allow_null=True)
    difference_minor = serializers.IntegerField(help_text="What its balances differ by.")
    answer = serializers.CharField(help_text="Why it does not add up, if a person said so.")


class BankFileSerializer(Body):
    """A bank's file. Large files are imported in the portal."""

    name = serializers.CharField(max_length=200, required=False, default="statement", validators=[require_storable])
    content = serializers.CharField(help_text=f"The file in base64: {formats.labels()}.")
    host = serializers.CharField(max_length=50, required=False, help_text=_OWNER_HELP)
    columns = serializers.DictField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="Of a CSV: what it leaves open, by the name in the refusal, such as `date_order`.",
    )


class PostingOfLineSerializer(serializers.Serializer[Any]):
    """Where a line is posted, or will be posted once a second person agrees."""

    account = serializers.CharField()
    host = serializers.CharField()
    state = serializers.ChoiceField(choices=Clearing.State.values)


class BankLineSerializer(serializers.Serializer[Any]):
    """A booked movement, in minor units from the account's view: negative for money that left."""

    id = serializers.IntegerField()
    host = serializers.CharField(allow_null=True, help_text="null: the platform's own account.")
    bank_import = serializers.IntegerField()
    booked_on = serializers.DateField()
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    account = serializers.CharField(help_text="Masked.")
    counterparty = serializers.CharField()
    reference = serializers.CharField()
    text = serializers.CharField()
    match = serializers.ChoiceField(choices=BankLine.Match.values)
    kind = serializers.CharField(help_text="What is found about a line that nothing explains, as a code.")
    sentence = serializers.CharField()
    next_step = serializers.CharField()
    payouts = serializers.ListField(child=serializers.UUIDField())
    home_charging = serializers.ListField(child=serializers.CharField(), help_text="Invoices and payments by number.")
    posting = PostingOfLineSerializer(allow_null=True)


class BankMatchSerializer(Body):
    """Payouts that together come to the line's amount, or one home charging invoice or payment of that amount."""

    payouts = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=40, required=False, default=list
    )
    home_charging = serializers.CharField(
        max_length=40, required=False, help_text="Its number: `H2026-000001`, of a payment `H2026-000001-7`."
    )


class BankPostingSerializer(Body):
    """The host and account to post to, and the reason."""

    host = serializers.SlugField(help_text="In whose books.")
    account = serializers.ChoiceField(choices=[(code.value, code.label) for code in clearing.OF_LINES])
    reason = serializers.CharField(max_length=400, validators=[require_storable])


class BankReasonSerializer(Body):
    """The reason, a sentence that is stored."""

    reason = serializers.CharField(max_length=400, validators=[require_storable])


class _OwnedFilter(FilterSet):  # type: ignore[misc]
    """A filter by the owner of the account."""

    host = CharFilter(method="of_owner", help_text=_OWNER_HELP)

    def of_owner(self, rows: QuerySet[Any], name: str, slug: str) -> QuerySet[Any]:
        if slug == _PLATFORM and self.request.auth.is_agent:
            return rows.filter(host=None)
        return rows.filter(host=host_of(self.request.auth, slug))


class BankImportFilter(_OwnedFilter):
    """Find imported statements."""

    class Meta:
        model = BankImport
        fields: ClassVar = ["host"]


class BankLineFilter(_OwnedFilter):
    """Find bank lines."""

    match = ChoiceFilter(choices=BankLine.Match.choices)
    kind = CharFilter()
    currency = CharFilter()
    since = DateFilter(field_name="booked_on", lookup_expr="gte", help_text="Booked on this day or later.")
    until = DateFilter(field_name="booked_on", lookup_expr="lt", help_text="Booked before this day.")

    class Meta:
        model = BankLine
        fields: ClassVar = ["host", "match", "kind", "currency", "since", "until"]


class BankImports(ApiList[BankImport]):
    """Imported statements, newest first."""

    queryset = BankImport.objects.none()
    serializer_class = BankImportSerializer
    filterset_class = BankImportFilter

    def visible(self, key: ApiKey) -> QuerySet[BankImport]:
        return access.bank_imports(key).select_related("host")

    @extend_schema(responses=BankImportSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists the imported statements of the accounts that the key may see."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([_serialize_import(row) for row in rows])

    @extend_schema(request=BankFileSerializer, responses={200: BankImportSerializer, 201: BankImportSerializer})
    def post(self, request: Request) -> Response:
        """Imports a file and matches its lines. Returns 200 with `id` 0 if every line was already known."""
        serializer = BankFileSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values, key = serializer.validated_data, self.key(request)
        columns = dict(values.get("columns", {}))
        if "debit_marks" in columns:
            columns["debit_marks"] = (columns["debit_marks"],)
        stream, owner = io.BytesIO(_decode_base64(values["content"])), _owner(key, values.get("host"))
        try:
            imported = acts.bring_in(stream, name=values["name"], host=owner, by=key, now=now(), columns=columns)
        except QuestionsError as exc:
            raise ValidationError(
                {f"columns.{question.field}": _describe_question(question) for question in exc.questions}
            ) from exc
        except FileError as exc:
            raise ValidationError({"content": str(exc)}) from exc
        if imported.file is None:
            bank_import = BankImport(
                id=0, host=owner, name=values["name"], imported_at=now(), doubled_count=len(imported.doubled)
            )
            return Response(_serialize_import(bank_import))
        imported.file.refresh_from_db()
        return Response(_serialize_import(imported.file), status=status.HTTP_201_CREATED)


class BankLines(ApiList[BankLine]):
    """Bank lines, newest first."""

    queryset = BankLine.objects.none()
    serializer_class = BankLineSerializer
    filterset_class = BankLineFilter

    def visible(self, key: ApiKey) -> QuerySet[BankLine]:
        return _visible_lines(key)

    @extend_schema(responses=BankLineSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists bank lines, including unexplained ones with the reason and the next step."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        can_match = answers.matchable_ids(rows)
        return self.get_paginated_response([_serialize_line(row, is_matchable=row.pk in can_match) for row in rows])


class BankImportAnswer(ApiView):
    """The explanation of a statement that does not add up."""

    @extend_schema(request=BankReasonSerializer, responses=BankImportSerializer)
    def post(self, request: Request, import_id: int) -> Response:
        """Stores why a statement does not add up, next to the difference."""
        key = self.key(request)
        rows = access.bank_imports(key).select_related("host")
        file, serializer = find_or_404(rows, pk=import_id), BankReasonSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            acts.answer_statement(file, reason=serializer.validated_data["reason"], by=key, now=now())
        except NotPossibleError as exc:
            raise ValidationError({"reason": str(exc)}) from exc
        return Response(_serialize_import(find_or_404(rows, pk=import_id)))


class BankLineDetail(ApiView):
    """One bank line."""

    @extend_schema(responses=BankLineSerializer)
    def get(self, request: Request, line_id: int) -> Response:
        return Response(_serialize_single_line(find_or_404(_visible_lines(self.key(request)), pk=line_id)))


class BankLineMatch(ApiView):
    """The match of a bank line."""

    @extend_schema(request=BankMatchSerializer, responses=BankLineSerializer)
    def post(self, request: Request, line_id: int) -> Response:
        """Matches a line by hand to payouts that together come to its amount, or to home charging."""
        key, serializer = self.key(request), BankMatchSerializer(data=request.data)
        line: BankLine = find_or_404(_visible_lines(key), pk=line_id)
        serializer.is_valid(raise_exception=True)
        if number := serializer.validated_data.get("home_charging"):
            due = _home(line, number)
            return _perform_act(key, line_id, lambda: acts.match_home(line, due, by=key, now=now()))
        ids = set(serializer.validated_data["payouts"])
        payouts = list(access.payouts(key).filter(pk__in=ids).select_related("host"))
        if len(payouts) < len(ids):
            raise ValidationError({"payouts": "There is no such payout."})
        return _perform_act(key, line_id, lambda: acts.match(line, payouts, by=key, now=now()))


class BankLinePost(ApiView):
    """The posting of a bank line that is not a payout."""

    @extend_schema(request=BankPostingSerializer, responses=BankLineSerializer)
    def post(self, request: Request, line_id: int) -> Response:
        """Posts a line of the platform's own account to a named account; agents' keys only.

        Above the limit for one person, a second person must agree in the portal.
        """
        key, serializer = self.key(request), BankPostingSerializer(data=request.data)
        people.require_agent(key)
        line: BankLine = find_or_404(_visible_lines(key), pk=line_id)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        target = Target(host=host_of(key, values["host"]), code=values["account"], reason=values["reason"])
        return _perform_act(key, line_id, lambda: acts.post_line(line, target, by=key, now=now()))


class BankLineUndo(ApiView):
    """The reversal of a wrong match or answer."""

    @extend_schema(request=BankReasonSerializer, responses=BankLineSerializer)
    def post(self, request: Request, line_id: int) -> Response:
        """Takes back the match or answer: its payouts return to their previous state, its postings are reversed."""
        key, line, reason = _asked_for(self, request, line_id)
        return _perform_act(key, line_id, lambda: acts.undo(line, reason=reason, by=key, now=now()))


class BankLineAnswer(ApiView):
    """An explanation for a bank line that is not a payout."""

    @extend_schema(request=BankReasonSerializer, responses=BankLineSerializer)
    def post(self, request: Request, line_id: int) -> Response:
        """Stores the explanation with the line; the books stay as they are."""
        key, line, reason = _asked_for(self, request, line_id)
        return _perform_act(key, line_id, lambda: acts.answer(line, reason=reason, by=key, now=now()))


def _home(line: BankLine, number: str) -> Due:
    """Returns the open invoice or payment of the line's amount with this number.

    Raises ValidationError if there is none or several hosts have one.
    """
    same = [
        candidate
        for candidate in answers.home_candidates(line)
        if home_lines.number(candidate) == number.strip().upper()
    ]
    if len(same) != 1:
        why = (
            "Several hosts have one of this number: match it in the portal." if same else "No open one of this amount."
        )
        raise ValidationError({"home_charging": why})
    return same[0]


def _asked_for(view: ApiView, request: Request, line_id: int) -> tuple[ApiKey, BankLine, str]:
    key = view.key(request)
    line: BankLine = find_or_404(_visible_lines(key), pk=line_id)
    serializer = BankReasonSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return key, line, str(serializer.validated_data["reason"])


def _perform_act(key: ApiKey, line_id: int, act: Any) -> Response:
    try:
        act()
    except NotPossibleError as exc:
        raise ValidationError({"line": str(exc)}) from exc
    return Response(_serialize_single_line(find_or_404(_visible_lines(key), pk=line_id)))


def _decode_base64(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except ValueError as exc:  # also raised for characters that are not ASCII
        raise ValidationError({"content": "This is no base64."}) from exc


def _describe_question(question: Any) -> str:
    """Returns a question with its possible answers."""
    choices = ", ".join(f"“{choice}”" for choice in question.choices)
    return f"{question.sentence} {f'One of {choices}.' if choices else ''}".strip()


def _owner(key: ApiKey, slug: str | None) -> Host | None:
    if key.is_agent and slug in (None, _PLATFORM):
        return None
    return host_of(key, slug)


def _visible_lines(key: ApiKey) -> QuerySet[BankLine]:
    rows = access.bank_lines(key).select_related("host", "file")
    return rows.prefetch_related("matches", "home_matches__invoice", "home_matches__payout__invoice", "clearings__host")


def _serialize_import(row: BankImport) -> dict[str, Any]:
    return {
        "id": row.pk,
        "host": row.host.slug if row.host else None,
        "name": row.name,
        "format": row.format,
        "imported_at": row.imported_at,
        "lines": row.lines_count,
        "doubled": row.doubled_count,
        "refused": row.refused_count,
        "first_on": row.first_on,
        "last_on": row.last_on,
        "difference_minor": row.difference_minor,
        "answer": row.answer,
    }


def _serialize_single_line(row: BankLine) -> dict[str, Any]:
    return _serialize_line(row, is_matchable=row.pk in answers.matchable_ids([row]))


def _serialize_line(row: BankLine, *, is_matchable: bool) -> dict[str, Any]:
    posting = next((clearing for clearing in row.clearings.all() if clearing.state not in Clearing.GONE), None)
    return {
        "id": row.pk,
        "host": row.host.slug if row.host else None,
        "bank_import": row.file_id,
        "booked_on": row.booked_on,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "account": row.account_masked,
        "counterparty": row.counterparty,
        "reference": row.reference,
        "text": row.text,
        "match": row.match,
        "kind": row.kind,
        "sentence": wording.sentence(row),
        "next_step": wording.next_step(row, is_matchable=is_matchable),
        "payouts": [bank_match.payout_id for bank_match in row.matches.all()],
        "home_charging": [
            match.invoice.label if match.invoice else match.payout.reference  # type: ignore[union-attr]
            for match in row.home_matches.all()
        ],
        "posting": posting and {"account": posting.code, "host": posting.host.slug, "state": posting.state},
    }
