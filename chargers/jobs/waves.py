"""Decides which wave of a job runs, and when a job stops itself. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveCounts:
    """The number of chargers of one wave in each state. Skipped ones are not counted."""

    wave: int
    queued: int = 0
    sent: int = 0
    done: int = 0
    failed: int = 0

    @property
    def is_over(self) -> bool:
        return not self.queued and not self.sent

    def stops(self, *, at_pct: int) -> bool:
        """Whether more than this share of the wave has failed, whatever its other chargers do."""
        return self.failed * 100 > at_pct * (self.queued + self.sent + self.done + self.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The next step of a job: send to `wave`; nothing, because it stopped at `stopped_at`; or neither, because it is
    over.
    """

    wave: int | None = None
    stopped_at: int | None = None


def decide_next_step(waves: Iterable[WaveCounts], *, stops_at_pct: int, accepted: int) -> Standing:
    """Decides the next step.

    `accepted` is the last wave whose failures a user accepted. Waves run one after another.
    """
    for counts in sorted(waves, key=lambda wave_counts: wave_counts.wave):
        if counts.wave > accepted and counts.stops(at_pct=stops_at_pct) and stops_at_pct < 100:
            return Standing(stopped_at=counts.wave)
        if not counts.is_over:
            return Standing(wave=counts.wave)
    return Standing()


def wave_of(position: int, *, size: int | None) -> int:
    """Returns the wave (from 1) of the charger at this position (from 0); without a size all are in one."""
    return 1 if size is None else position // size + 1
