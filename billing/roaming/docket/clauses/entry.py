"""The form of an entry, and how clauses are cited by version.

Numbers are those of the published documents. OCPI 2.1.1 numbers no sections of its chapters on transport, and the
chapter on types has another number in 2.3.0: there the titles stand alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

V211: Final = "2.1.1"
V221: Final = "2.2.1"
V230: Final = "2.3.0"


class Fault(StrEnum):
    """Who has to change something: the author of the message, or nobody."""

    AUTHOR = "author"
    NOBODY = "nobody"


class Reaction(StrEnum):
    """What we did."""

    TOLERATED = "tolerated"
    REFUSED = "refused"
    RETRIED = "retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A kind of deviation.

    `sources` cites the clause by version; a version that is not in it has no such clause. `role`: whose message it is
    about, as a partner that is an eMSP, or a CPO, sends it.
    """

    code: str
    title: str
    module: str = ""
    role: str = "any"
    sources: Mapping[str, str]
    says: str
    reaction: Reaction
    ours: str
    remedy: str
    fault: Fault = Fault.AUTHOR

    def cite(self, version: str) -> str:
        """Returns the citation for a version; of an unknown one that of 2.2.1."""
        return self.sources.get(version) or self.sources.get(V221) or next(iter(self.sources.values()))


def cite(text: str, *, v211: str = "", v230: str = "") -> dict[str, str]:
    """Returns the citations of a clause that 2.2.1 and 2.3.0 have, in 2.3.0 under the same number unless it is given.

    2.1.1 has it only if it is named.
    """
    sources = {V211: f"OCPI 2.1.1, {v211}"} if v211 else {}
    return sources | {V221: f"OCPI 2.2.1, {text}", V230: f"OCPI 2.3.0, {v230 or text}"}


def cite_only(version: str, text: str) -> dict[str, str]:
    """Returns the citation of a clause that one version has."""
    return {version: f"OCPI {version}, {text}"}
