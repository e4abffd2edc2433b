"""The REST API about disputes, outstanding amounts, unexplained movements and refunds of plans."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, find_or_404, host_of, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from billing import access
from billing.models import Dispute, PeriodRefund, ProcessorTransaction, Receivable
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.charges import receivables
from billing.sessions.plans import plan_refunds
from billing.sessions.processor_reports import acts, disputes, reconciliation


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    """A payment that its cardholder disputes at the bank. Amounts are in minor units."""

    session = serializers.UUIDField(source="hold.session_id", read_only=True)

    class Meta:
        model = Dispute
        fields = [
            "id", "session", "state", "reason", "amount_minor", "fee_minor", "currency", "opened_at",
            "respond_before", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReceivableSerializer(serializers.ModelSerializer[Receivable]):
    """What a session cost and no card covered. Amounts are in minor units."""

    session = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    reason = serializers.CharField(read_only=True, help_text="One sentence: why the card did not cover it.")
    left_minor = serializers.IntegerField(read_only=True, help_text="What is owed of it after refunds.")

    class Meta:
        model = Receivable
        fields = [
            "id", "session", "state", "reason", "amount_minor", "reduced_minor", "left_minor", "currency", "answer",
            "created_at", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class DisputeFilter(FilterSet):  # type: ignore[misc]
    """Find disputes."""

    state = django_filters.ChoiceFilter(choices=Dispute.State.choices)
    session = django_filters.UUIDFilter(field_name="hold__session_id", label="The session's `id`.")

    class Meta:
        model = Dispute
        fields: ClassVar = ["state", "session"]


class ReceivableFilter(FilterSet):  # type: ignore[misc]
    """Find outstanding amounts."""

    state = django_filters.ChoiceFilter(choices=Receivable.State.choices)
    session = django_filters.UUIDFilter(field_name="session_id", label="The session's `id`.")

    class Meta:
        model = Receivable
        fields: ClassVar = ["state", "session"]


class Disputes(ApiList[Dispute]):
    """Lists disputed payments, newest first."""

    queryset = Dispute.objects.none()
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilter

    def visible(self, key: ApiKey) -> QuerySet[Dispute]:
        return Dispute.objects.filter(hold__session__in=access.sessions(key)).select_related("hold")


class Receivables(ApiList[Receivable]):
    """Lists what sessions cost and no card covered, newest first."""

    queryset = Receivable.objects.none()
    serializer_class = ReceivableSerializer
    filterset_class = ReceivableFilter

    def visible(self, key: ApiKey) -> QuerySet[Receivable]:
        return Receivable.objects.filter(session__in=access.sessions(key))


class CaseReasonSerializer(Body):
    """The reason, which the host reads."""

    reason = serializers.CharField(max_length=400, validators=[require_storable])


class EvidenceSerializer(Body):
    """The evidence in our favour."""

    text = serializers.CharField(max_length=20_000, validators=[require_storable])


class MovementSerializer(serializers.ModelSerializer[ProcessorTransaction]):
    """A balance transaction of the card processor, and what explains it. Amounts are in minor units."""

    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = ProcessorTransaction
        fields = [
            "id", "processor", "ref", "kind", "amount_minor", "fee_minor", "net_minor", "currency", "made_at", "match",
            "finding", "host",
        ]  # fmt: skip
        read_only_fields = fields


class MovementAnswerSerializer(CaseReasonSerializer):
    """The host that the movement is booked to, and the reason."""

    host = serializers.SlugField()


class PlanRefundSerializer(serializers.ModelSerializer[PeriodRefund]):
    """A part of a plan's fee that is refunded to its card. Amounts are in minor units."""

    currency = serializers.CharField(source="period.currency", read_only=True)
    failure = serializers.CharField(read_only=True, help_text="Why the processor refused it.")

    class Meta:
        model = PeriodRefund
        fields = ["id", "state", "amount_minor", "currency", "failure", "planned_at", "finished_at"]
        read_only_fields = fields


class PlanRefundNoteSerializer(Body):
    """How the money was given back."""

    note = serializers.CharField(max_length=400, validators=[require_storable])


class MovementFilter(FilterSet):  # type: ignore[misc]
    """Find movements."""

    match = django_filters.ChoiceFilter(choices=ProcessorTransaction.Match.choices)

    class Meta:
        model = ProcessorTransaction
        fields: ClassVar = ["match"]


class PlanRefundFilter(FilterSet):  # type: ignore[misc]
    """Find refunds of plans."""

    state = django_filters.ChoiceFilter(choices=PeriodRefund.State.choices)

    class Meta:
        model = PeriodRefund
        fields: ClassVar = ["state"]


