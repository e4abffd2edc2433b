"""The REST API about statements: what is owed to a host, by month and year, with every line and the files."""

from typing import Any

from django.http import Http404, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView
from authorization.rest.problems import AbsentError
from billing.payments.books import statement_lines, statements
from billing.payments.books.statements import Account, Kind, Period
from billing.payouts.statements import statement_files
from billing.payouts.statements.files import Format
from billing.proration import periods
from chargers.models import Host, Property

_LIMIT = 500
_ENTRY = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


@extend_schema_field({"type": "string", "pattern": periods.MONTH})
class MonthNameField(serializers.DateField):
    """A month, written as 2026-03."""


class DocumentSerializer(serializers.Serializer[Any]):
    """The document of a closed period; it never changes."""

    number = serializers.CharField(source="label")
    closed_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField(allow_null=True, help_text="When its files were written; null: not yet.")
    csv_sha256 = serializers.CharField(allow_blank=True)
    pdf_sha256 = serializers.CharField(allow_blank=True)


class StatementSerializer(serializers.Serializer[Any]):
    """A month or year; minor units, positive for what is owed to the host."""

    host = serializers.CharField(source="host.slug")
    property = serializers.CharField(source="property_.slug", default=None, allow_null=True, help_text="Null: all.")
    kind = serializers.ChoiceField(choices=["month", "year"])
    period = serializers.CharField(source="name", help_text="As addresses have it: 2026-03, or 2026.")
    currency = serializers.CharField()
    month = MonthNameField(format="%Y-%m", help_text="By the calendar of `time_zone`; of a year its first.")
    time_zone = serializers.CharField(source="zone")
    opening_minor = serializers.IntegerField()
    closing_minor = serializers.IntegerField(help_text="The next month's opening; of the present month: so far.")
    lines = serializers.IntegerField(help_text="How many.")
    document = DocumentSerializer(allow_null=True, help_text="Null: it is not closed yet.")


class StatementLineSerializer(serializers.Serializer[Any]):
    """A line, in the order of posting."""

    entry = serializers.IntegerField(help_text="Of the books; ask with `after` for those that follow.")
    posted_at = serializers.DateTimeField()
    happened_at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="What caused it: receipt.issued, refund.credited, dispute.lost ...")
    number = serializers.CharField(help_text="Of the receipt, credit note or invoice, as people see it.")
    document = serializers.CharField(help_text="Its id.")
    text = serializers.CharField()
    gross_minor = serializers.IntegerField(allow_null=True, help_text="With tax; null: no sale of the platform's.")
    tax_minor = serializers.IntegerField(allow_null=True, help_text="The tax in it.")
    amount_minor = serializers.IntegerField()
    balance_minor = serializers.IntegerField(help_text="What was owed after it.")


class FiguresSerializer(serializers.Serializer[Any]):
    """The month's headline figures, as in the portal; minor units.

    `earned` is `gross` less `refunds`, `tax` and `fees`, plus `borne`, `plans`, `disputes`, `booked`, `remitted` and
    `other`.
    """

    gross_minor = serializers.IntegerField(help_text="What receipts charged, with tax.")
    refunds_minor = serializers.IntegerField(help_text="What was given back of it, with tax.")
    tax_minor = serializers.IntegerField(help_text="In what was charged and not given back.")
    fees_minor = serializers.IntegerField(help_text="That the host bears, with what payouts kept of the month's sales.")
    borne_minor = serializers.IntegerField(help_text="Refunds that the platform bears.")
    plans_minor = serializers.IntegerField(help_text="Plans, for periods that were over.")
    disputes_minor = serializers.IntegerField(help_text="Disputes that were lost; below zero.")
    booked_minor = serializers.IntegerField(help_text="Booked for or against the host from lines of the bank account.")
    remitted_minor = serializers.IntegerField(help_text="Tax that payouts gave to the host, which remits it.")
    other_minor = serializers.IntegerField(help_text="Refunds that the host gave another way, and corrections.")
    earned_minor = serializers.IntegerField(help_text="Before what was paid out; fees as of the month of their sales.")
    fees_elsewhere_minor = serializers.IntegerField(
        help_text="Kept of the month's sales by a payout of another month, less what this month's kept of others."
    )
    collected_minor = serializers.IntegerField(
        help_text="What cards brought, less what went back to them and what banks took back or keep in disputes."
    )
    paid_out_minor = serializers.IntegerField(help_text="Payouts sent, less those that failed; no part of `earned`.")
    own_minor = serializers.IntegerField(help_text="What the host collects itself; in no other figure.")
    outstanding_minor = serializers.IntegerField(help_text="Not paid at the month's end, with tax.")
    payable_minor = serializers.IntegerField(help_text="Owed to the host at the month's end: `closing_minor`.")


class SumSerializer(serializers.Serializer[Any]):
    """The sum of all lines of one kind."""

    words = serializers.CharField()
    lines = serializers.IntegerField()
    amount_minor = serializers.IntegerField()


