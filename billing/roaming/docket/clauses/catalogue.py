"""Every clause by its code."""

from collections.abc import Mapping
from typing import Final

from billing.roaming.docket.clauses import answers, connection, drivers, records, transport
from billing.roaming.docket.clauses.entry import Clause

_VERSIONS: Final = ("2.1.1", "2.2.1", "2.3.0")
ALL: Final[Mapping[str, Clause]] = {
    clause.code: clause for module in (transport, answers, connection, drivers, records) for clause in module.CLAUSES
}


def applies(code: str, version: str) -> bool:
    """Whether a version has the clause; where none is known, every version must have it."""
    sources = ALL[code].sources
    return version in sources if version else all(name in sources for name in _VERSIONS)
