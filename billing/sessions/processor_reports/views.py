"""Agents' decisions about reported money: disputes, debts, unexplained movements, refused refunds of plans."""

from typing import Any

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from authorization.people.request import now, viewer
from billing.engine.values import money
from billing.models import (
    Dispute,
    PeriodRefund,
    ProcessorTransaction,
    Receivable,
)
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.charges import receivables
from billing.sessions.plans import plan_refunds
from billing.sessions.processor_reports import acts, disputes, reconciliation
from chargers.models import Host


class AnswerForm(forms.Form):
    """The evidence for the bank."""

    text = forms.CharField(
        max_length=15_000,
        label="What speaks for us",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Handed in once. Made of what is stored about the session: add what the host wrote to you.",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dispute_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a dispute with the evidence in our favour, and submits it."""
    _require_agent(request)
    dispute = _row(Dispute.objects.select_related("hold__session__charger", "hold__session__property", "host"), pk)
    initial = {"text": dispute.evidence or disputes.evidence(dispute)}
    form = AnswerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        _answer(request, dispute, form.cleaned_data["text"])
        return redirect("billing:dispute", pk=pk)
    takes = dispute.state == Dispute.State.NEEDS_RESPONSE
    return render(request, "billing/dispute.html", {"room": "books", "dispute": dispute, "form": form, "takes": takes})


@login_required
@require_POST
def receivable_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes an outstanding amount off."""
    _require_agent(request)
    owed, user, at = _row(Receivable.objects.select_related("host", "session__charger"), pk), viewer(request), now()
    reason = request.POST.get("reason", "").strip()[:400]
    if not reason:
        notes.error(request, "Say why it is given up: the host reads it.")
        return redirect("billing:cases")
    try:
        acts.give_up(owed, reason=reason, by=user, now=at)
    except (receivables.NotOpenError, LimitError) as exc:
        notes.info(request, str(exc))
    else:
        notes.success(request, "It is given up, and the host's books say so.")
    return redirect("billing:cases")


@login_required
@require_POST
def movement_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Assigns an unexplained balance transaction to its host."""
    _require_agent(request)
    row, user, at = _row(ProcessorTransaction.objects.all(), pk), viewer(request), now()
    reason, slug = request.POST.get("reason", "").strip()[:400], request.POST.get("host", "")
    host = Host.objects.filter(slug=slug).first()
    if host is None or not reason:
        notes.error(request, "Choose whose it is and say why: the books keep both.")
        return redirect("billing:cases")
    try:
        acts.explain_movement(row, host=host, reason=reason, by=user, now=at)
    except reconciliation.AnsweredError as exc:
        notes.info(request, str(exc))
    else:
        notes.success(request, f"It stands in suspense in the books of {host.name}.")
    return redirect("billing:cases")


@login_required
@require_POST
def plan_refund_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers a refund of a plan that the processor refused: sends it again, or records that it was given
    another way.
    """
    _require_agent(request)
    _row(PeriodRefund.objects.all(), pk)
    user, at, note = viewer(request), now(), request.POST.get("how", "").replace("\x00", "").strip()
    try:
        if request.POST.get("do") == "again":
            refund = acts.send_plan_refund_again(pk, by=user, now=at)
        else:
            refund = acts.give_plan_refund_otherwise(pk, note=note, by=user, now=at)
    except (plan_refunds.AnsweredError, LimitError) as exc:
        notes.error(request, str(exc))
        return redirect("billing:cases")
    amount = money.text(refund.amount_minor, currency=refund.period.currency)
    match PeriodRefund.State(refund.state):
        case PeriodRefund.State.DONE:
            notes.success(request, f"{amount} went back to the card ending {refund.paid_for.last4 or '????'}.")
        case PeriodRefund.State.OTHERWISE:
            notes.success(request, f"It is noted that {amount} was given back another way, and the books say so.")
        case PeriodRefund.State.SENDING | PeriodRefund.State.CHECKING:
            notes.info(request, f"{amount} is on its way: the processor has not answered yet, and is asked again.")
        case PeriodRefund.State.REFUSED:
            notes.error(request, f"The processor refused again: {refund.failure}")
    return redirect("billing:cases")


def _answer(request: HttpRequest, dispute: Dispute, text: str) -> None:
    try:
        acts.answer_dispute(dispute, text=text, by=viewer(request), now=now())
    except OutcomeUnknownError:
        notes.info(request, "The processor did not answer: it may have the text already. Hand the same text in again.")
        return
    except (disputes.AnsweredError, NotPossibleError) as exc:
        notes.error(request, str(exc))
        return
    notes.success(request, "The bank has what speaks for us; its decision may take weeks.")


def _row(rows: Any, pk: int) -> Any:
    row: Model | None = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _require_agent(request: HttpRequest) -> None:
    if not viewer(request).is_agent:
        raise Http404
