"""Sentences on what looks wrong on a receipt, with the evidence. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark


class DoubtCode(StrEnum):
    """Codes of doubts. The part before the dot is the subject."""

    CONNECTED_TWICE = "doubt.connected_twice"
    FAULT_WHILE_IDLE = "doubt.fault_while_idle"
    BROKE_OFF = "doubt.broke_off"
    NOTHING_DELIVERED = "doubt.nothing_delivered"


PATTERNS: Final[Mapping[str, str]] = {
    DoubtCode.CONNECTED_TWICE: mark(
        "The same driver's session before this one had ended %(minutes)s min earlier: a restart within %(within)s "
        "minutes is one connection."
    ),
    DoubtCode.FAULT_WHILE_IDLE: mark(
        "The connector reported a fault at %(fault_at)s, while the idle fee ran: the cable may not have come out."
    ),
    DoubtCode.BROKE_OFF: mark(
        "The charger ended the session after %(minutes)s min and %(energy_wh)s; the driver did not end it."
    ),
    DoubtCode.NOTHING_DELIVERED: mark(
        "The charger ended the session after %(minutes)s min, before any energy was delivered."
    ),
}