class ReceivableWriteOff(ApiView):
    """A claim that is written off."""

    @extend_schema(request=CaseReasonSerializer, responses=ReceivableSerializer)
    def post(self, request: Request, receivable_id: int) -> Response:
        """Writes the claim off: the guest is no longer charged for it. Agents' keys only."""
        key = _agent(self, request)
        owed = find_or_404(Receivable.objects.select_related("host", "session__charger"), pk=receivable_id)
        reason = parse_request(CaseReasonSerializer, request)["reason"]
        with _conflicts(receivables.NotOpenError, LimitError):
            acts.give_up(owed, reason=reason, by=key, now=now())
        return Response(ReceivableSerializer(find_or_404(Receivable.objects.all(), pk=receivable_id)).data)


class DisputeAnswer(ApiView):
    """The answer to a dispute."""

    @extend_schema(request=EvidenceSerializer, responses=DisputeSerializer)
    def post(self, request: Request, dispute_id: int) -> Response:
        """Submits the evidence, once: a submission to the bank cannot be undone. Agents' keys only."""
        key = _agent(self, request)
        rows = Dispute.objects.select_related("hold__session__charger", "hold__session__property", "host")
        dispute, text = find_or_404(rows, pk=dispute_id), parse_request(EvidenceSerializer, request)["text"]
        with _conflicts(disputes.AnsweredError, NotPossibleError, OutcomeUnknownError):
            acts.answer_dispute(dispute, text=text, by=key, now=now())
        return Response(DisputeSerializer(find_or_404(rows, pk=dispute_id)).data)


class Movements(ApiList[ProcessorTransaction]):
    """Lists the card processor's balance transactions, newest first. Agents' keys only."""

    queryset = ProcessorTransaction.objects.none()
    serializer_class = MovementSerializer
    filterset_class = MovementFilter

    def visible(self, key: ApiKey) -> QuerySet[ProcessorTransaction]:
        people.require_agent(key)
        return ProcessorTransaction.objects.select_related("host")


class MovementAnswer(ApiView):
    """A movement that none of our records explains."""

    @extend_schema(request=MovementAnswerSerializer, responses=MovementSerializer)
    def post(self, request: Request, movement_id: int) -> Response:
        """Books the movement to a host. Agents' keys only."""
        key = _agent(self, request)
        row, fields = (
            find_or_404(ProcessorTransaction.objects.all(), pk=movement_id),
            parse_request(MovementAnswerSerializer, request),
        )
        host = host_of(key, fields["host"])
        with _conflicts(reconciliation.AnsweredError):
            acts.explain_movement(row, host=host, reason=fields["reason"], by=key, now=now())
        return Response(MovementSerializer(find_or_404(ProcessorTransaction.objects.all(), pk=movement_id)).data)


class PlanRefunds(ApiList[PeriodRefund]):
    """Lists refunds of plans, newest first. Agents' keys only."""

    queryset = PeriodRefund.objects.none()
    serializer_class = PlanRefundSerializer
    filterset_class = PlanRefundFilter

    def visible(self, key: ApiKey) -> QuerySet[PeriodRefund]:
        people.require_agent(key)
        return PeriodRefund.objects.select_related("period", "paid_for")


class PlanRefundAgain(ApiView):
    """A refund of a plan that the processor refused."""

    @extend_schema(request=None, responses=PlanRefundSerializer)
    def post(self, request: Request, refund_id: int) -> Response:
        """Requests the refund from the processor again. Agents' keys only."""
        key = _agent(self, request)
        find_or_404(PeriodRefund.objects.all(), pk=refund_id)
        with _conflicts(plan_refunds.AnsweredError):
            acts.send_plan_refund_again(refund_id, by=key, now=now())
        return Response(PlanRefundSerializer(find_or_404(PeriodRefund.objects.all(), pk=refund_id)).data)


class PlanRefundOtherwise(ApiView):
    """A refund of a plan that was given another way."""

    @extend_schema(request=PlanRefundNoteSerializer, responses=PlanRefundSerializer)
    def post(self, request: Request, refund_id: int) -> Response:
        """Records in the books that the refund was given another way. Agents' keys only."""
        key = _agent(self, request)
        find_or_404(PeriodRefund.objects.all(), pk=refund_id)
        note = parse_request(PlanRefundNoteSerializer, request)["note"]
        with _conflicts(plan_refunds.AnsweredError, LimitError):
            acts.give_plan_refund_otherwise(refund_id, note=note, by=key, now=now())
        return Response(PlanRefundSerializer(find_or_404(PeriodRefund.objects.all(), pk=refund_id)).data)


def _agent(view: ApiView, request: Request) -> ApiKey:
    """Raises NotAllowedError for keys of hosts."""
    key = view.key(request)
    people.require_agent(key)
    return key


@contextmanager
def _conflicts(*errors: type[Exception]) -> Iterator[None]:
    """Turns errors about the current state into 409 with their sentence."""
    try:
        yield
    except errors as exc:
        raise ConflictError(str(exc) or "This was answered before.") from exc
