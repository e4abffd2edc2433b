"""The issuer of a document: the company's details, which a document stores when it is issued."""

from billing.models import HomeInvoice
from chargers.models import Host


def company(host: Host) -> list[str]:
    """Returns the host's current name, address and tax number, one line each, without empty lines."""
    return [text for text in (host.legal_name or host.name, host.legal_address, host.tax_number) if text]


def of_home_invoice(invoice: HomeInvoice) -> list[str]:
    """Returns the issuer as stored with the invoice; the current details if the previous version issued it during the
    update.
    """
    lines: list[str] | None = invoice.printed.get("issuer")
    return company(invoice.host) if lines is None else lines
