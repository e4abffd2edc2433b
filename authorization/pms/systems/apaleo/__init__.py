"""Apaleo."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.apaleo import calls
from authorization.pms.systems.entry import Credential, KnownSystem

SYSTEM: Final = KnownSystem(
    kind="apaleo",
    name="Apaleo",
    means="All units of a hotel’s account, by a simple client of your own; charging can go onto the folio.",
    system=calls,
    every=timedelta(minutes=5),
    address=calls.ADDRESS,
    credentials=(
        Credential(name="client_id", label="Client ID"),
        Credential(name="client_secret", label="Client secret"),
    ),
    tokens_a_day=100,
    cashier=calls,
)
