"""Previews of a refund or a document."""

from billing.formatting import contacts
from billing.formatting.money import money
from billing.models import Receipt, Refund
from billing.sessions.allowances import first_line
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest, RepeatedError
from support.tools.case import NotPossibleError, Preview, TicketContext


def receipt_of(case: TicketContext) -> Receipt:
    """Returns the receipt of the ticket's session. Raises NotPossibleError without one."""
    if case.receipt is None:
        raise NotPossibleError("The ticket’s session has no receipt.")
    return case.receipt


def refund(case: TicketContext, request: RefundRequest, *, confirm_repeat: bool = False) -> Preview:
    """Previews what is refunded, how, and who has to approve. Raises NotPossibleError."""
    receipt = receipt_of(case)
    currency = receipt.rating.currency
    try:
        priced = refunds.difference(receipt, request)
        ways = refunds.preview_ways(receipt, priced.total_minor)
        first_line.check(case.by, lambda: first_line.of_refund(receipt, amount_minor=priced.total_minor))
        if not confirm_repeat:
            refunds.refuse_if_repeated(receipt, request, now=case.now)
    except RepeatedError as exc:
        raise NotPossibleError(f"{exc} Tick “The same once more” for that.") from exc
    except RefundError as exc:
        raise NotPossibleError(str(exc)) from exc
    amount = money(priced.total_minor, currency)
    sentences = [f"{amount} of receipt {receipt.label} is given back, {money(priced.tax_minor, currency)} of it tax."]
    for way in ways:
        part = money(way.amount_minor, currency)
        if way.hold is not None:
            sentences.append(f"{part} goes back to the card ending {way.hold.last4 or '????'}.")
        elif way.receivable is not None:
            sentences.append(f"{part} is taken off what is still owed.")
        else:
            sentences.append(f"{part} is taken off what the property collects itself.")
    bears = "The platform bears it." if request.fault == Refund.Fault.PLATFORM else f"{receipt.host.name} bears it."
    sentences += [bears, f"The driver reads: “{request.explanation}”"]
    warns = []
    if refunds.needs_second(receipt, priced.total_minor):
        limit = money(refunds.limit_minor(currency), currency)
        warns.append(f"More than {limit} of one session: a second person has to agree before anything is sent.")
    return Preview(
        says=tuple(sentences), warns=tuple(warns), button=f"Refund {amount}", stamp=f"{priced.total_minor} {currency}"
    )


def result(refund_row: Refund) -> str:
    """Returns the refund's result as a sentence."""
    amount = money(refund_row.total_minor, refund_row.currency)
    match refund_row.state:
        case Refund.State.DONE:
            return f"{amount} is given back; credit note {refund_row.credit_note}."
        case Refund.State.WAITING:
            return f"{amount} waits for a second person to agree."
        case Refund.State.SENDING | Refund.State.CHECKING:
            return f"{amount} is on its way: the card processor has not answered yet, and is asked again."
        case Refund.State.PARTLY:
            return f"Only a part of {amount} went back; credit note {refund_row.credit_note}."
        case _:
            raise NotPossibleError(f"The card processor refused the refund of {amount}.")


def resend(receipt: Receipt, *, address: str) -> Preview:
    kind = receipt.get_kind_display()
    sentences = (f"{kind} {receipt.label} is sent to {address}, once more if it went there before.",)
    return Preview(says=sentences, button="Send it")


def addresses(case: TicketContext) -> list[tuple[str, str]]:
    """Returns addresses for the session's documents: the earlier ones, and the person's if the session is theirs."""
    session, ticket = case.session, case.ticket
    if session is None:
        return []
    user = session.driver.user if session.driver else None
    candidates = [session.guest_email, user.email if user else "", ticket.email if ticket.proof else ""]
    masked = {ticket.email: ticket.email}
    return [
        (address, masked.get(address, contacts.mask_address(address)))
        for address in dict.fromkeys(filter(None, candidates))
    ]
