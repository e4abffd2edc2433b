"""A deviation with its evidence."""

from dataclasses import dataclass
from typing import Any

from billing.roaming.docket import masking
from billing.roaming.docket.facts import Side


@dataclass(frozen=True, slots=True)
class Deviation:
    """What one message deviates in: the code of the clause, who wrote the message, and where in it, masked."""

    code: str
    author: Side
    path: str
    value: str = ""


def build(code: str, author: Side, path: str, value: Any = None) -> Deviation:
    """Returns a deviation whose evidence is masked by the name of its field; without a value the path says all."""
    name = path.rpartition(".")[2].partition("[")[0].rpartition(" ")[2]
    return Deviation(code, author, path, "" if value is None else masking.quote_value(name, value))
