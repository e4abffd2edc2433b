"""Who issues a document: the company's lines, as documents keep them when they are made."""

from billing.models import HomeInvoice
from chargers.models import Host


def company(host: Host) -> list[str]:
    """Its name, address and tax number as they are now, a line each, without empty ones."""
    return [text for text in (host.legal_name or host.name, host.legal_address, host.tax_number) if text]


def of_home_invoice(invoice: HomeInvoice) -> list[str]:
    """As they were when it was issued; as they are now of one that the version before issued during the update."""
    lines: list[str] | None = invoice.printed.get("issuer")
    return company(invoice.host) if lines is None else lines
