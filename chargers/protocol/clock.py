"""Measures the offset of a charger's clock from ours, by the times in its live messages. Pure.

Status messages count, and transaction events not marked as offline, because chargers do not store them. If they are
sent late anyway, each shows a different offset and none agree. Meter values may be stored and then sent at once, so
they count only if they are as far apart as live ones.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low

from chargers.protocol import fields
from chargers.protocol.events import (
    Event,
    MeterValuesReported,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)

KEPT = 5
AGREEING = 3
TOLERANCE_S = 5
APART = timedelta(seconds=8)
"""Stored meter values follow each other faster. This exceeds the tolerance, otherwise a quick series would agree."""

WORTH_TELLING_S = 2
NOTED_AGAIN_AFTER = timedelta(hours=1)
_MAX_S = 2**31 - 1


@dataclass(slots=True)
class Clock:
    """The latest comparisons of one connection, in seconds by which the charger is ahead."""

    heard: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))
    offset_s: int | None = None
    reported_at: datetime | None = None
    readings_at: datetime | None = None
    """When meter values last arrived."""

    def hear(self, time_text: str, *, received_at: datetime) -> bool:
        """Adds a stated time. True if the offset became known, moved beyond jitter, or is due to be reported again."""
        at = fields.instant(time_text)
        if at is None:
            return False
        self.heard.append(max(-_MAX_S, min(round((at - received_at).total_seconds()), _MAX_S)))
        middle = median_low(self.heard)
        if sum(abs(offset - middle) <= TOLERANCE_S for offset in self.heard) < AGREEING:
            return False
        is_old = self.reported_at is None or received_at - self.reported_at >= NOTED_AGAIN_AFTER
        if self.offset_s is not None and abs(middle - self.offset_s) < WORTH_TELLING_S and not is_old:
            return False
        self.offset_s, self.reported_at = middle, received_at
        return True

    def hear_readings(self, time_text: str, *, received_at: datetime) -> bool:
        """Adds a time from meter values, which may be old ones."""
        before, self.readings_at = self.readings_at, received_at
        if before is None or received_at - before < APART:
            return False
        return self.hear(time_text, received_at=received_at)


def stated_in_readings(event: Event) -> str:
    """Returns the time of a single reading in meter values; empty for others.

    Several readings were taken one after another.
    """
    match event:
        case MeterValuesReported(readings=(reading,)):
            return reading.time.text
        case _:
            return ""


def stated_now(event: Event) -> str:
    """Returns the time of a live message; empty if it states none, or may be old."""
    match event:
        case StatusReported():
            return event.time.text
        case TransactionStarted() | TransactionUpdated() | TransactionEnded():
            return event.time.text if not event.offline and event.trigger else ""
        case _:
            return ""
