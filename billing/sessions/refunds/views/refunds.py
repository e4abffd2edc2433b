"""Sessions > one > Refund: a preview with the reason, then the refund; and the second person's answer."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from authorization.accounts import fresh_login
from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.engine.values import money
from billing.formatting import amounts
from billing.formatting.amounts import AmountField
from billing.formatting.money import money as shown_money
from billing.models import Receipt, Refund, RefundPart, Session
from billing.sessions.allowances import first_line
from billing.sessions.refunds import refunds, suggestions
from billing.sessions.refunds.acts import refunds as acts
from billing.sessions.refunds.refunds import RefundError, RefundRequest, RepeatedError
from billing.sessions.refunds.routing import Way

_LABELS = {
    "connection": "Connection fee",
    "energy": "Energy",
    "time": "Charging time",
    "idle": "Idle fee",
    "processing": "Processing fee",
}


_CAME = {
    RefundPart.State.SENDING: "%(amount)s is on its way to %(card)s.",
    RefundPart.State.CHECKING: "%(amount)s is on its way to %(card)s: the processor has not answered yet.",
    RefundPart.State.DONE: "%(amount)s went back to %(card)s.",
    RefundPart.State.REFUSED: "%(amount)s could not go back to %(card)s: %(failure)s",
    RefundPart.State.OTHERWISE: "%(amount)s was given back another way.",
}
_GIVING = frozenset(("again", "otherwise", "approve"))
"""Answers that give money back, or count as it: these need a fresh log-in, declining does not."""


class RefundForm(forms.Form):
    """Whole lines or an amount, and the reason."""

    lines = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Whole lines")
    amount = forms.Field(required=False)
    reason = forms.ChoiceField(choices=[("", "Choose one"), *Refund.Reason.choices])
    fault = forms.ChoiceField(choices=Refund.Fault.choices, label="Who bears it")
    explanation = forms.CharField(max_length=400, label="What the driver reads")

    def __init__(self, *args: Any, receipt: Receipt, is_agent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_agent:
            self.fields["fault"].choices = [(Refund.Fault.HOST.value, Refund.Fault.HOST.label)]  # type: ignore[attr-defined]
        currency = receipt.rating.currency
        self._amount = AmountField(
            currency=currency,
            required=False,
            min_value=Decimal(0),
            label="Or an amount",
            help_text=f"With tax, such as {amounts.example(currency)}.",
        )
        self.fields["amount"] = self._amount
        lines = refunds.lines_left(receipt)
        self.fields["lines"].choices = [  # type: ignore[attr-defined]
            (line.kind, f"{_LABELS[line.kind]}, {shown_money(line.total_minor, currency)}")
            for line in lines
            if not line.obstacle
        ]
        self.not_offered = [(_LABELS[line.kind], line) for line in lines if line.obstacle]

    def clean(self) -> dict[str, Any]:
        form_data: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"lines", "amount"} & set(self.errors) and bool(form_data["lines"]) == bool(form_data["amount"]):
            self.add_error("amount", "Choose lines, or type an amount: one of the two.")
        return form_data

    def refund_request(self) -> RefundRequest:
        form_data = self.cleaned_data
        amount = form_data["amount"]
        return RefundRequest(
            lines=frozenset(form_data["lines"]),
            amount_minor=self._amount.minor(amount) if amount else None,
            reason=Refund.Reason(form_data["reason"]),
            fault=Refund.Fault(form_data["fault"]),
            explanation=form_data["explanation"].replace("\x00", ""),
        )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refund_new(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Previews the refund, then sends it once confirmed."""
    receipt = _receipt(request, session_id)
    agent = viewer(request).is_agent
    form = RefundForm(request.POST or None, receipt=receipt, is_agent=agent, initial=_initial(request))
    difference, ways, repeated = None, list[Way](), ""
    obstacle = refunds.obstacle(receipt)
    if request.method == "POST" and not obstacle and form.is_valid():
        try:
            priced = refunds.difference(
                receipt, form.refund_request()
            )  # raises before the log-in if the refund is impossible
            if "confirmed" in request.POST:
                return _give(request, receipt, form.refund_request())
            ways = refunds.preview_ways(receipt, priced.total_minor)
            gift = first_line.of_refund
            first_line.check(viewer(request), lambda: gift(receipt, amount_minor=priced.total_minor))
            difference = priced
        except RepeatedError as exc:
            repeated = str(exc)
            difference = refunds.difference(receipt, form.refund_request())
            ways = refunds.preview_ways(receipt, difference.total_minor)
        except RefundError as exc:
            form.add_error(None, str(exc))
    context = {
        "room": "sessions",
        "session": receipt.session,
        "receipt": receipt,
        "form": form,
        "obstacle": obstacle,
        "found": difference,
        "repeated": repeated,
        "owed_minor": sum(way.amount_minor for way in ways if way.hold is None),
        "collected_by_host": receipt.collected_by == Receipt.Collector.HOST,
        "cards": [way for way in ways if way.hold is not None],
        "cards_minor": sum(way.amount_minor for way in ways if way.hold is not None),
        "price": refunds.price(receipt),
        "left": refunds.refundable_minor(receipt),
        "currency": receipt.rating.currency,
        "suggested": [] if obstacle else suggestions.suggest(receipt),
        "needs_second": difference is not None and refunds.needs_second(receipt, difference.total_minor),
    }
    return render(request, "billing/refund.html", context)


