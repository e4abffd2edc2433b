"""Mews."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.entry import Credential, KnownSystem, to_charge
from authorization.pms.systems.mews import calls

SYSTEM: Final = KnownSystem(
    kind="mews",
    name="Mews",
    means="All rooms of a property, by the two tokens of a connection; charging can go onto the bill.",
    system=calls,
    every=timedelta(minutes=15),
    address=calls.ADDRESS,
    credentials=(
        Credential(name="client_token", label="Client token"),
        Credential(name="access_token", label="Access token"),
        to_charge("service", "Service for charging"),
        to_charge("tax_code", "Tax code of charging"),
    ),
    cashier=calls,
)
