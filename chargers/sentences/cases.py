"""Sentences about transactions that need attention: ends without a stop, impossible energy. Pure."""

from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark


class CaseCode(StrEnum):
    """Codes of sentences about cases of transactions."""

    NEVER_STOPPED = "case.never_stopped"
    CLOSED_UNSTOPPED = "case.closed_unstopped"
    FREED_UNSTOPPED = "case.freed_unstopped"
    ENDED_UNTOLD = "case.ended_untold"
    FELL_SILENT = "case.fell_silent"
    HARDWARE_REPLACED = "case.hardware_replaced"
    NEVER_STARTED = "case.never_started"
    START_LOST = "case.start_lost"
    REGISTER_FELL = "case.register_fell"
    FROM_ZERO = "case.from_zero"
    TOO_MUCH_ENERGY = "case.too_much_energy"


PATTERNS: Final[dict[str, str]] = {
    CaseCode.NEVER_STOPPED: "The charger never reported a stop; ended at its last reading.",
    CaseCode.CLOSED_UNSTOPPED: "No stop was reported: the session was closed at its last meter value.",
    CaseCode.FREED_UNSTOPPED: "The connector was free again, and no stop was reported; ended at its last reading.",
    CaseCode.ENDED_UNTOLD: "The charger says that it is over, and never reported a stop; ended at its last reading.",
    CaseCode.FELL_SILENT: "The charger fell silent and reported no stop; ended at its last reading.",
    CaseCode.HARDWARE_REPLACED: "The hardware was replaced, and no stop was reported; ended at its last reading.",
    CaseCode.NEVER_STARTED: "The charger stopped transaction %(transaction)s, which it never started with us.",
    CaseCode.START_LOST: "The charger never reported the start; it is taken from what the outlet reported before.",
    CaseCode.REGISTER_FELL: mark("The register fell from %(begin)s Wh to %(end)s Wh."),
    CaseCode.FROM_ZERO: mark("The register was reported as 0 Wh at the start and %(end)s Wh at the end."),
    CaseCode.TOO_MUCH_ENERGY: mark("%(energy_kwh)s kWh in %(took)s is more than any charger can give."),
}
"""Guests also read those about energy, when their session waits for a review."""
