"""The REST API about statements: what is owed to a host, by month, with every line."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.api.base import ApiView
from authorization.api.problems import AbsentError
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from billing.books import statement_lines, statements
from billing.proration import periods
from chargers.models import Host

_MOST = 500
_ENTRY = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


@extend_schema_field({"type": "string", "pattern": periods.MONTH})
class MonthNameField(serializers.DateField):
    """A month, written as 2026-03."""


class StatementSerializer(serializers.Serializer[Any]):
    """A month; minor units, what is owed to the host is positive."""

    host = serializers.CharField(source="host.slug")
    currency = serializers.CharField()
    month = MonthNameField(format="%Y-%m", help_text="By the calendar of `time_zone`.")
    time_zone = serializers.CharField(source="zone")
    opening_minor = serializers.IntegerField()
    closing_minor = serializers.IntegerField(help_text="The next month's opening; of the present month: so far.")
    lines = serializers.IntegerField(help_text="How many.")


class StatementLineSerializer(serializers.Serializer[Any]):
    """One line, in the order of its posting."""

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
    """The month's headlines, the same as in the portal; minor units.

    `earned` is `gross` less `refunds`, `tax` and `fees`, and `borne`, `plans`, `disputes` and `other` with it.
    """

    gross_minor = serializers.IntegerField(help_text="What receipts charged, with tax.")
    refunds_minor = serializers.IntegerField(help_text="What was given back of it, with tax.")
    tax_minor = serializers.IntegerField(help_text="In what was charged and not given back.")
    fees_minor = serializers.IntegerField(help_text="Fees that the host bears, those kept from payouts too.")
    borne_minor = serializers.IntegerField(help_text="Refunds that the platform bears.")
    plans_minor = serializers.IntegerField(help_text="Plans, for periods that were over.")
    disputes_minor = serializers.IntegerField(help_text="Disputes that were lost; below zero.")
    other_minor = serializers.IntegerField(help_text="Refunds that the host gave another way, and corrections.")
    earned_minor = serializers.IntegerField()
    collected_minor = serializers.IntegerField(
        help_text="What cards brought, less what went back to them and what banks took back or keep in disputes."
    )
    paid_out_minor = serializers.IntegerField(help_text="Payouts sent, less those that failed; no part of `earned`.")
    own_minor = serializers.IntegerField(help_text="What the host collects itself; in no other figure.")
    outstanding_minor = serializers.IntegerField(help_text="Not paid at the month's end, with tax.")
    payable_minor = serializers.IntegerField(help_text="Owed to the host at the month's end: `closing_minor`.")


class SumSerializer(serializers.Serializer[Any]):
    """All lines of one kind."""

    words = serializers.CharField()
    lines = serializers.IntegerField()
    amount_minor = serializers.IntegerField()


class BesideSerializer(serializers.Serializer[Any]):
    """What stood on another account of the host at the month's end; nothing of it is in the statement."""

    account = serializers.CharField(help_text="processor_fees, dispute_hold, tax_payable ...")
    words = serializers.CharField()
    amount_minor = serializers.IntegerField()


class LinesSerializer(serializers.Serializer[Any]):
    """A month with its lines."""

    statement = StatementSerializer()
    figures = FiguresSerializer()
    sums = SumSerializer(many=True, help_text="The lines by what caused them, as on the page.")
    beside = BesideSerializer(many=True, help_text="Processor fees, disputes, taxes and others, as on the page.")
    results = StatementLineSerializer(many=True, help_text=f"At most {_MOST}.")
    next_after = serializers.IntegerField(allow_null=True, help_text="`after` of the next page; null: these were all.")


class Statements(ApiView):
    """The months of a host."""

    @extend_schema(
        responses=StatementSerializer(many=True),
        parameters=[OpenApiParameter("host", str, description="The host's slug; agents and people of several hosts.")],
    )
    def get(self, request: Request) -> Response:
        """The newest first, by currency. Only months in which something was posted."""
        seen = people.hosts_with(self.key(request), Right.SEE_MONEY)
        wanted = request.query_params.get("host")
        host = seen.filter(slug=wanted).first() if wanted else None
        if wanted is None and seen.count() == 1:
            host = seen.get()
        if host is None:
            raise Http404
        return Response(StatementSerializer(statements.months(host), many=True).data)


class OneStatement(ApiView):
    """One month."""

    @extend_schema(responses=LinesSerializer, parameters=[OpenApiParameter("after", _ENTRY, description="An entry.")])
    def get(self, request: Request, host: str, currency: str, month: str) -> Response:
        """With its lines, the oldest first."""
        found: Host | None = people.hosts_with(self.key(request), Right.SEE_MONEY).filter(slug=host).first()
        begins = periods.month(month)
        one = statements.month(found, currency=currency, begins=begins) if found and begins else None
        if one is None:
            raise Http404
        if not one.has_begun(now()):
            raise AbsentError(one.not_begun(now()))
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise serializers.ValidationError({"after": "It is the number of an entry, from `next_after`."})
        rows = statements.lines_after(one, entry_id=int(after), most=_MOST + 1)
        facts = {
            "statement": one,
            "figures": one.figures,
            "sums": statements.sums(one),
            "beside": [
                {"account": code, "words": statements.BESIDE[code], "amount_minor": minor}
                for code, minor in statements.beside_by_code(one).items()
            ],
            "results": statement_lines.facts(rows[:_MOST]),
            "next_after": rows[_MOST - 1].entry_id if len(rows) > _MOST else None,
        }
        return Response(LinesSerializer(facts).data)
