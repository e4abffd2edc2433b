"""The company data printed on a payout's documents, fixed when the payout is closed."""

from typing import TypedDict

from billing.models import Payout
from billing.sessions.documents import issuer


class PrintedCompany(TypedDict):
    """`issuer`: the company's name, address and tax number, one per line, without empty lines."""

    issuer: list[str]
    payee: str


def now(payout: Payout) -> PrintedCompany:
    """Returns the current data of the host and the property."""
    return {"issuer": issuer.company(payout.host), "payee": str(payout.property or payout.host)}


def read(payout: Payout) -> PrintedCompany:
    """Returns the data as of the closing, or the current data if the payout is not closed yet."""
    return payout.printed or now(payout)