class BesideSerializer(serializers.Serializer[Any]):
    """The balance of another account of the host at the month's end; it is not part of the statement."""

    account = serializers.CharField(help_text="processor_fees, dispute_hold, tax_payable ...")
    words = serializers.CharField()
    amount_minor = serializers.IntegerField()


class LinesSerializer(serializers.Serializer[Any]):
    """A month with its lines."""

    statement = StatementSerializer()
    figures = FiguresSerializer(allow_null=True, help_text="Of the whole host; null for one property.")
    sums = SumSerializer(many=True, help_text="The lines by what caused them, as on the page.")
    beside = BesideSerializer(many=True, help_text="Processor fees, disputes, taxes and others, as on the page.")
    results = StatementLineSerializer(many=True, help_text=f"At most {_LIMIT}.")
    next_after = serializers.IntegerField(allow_null=True, help_text="`after` of the next page; null: these were all.")


_HOST = OpenApiParameter("host", str, description="The host's slug; agents and people of several hosts.")
_PROPERTY = OpenApiParameter("property", str, description="The slug of one property; without: all of the host.")
_KIND = OpenApiParameter("kind", str, enum=["month", "year"], description="`month`, unless it says `year`.")


class Statements(ApiView):
    """A host's months or years."""

    @extend_schema(responses=StatementSerializer(many=True), parameters=[_HOST, _PROPERTY, _KIND])
    def get(self, request: Request) -> Response:
        """Lists a host's statements, newest first, by currency: closed periods and those with postings."""
        visible_hosts = people.hosts_with(self.key(request), Right.SEE_MONEY)
        slug = request.query_params.get("host")
        host = visible_hosts.filter(slug=slug).first() if slug else None
        if slug is None and visible_hosts.count() == 1:
            host = visible_hosts.get()
        if host is None:
            raise Http404
        kind = request.query_params.get("kind", "month")
        if kind not in Kind.values:
            raise serializers.ValidationError({"kind": "It is month or year."})
        months = statements.months(host, _find_property(request, host))
        if kind == Kind.MONTH:
            return Response(StatementSerializer(months, many=True).data)
        years = [
            statements.period(period.account, begins=period.month, kind=Kind.YEAR)
            for period in statements.years(months)
        ]
        return Response(StatementSerializer(years, many=True).data)


class StatementDetail(ApiView):
    """One month or year."""

    @extend_schema(
        responses=LinesSerializer, parameters=[_PROPERTY, OpenApiParameter("after", _ENTRY, description="An entry.")]
    )
    def get(self, request: Request, host: str, currency: str, month: str) -> Response:
        """Returns a month or year with its lines, oldest first."""
        period = _period(request, self.key(request), host, currency, month)
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise serializers.ValidationError({"after": "It is the number of an entry, from `next_after`."})
        rows = statements.lines_after(period, entry_id=int(after), limit=_LIMIT + 1)
        facts = {
            "statement": period,
            "figures": period.figures if period.property_ is None else None,
            "sums": statements.sums(period),
            "beside": _build_other_balances(period),
            "results": statement_lines.facts(rows[:_LIMIT]),
            "next_after": rows[_LIMIT - 1].entry_id if len(rows) > _LIMIT else None,
        }
        return Response(LinesSerializer(facts).data)


class StatementCsv(ApiView):
    """A month or year as CSV."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY}, parameters=[_PROPERTY])
    def get(self, request: Request, host: str, currency: str, month: str) -> HttpResponseBase:
        """Downloads a row for each line, the last one with the closing balance; a closed period always gives the same
        bytes.
        """
        period = _period(request, self.key(request), host, currency, month)
        return statement_files.response(request._request, period, Format.CSV, now=now())


class StatementPdf(ApiView):
    """A month or year as PDF."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, parameters=[_PROPERTY])
    def get(self, request: Request, host: str, currency: str, month: str) -> HttpResponseBase:
        """Downloads a page that explains the sum, then every line."""
        period = _period(request, self.key(request), host, currency, month)
        return statement_files.response(request._request, period, Format.PDF, now=now())


def _build_other_balances(period: Period) -> list[dict[str, Any]]:
    """Returns the balances of the other accounts, which belong to the whole host."""
    balances = {} if period.property_ else statements.beside_by_code(period)
    return [
        {"account": code, "words": statements.BESIDE[code], "amount_minor": minor} for code, minor in balances.items()
    ]


def _find_property(request: Request, host: Host) -> Property | None:
    slug = request.query_params.get("property")
    if not slug:
        return None
    property_ = Property.objects.filter(host=host, slug=slug).first()
    if property_ is None:
        raise Http404
    return property_


def _period(request: Request, key: ApiKey, host: str, currency: str, name: str) -> Period:
    owner: Host | None = people.hosts_with(key, Right.SEE_MONEY).filter(slug=host).first()
    named_period = statement_files.parse_period(name)
    if owner is None or named_period is None:
        raise Http404
    account = Account(host=owner, currency=currency, property_=_find_property(request, owner))
    period = statements.period(account, begins=named_period[0], kind=named_period[1])
    if period is None:
        raise Http404
    if not period.has_begun(now()):
        raise AbsentError(period.not_begun(now()))
    return period
