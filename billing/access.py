"""Which sessions and rates a viewer sees: the filter of `authorization.people.access`, over the models of billing."""

from django.db.models import QuerySet

from authorization.people import access
from authorization.people.access import Viewer
from authorization.people.roles import Right
from billing.models import (
    BankAccount,
    BankImport,
    BankLine,
    Complaint,
    HomeInvoice,
    Payout,
    PayoutAgreement,
    Rate,
    RefundOffer,
    Session,
    WebhookEndpoint,
)


def sessions(viewer: Viewer) -> QuerySet[Session]:
    """Sessions show what somebody paid: for roles that see money."""
    return access.limited(
        Session.objects.all(),
        viewer,
        host="host_id",
        property_="property_id",
        charger="charger_id",
        right=Right.SEE_MONEY,
    )


def complaints(viewer: Viewer) -> QuerySet[Complaint]:
    """What guests say about receipts of the sessions that the viewer sees."""
    return Complaint.objects.filter(receipt__session__in=sessions(viewer))


def refund_offers(viewer: Viewer) -> QuerySet[RefundOffer]:
    """Bills of the sessions that the viewer sees, on which the records prove something wrong."""
    return RefundOffer.objects.filter(receipt__session__in=sessions(viewer))


def rates(viewer: Viewer) -> QuerySet[Rate]:
    """The host's rates but those of contracts; a grant for one property or charger does not show them."""
    return access.limited(Rate.objects.filter(contract=None), viewer, host="host_id", property_=None, charger=None)


def home_invoices(viewer: Viewer) -> QuerySet[HomeInvoice]:
    """What employers owe: for roles that see money."""
    return access.limited(
        HomeInvoice.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def webhook_endpoints(viewer: Viewer) -> QuerySet[WebhookEndpoint]:
    """Webhook endpoints receive what somebody paid: for roles that see money."""
    return access.limited(
        WebhookEndpoint.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def payouts(viewer: Viewer) -> QuerySet[Payout]:
    """What hosts are paid: for roles that see money."""
    return access.limited(
        Payout.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def bank_accounts(viewer: Viewer) -> QuerySet[BankAccount]:
    """Where hosts are paid, never whole: for roles that see money."""
    return access.limited(
        BankAccount.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def bank_imports(viewer: Viewer) -> QuerySet[BankImport]:
    """Statements of hosts' accounts; those of the platform's own for agents only."""
    return access.limited(
        BankImport.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def bank_lines(viewer: Viewer) -> QuerySet[BankLine]:
    """Lines of hosts' accounts; those of the platform's own for agents only."""
    return access.limited(
        BankLine.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def payout_agreements(viewer: Viewer) -> QuerySet[PayoutAgreement]:
    """What is agreed about payouts: for roles that see money. Versions that wait for a second agent: agents only."""
    rows = PayoutAgreement.objects.all()
    rows = rows if getattr(viewer, "is_agent", False) else rows.filter(state=PayoutAgreement.State.AGREED)
    return access.limited(rows, viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY)
