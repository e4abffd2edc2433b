"""Hospitable."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.entry import WEBHOOK_SECRET, Credential, KnownSystem
from authorization.pms.systems.hospitable import calls, events

SYSTEM: Final = KnownSystem(
    kind="hospitable",
    name="Hospitable",
    means="All properties of an account, by a personal access token (Apps > API access).",
    system=calls,
    every=timedelta(minutes=5),
    address=calls.ADDRESS,
    credentials=(Credential(name="token", label="Personal access token"), WEBHOOK_SECRET),
    events=events,
    messenger=calls,
)
