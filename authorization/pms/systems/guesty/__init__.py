"""Guesty."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.entry import WEBHOOK_SECRET, Credential, KnownSystem
from authorization.pms.systems.guesty import calls, events

SYSTEM: Final = KnownSystem(
    kind="guesty",
    name="Guesty",
    means="All listings of an account, by an API key of its own (Integrations > OAuth applications).",
    system=calls,
    every=timedelta(minutes=15),
    address=calls.ADDRESS,
    credentials=(
        Credential(name="client_id", label="Client ID"),
        Credential(name="client_secret", label="Client secret"),
        WEBHOOK_SECRET,
    ),
    tokens_a_day=5,
    events=events,
    messenger=calls,
    cashier=calls,
)
