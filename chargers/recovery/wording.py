"""Sentences about the ladder for hosts and agents, in English."""

from collections.abc import Mapping
from typing import Final

from chargers.recovery import next_step
from chargers.recovery.next_step import Hindrance, Kind, Record, Step

TITLES: Final = {
    Step.TRIGGER: "Ask the charger for its status",
    Step.RESET_SOFT: "Soft reset",
    Step.RESET_HARD: "Hard reset",
    Step.UNLOCK: "Unlock the connector",
    Step.TICKET: "Open a ticket with support",
}
MEANS: Final = {
    Step.TRIGGER: "It changes nothing. Where the fault is over and we were not informed, that is all it takes.",
    Step.RESET_SOFT: "The charger restarts its software. At most once a day.",
    Step.RESET_HARD: "The charger restarts as if it were switched off and on. At most once a day.",
    Step.UNLOCK: "Only where the charger reports that the lock of a connector is stuck.",
    Step.TICKET: "Where nothing helped, or the charger stays offline: a person looks at it.",
}
WAITS: Final = {
    Hindrance.CHARGING: "a car charges",
    Hindrance.PLUGGED_IN: "a car is plugged in",
    Hindrance.PAID: "a guest has paid and is about to charge",
    Hindrance.STARTING: "a session is about to start",
    Hindrance.RESERVED: "it is reserved",
    Hindrance.MAINTENANCE: "maintenance is in force",
    Hindrance.FIRMWARE: "its firmware is being updated",
    Hindrance.LED: "another back office leads it",
    Kind.OFFLINE: "it is offline, and no command reaches it",
}


def describe_wait(code: str) -> str:
    """Returns why the ladder waits; empty while the last step may still show its effect."""
    return next((text for key, text in WAITS.items() if key.value == code), "")


def why_ordered(records: Mapping[Step, Record]) -> list[str]:
    """Returns why the order is unusual, and which steps are left out; empty for the usual order."""
    sentences = [
        f"“{TITLES[harder]}” comes before “{TITLES[gentler]}”: it helped {_share(records[harder])}, "
        f"“{TITLES[gentler]}” {_share(records[gentler])}."
        for harder, gentler in next_step.brought_forward(records)
        if not records[gentler].never_helps
    ]
    sentences += [
        f"“{TITLES[step]}” is left out: it never helped in {records[step].tried} tries."
        for step in Step
        if step in records and records[step].never_helps
    ]
    return sentences


def _share(record: Record) -> str:
    return f"{record.recovered} of {record.tried} times"
