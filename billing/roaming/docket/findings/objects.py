"""Turns defects of objects into deviations, and examines their times."""

from collections.abc import Iterator
from typing import Any, Final

from billing.roaming.docket import forms
from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import times
from billing.roaming.docket.findings.deviation import Deviation, build
from billing.roaming.docket.forms import Defect, DefectKind

_PREFIXES: Final = {"Token": "tokens", "Price": "prices"}
"""Objects within others that have clauses of their own."""


def examine(
    prefix: str, name: str, value: Any, *, author: Side, version: str, path: str = "$", is_patch: bool = False
) -> Iterator[Deviation]:
    """Yields what deviates from the tables of this version, under codes that begin with the prefix."""
    for defect in forms.examine(name, value, version=version, path=path, is_patch=is_patch):
        yield describe(f"{_PREFIXES.get(defect.owner, prefix)}.{defect.kind}", author, defect)
    for where, stated in forms.list_times(name, value, version=version, path=path):
        if isinstance(stated, str):
            yield from times.examine_time(author, where, stated)


def describe(code: str, author: Side, defect: Defect) -> Deviation:
    if defect.kind == DefectKind.LENGTH:
        return Deviation(code, author, defect.path, f"{len(defect.value)} characters, at most {defect.most}")
    return build(code, author, defect.path, defect.value)
