"""Examines an exchange by every rule."""

from typing import Final

from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import connection, drivers, envelope, paging, records, transport
from billing.roaming.docket.findings.deviation import Deviation

_RULES: Final = (
    transport.examine,
    envelope.examine,
    paging.examine,
    connection.examine,
    drivers.examine,
    records.examine,
)


def examine(facts: Facts) -> list[Deviation]:
    """Returns what deviates in the exchange: of each kind and author the first, with its evidence.

    Kinds whose clause its version does not have are left out.
    """
    deviations: dict[tuple[str, Side], Deviation] = {}
    for rule in _RULES:
        for deviation in rule(facts):
            if catalogue.applies(deviation.code, facts.version):
                deviations.setdefault((deviation.code, deviation.author), deviation)
    return list(deviations.values())
