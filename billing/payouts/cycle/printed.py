"""What stands on a payout's papers as it was when the payout was closed: a later change of the company leaves it."""

from typing import TypedDict

from billing.models import Payout
from billing.sessions.documents import issuer


class Printed(TypedDict):
    """`issuer`: the company's name, address and tax number, a line each, without empty ones."""

    issuer: list[str]
    payee: str


def now(payout: Payout) -> Printed:
    """As the host and the property are now."""
    return {"issuer": issuer.company(payout.host), "payee": str(payout.property or payout.host)}


def read(payout: Payout) -> Printed:
    """As they were when it was closed; as they are now if it was not closed yet."""
    return payout.printed or now(payout)
