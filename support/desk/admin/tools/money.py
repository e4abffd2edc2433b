"""Tools for a session's money: a refund, with a suggestion from the records, and a receipt sent again."""

from decimal import Decimal
from typing import Any, Final

from django import forms

from billing.formatting import amounts
from billing.formatting.amounts import AmountField
from billing.formatting.money import money
from billing.models import Receipt, Refund
from billing.sessions.refunds import refunds, suggestions
from billing.sessions.refunds.refunds import RefundRequest
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import money_previews as previews
from support.tools.acts import money as acts
from support.tools.case import NotPossibleError, Preview, TicketContext

GROUP: Final = "Money"
_LABELS: Final = {
    "connection": "Connection fee", "energy": "Energy", "time": "Charging time", "idle": "Idle fee",
    "processing": "Processing fee",
}  # fmt: skip


class RefundForm(ToolForm):
    """Whole lines, or an amount. Lines that the records contradict are ticked."""

    lines = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Whole lines")
    amount = forms.Field(required=False)
    cause = forms.ChoiceField(choices=[("", "Choose one"), *Refund.Reason.choices], label="Why it goes back")
    fault = forms.ChoiceField(choices=Refund.Fault.choices, label="Who bears it")
    explanation = forms.CharField(max_length=400, label="What the driver reads")
    again = forms.BooleanField(
        required=False,
        label="The same once more",
        help_text="Only where the same was refunded minutes ago, and that is meant.",
    )

    def prepare(self, case: TicketContext) -> None:
        receipt = case.receipt
        if receipt is None:
            return
        currency = receipt.rating.currency
        self.fields["amount"] = AmountField(
            currency=currency,
            required=False,
            min_value=Decimal(0),
            label="Or an amount",
            help_text=f"With tax, such as {amounts.example(currency)}.",
        )
        refundable_lines = [line for line in refunds.lines_left(receipt) if not line.obstacle]
        self.fields["lines"].choices = [  # type: ignore[attr-defined]
            (line.kind, f"{_LABELS[line.kind]}, {money(line.total_minor, currency)}") for line in refundable_lines
        ]
        suggested = [
            suggestion
            for suggestion in suggestions.suggest(receipt)
            if suggestion.line in {line.kind for line in refundable_lines}
        ]
        if suggested:
            self.fields["lines"].initial = [suggestion.line for suggestion in suggested]
            self.fields["lines"].help_text = "Suggested: " + " ".join(suggestion.sentence for suggestion in suggested)
            self.fields["cause"].initial = suggested[0].reason
            self.fields["explanation"].initial = suggested[0].sentence

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"lines", "amount"} & set(self.errors) and bool(values.get("lines")) == bool(values.get("amount")):
            self.add_error("amount", "Choose lines, or type an amount: one of the two.")
        return values


class ResendForm(ToolForm):
    """The document, and its address."""

    document = forms.ChoiceField(label="Document")
    address = forms.ChoiceField(label="To")

    def prepare(self, case: TicketContext) -> None:
        recent_receipts = case.session.receipts.order_by("-id")[:20] if case.session else []
        self.choose(
            "document",
            [(str(receipt.pk), f"{receipt.get_kind_display()} {receipt.label}") for receipt in recent_receipts],
        )
        self.choose("address", previews.addresses(case))


def no_receipt(case: TicketContext) -> str:
    if case.session is None:
        return "The ticket names no session: choose it first."
    return "" if case.receipt else "Its session has no receipt yet."


def _nothing_left(case: TicketContext) -> str:
    return no_receipt(case) or refunds.obstacle(previews.receipt_of(case))


def _find_receipt_obstacle(case: TicketContext) -> str:
    if obstacle := no_receipt(case):
        return obstacle
    return "" if previews.addresses(case) else "No address is known that the receipt may go to."


def refund_request(case: TicketContext, values: Values) -> RefundRequest:
    currency = previews.receipt_of(case).rating.currency
    amount = values["amount"]
    return RefundRequest(
        lines=frozenset(values["lines"]),
        amount_minor=AmountField(currency=currency).minor(amount) if amount else None,
        reason=Refund.Reason(values["cause"]),
        fault=Refund.Fault(values["fault"]),
        explanation=values["explanation"].replace("\x00", ""),
    )


def _refund(case: TicketContext, values: Values, doing: Doing) -> str:
    receipt = previews.receipt_of(case)
    repeat = values["again"]
    return acts.refund(receipt, refund_request(case, values), confirm_repeat=repeat, by=doing.by, now=doing.now)


def _document(case: TicketContext, key: str) -> Receipt:
    receipt = case.session.receipts.select_related("host").filter(pk=int(key)).first() if case.session else None
    if receipt is None:
        raise NotPossibleError("That document is not one of the session’s.")
    return receipt


def _resend_preview(case: TicketContext, values: Values) -> Preview:
    address = dict(previews.addresses(case))[values["address"]]
    return previews.resend(_document(case, values["document"]), address=address)


def _resend(case: TicketContext, values: Values, doing: Doing) -> str:
    receipt, ticket = _document(case, values["document"]), case.ticket
    language = ticket.language if values["address"] == ticket.email else receipt.session.guest_language
    return acts.resend(receipt, address=values["address"], language=language or "en", by=doing.by, now=doing.now)


TOOLS: Final = (
    Tool(
        key="refund",
        label="Refund",
        group=GROUP,
        says="Gives back lines of the receipt, or an amount of it.",
        form=RefundForm,
        obstacle=_nothing_left,
        preview=lambda case, values: previews.refund(
            case, refund_request(case, values), confirm_repeat=values["again"]
        ),
        act=_refund,
    ),
    Tool(
        key="resend",
        label="Send a receipt once more",
        group=GROUP,
        says="To an address that had it, or to who asks where the session is proved to be theirs.",
        form=ResendForm,
        obstacle=_find_receipt_obstacle,
        preview=_resend_preview,
        act=_resend,
    ),
)