@fresh_login.after_log_in
def _give(request: HttpRequest, receipt: Receipt, refund_request: RefundRequest) -> HttpResponse:
    """Gives the refund after a fresh log-in, so that nobody refunds their own session with a stolen cookie.

    Raises RefundError.
    """
    is_confirmed = request.POST.get("confirm_repeat") == "yes"
    _show_result(
        request, acts.give(receipt, refund_request, by=viewer(request), confirm_repeat=is_confirmed, now=now())
    )
    return redirect("billing:session", session_id=receipt.session_id)


@login_required
@require_POST
def refund_answer(request: HttpRequest, refund_id: uuid.UUID) -> HttpResponse:
    """Records the second person's answer, or a person's answer to a refusal by the processor."""
    refund = Refund.objects.select_related("receipt__session", "host").filter(pk=refund_id).first()
    user = viewer(request)
    if refund is None or not access.sessions(user).filter(pk=refund.receipt.session_id).exists():
        raise Http404
    if not people.has_right(user, Right.HANDLE_MONEY, refund.host):
        raise Http404
    act = _act_on if request.POST.get("do") not in _GIVING else _send
    try:
        return act(request, refund)
    except RefundError as exc:
        notes.error(request, str(exc))
    return redirect("billing:session", session_id=refund.receipt.session_id)


def _act_on(request: HttpRequest, refund: Refund) -> HttpResponse:
    _show_result(request, _answer(refund, answer=request.POST, by=viewer(request)))
    return redirect("billing:session", session_id=refund.receipt.session_id)


_send = fresh_login.after_log_in(_act_on)
"""Does the same with a fresh log-in, for answers that give money back."""


def _answer(refund: Refund, *, answer: Mapping[str, str], by: User) -> Refund:
    """Applies the chosen answer. Raises RefundError."""
    at, reason = now(), answer.get("reason", "")[:400]
    match answer.get("do"):
        case "again":
            return acts.send_again(refund, reason=reason, by=by, now=at)
        case "otherwise":
            return acts.give_otherwise(refund, note=answer.get("how", "").replace("\x00", "").strip(), by=by, now=at)
        case "approve":
            return acts.approve(refund, reason=reason, by=by, now=at)
        case _:
            return acts.decline(refund, reason=reason, by=by, now=at)


def _show_result(request: HttpRequest, refund: Refund) -> None:
    amount = money.text(refund.total_minor, currency=refund.currency)
    match refund.state:
        case Refund.State.DONE:
            notes.success(
                request, f"{amount} is given back; credit note {refund.credit_note}. {_describe_parts(refund)}"
            )
        case Refund.State.PARTLY:
            notes.error(
                request,
                f"Only a part of {amount} went back; credit note {refund.credit_note}. {_describe_parts(refund)}",
            )
        case Refund.State.WAITING:
            notes.info(request, f"{amount} waits for a second person to agree.")
        case Refund.State.CHECKING | Refund.State.SENDING:
            notes.info(request, f"{amount} is on its way: the processor has not answered yet, and is asked again.")
        case Refund.State.DECLINED:
            notes.info(request, f"{amount} is not given back.")
        case _:
            notes.error(request, f"The processor refused: {refund.failure}")


def _describe_parts(refund: Refund) -> str:
    """Returns the outcome of each part as sentences."""
    return " ".join(_describe_part(part, refund) for part in refund.parts.select_related("hold").order_by("id"))


def _describe_part(part: RefundPart, refund: Refund) -> str:
    amount = money.text(part.amount_minor, currency=refund.currency)
    if part.hold is None:
        if refund.receipt.collected_by == Receipt.Collector.HOST:
            return f"{refund.host.name} settles {amount} with the member: what we owe does not change."
        return f"{amount} less is owed."
    card = f"the card ending {part.hold.last4 or '????'}"
    return _CAME[RefundPart.State(part.state)] % {"amount": amount, "card": card, "failure": part.failure}


def _receipt(request: HttpRequest, session_id: uuid.UUID) -> Receipt:
    user = viewer(request)
    session: Session | None = access.sessions(user).select_related("host").filter(pk=session_id).first()
    if session is None or not people.has_right(user, Right.HANDLE_MONEY, session.host):
        raise Http404
    rows = session.receipts.filter(kind=Receipt.Kind.RECEIPT, rating__total_minor__gt=0)
    receipt = rows.select_related("rating", "session__charger", "session__property").first()
    if receipt is None:
        raise Http404
    return receipt


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Returns the initial values from a suggestion's link."""
    query = request.GET
    return {"lines": query.getlist("lines"), "reason": query.get("reason", ""), "fault": Refund.Fault.HOST}
