"""Cloudbeds."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.cloudbeds import calls
from authorization.pms.systems.entry import Credential, KnownSystem

SYSTEM: Final = KnownSystem(
    kind="cloudbeds",
    name="Cloudbeds",
    means="All rooms of a property, by an API key; charging can go onto the folio.",
    system=calls,
    every=timedelta(minutes=15),
    address=calls.ADDRESS,
    credentials=(
        Credential(name="key", label="API key"),
        Credential(
            name="property", label="Property ID", is_required=False, purpose="a key of several properties needs it"
        ),
    ),
    cashier=calls,
)
