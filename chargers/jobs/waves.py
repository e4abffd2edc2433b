"""Which wave of a job runs, and when a job stops itself. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveCounts:
    """How the chargers of one wave are. What was skipped says nothing about the plan."""

    wave: int
    queued: int = 0
    sent: int = 0
    done: int = 0
    failed: int = 0

    @property
    def is_over(self) -> bool:
        return not self.queued and not self.sent

    def stops(self, *, at_pct: int) -> bool:
        """Whether more than this share failed, or will have failed whatever the rest of the wave does."""
        return self.failed * 100 > at_pct * (self.queued + self.sent + self.done + self.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a job does next: send to this wave, or nothing because it stopped at one, or because it is over."""

    wave: int | None = None
    stopped_at: int | None = None


def standing(waves: Iterable[WaveCounts], *, stops_at_pct: int, accepted: int) -> Standing:
    """`accepted`: up to this wave a person accepted the failures. A wave begins when the one before it is over."""
    for counts in sorted(waves, key=lambda wave_counts: wave_counts.wave):
        if counts.wave > accepted and counts.stops(at_pct=stops_at_pct) and stops_at_pct < 100:
            return Standing(stopped_at=counts.wave)
        if not counts.is_over:
            return Standing(wave=counts.wave)
    return Standing()


def wave_of(position: int, *, size: int | None) -> int:
    """The wave, from 1, of the charger at this position, from 0; all in one where there is no size."""
    return 1 if size is None else position // size + 1
