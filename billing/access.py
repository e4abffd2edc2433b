"""The sessions, rates and payments that a viewer may see: the filter of `authorization.people.access` on billing's
models.
"""

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
    """Returns visible sessions. They contain payments, so they need a role that may see money."""
    return access.filter_permitted(
        Session.objects.all(),
        viewer,
        host="host_id",
        property_="property_id",
        charger="charger_id",
        right=Right.SEE_MONEY,
    )


def complaints(viewer: Viewer) -> QuerySet[Complaint]:
    """Returns complaints about receipts of visible sessions."""
    return Complaint.objects.filter(receipt__session__in=sessions(viewer))


def refund_offers(viewer: Viewer) -> QuerySet[RefundOffer]:
    """Returns refund offers for visible sessions."""
    return RefundOffer.objects.filter(receipt__session__in=sessions(viewer))


def rates(viewer: Viewer) -> QuerySet[Rate]:
    """Returns the host's rates except those of contracts; a grant for one property or charger does not include them."""
    return access.filter_permitted(
        Rate.objects.filter(contract=None), viewer, host="host_id", property_=None, charger=None
    )


def home_invoices(viewer: Viewer) -> QuerySet[HomeInvoice]:
    """Returns employers' invoices, for roles that may see money."""
    return access.filter_permitted(
        HomeInvoice.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def webhook_endpoints(viewer: Viewer) -> QuerySet[WebhookEndpoint]:
    """Returns webhook endpoints, for roles that may see money, because endpoints receive payments."""
    return access.filter_permitted(
        WebhookEndpoint.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def payouts(viewer: Viewer) -> QuerySet[Payout]:
    """Returns payouts to hosts, for roles that may see money."""
    return access.filter_permitted(
        Payout.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def bank_accounts(viewer: Viewer) -> QuerySet[BankAccount]:
    """Returns hosts' bank accounts, whose numbers are never shown whole, for roles that may see money."""
    return access.filter_permitted(
        BankAccount.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def bank_imports(viewer: Viewer) -> QuerySet[BankImport]:
    """Returns statements of hosts' accounts; those of the platform's own for agents only."""
    return access.filter_permitted(
        BankImport.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def bank_lines(viewer: Viewer) -> QuerySet[BankLine]:
    """Returns lines of hosts' accounts; those of the platform's own for agents only."""
    return access.filter_permitted(
        BankLine.objects.all(), viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY
    )


def payout_agreements(viewer: Viewer) -> QuerySet[PayoutAgreement]:
    """Returns payout agreements, for roles that may see money.

    Versions that wait for a second agent are for agents only.
    """
    rows = PayoutAgreement.objects.all()
    rows = rows if getattr(viewer, "is_agent", False) else rows.filter(state=PayoutAgreement.State.AGREED)
    return access.filter_permitted(rows, viewer, host="host_id", property_=None, charger=None, right=Right.SEE_MONEY)
