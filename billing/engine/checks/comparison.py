"""Compares many sessions at two prices: sums, and the largest changes. Constant memory."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

SHOWN: Final = 10


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One session at both prices, in minor units; ordered by the size of the change."""

    weight: int
    key: str
    before_minor: int
    after_minor: int

    @property
    def difference_minor(self) -> int:
        return self.after_minor - self.before_minor


@dataclass(slots=True)
class Comparison:
    """The comparison so far, extended by `add` and `leave_out`; amounts are minor units of one currency."""

    sessions: int = 0
    before_minor: int = 0
    after_minor: int = 0
    before_net_minor: int = 0
    after_net_minor: int = 0
    dearer: int = 0
    cheaper: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_minor: int = 0
    _most: list[Change] = field(default_factory=list)

    def add(self, key: str, *, before: tuple[int, int], after: tuple[int, int]) -> None:
        """Adds total and net of one session, as billed and as it would have been."""
        self.sessions += 1
        self.before_minor += before[0]
        self.before_net_minor += before[1]
        self.after_minor += after[0]
        self.after_net_minor += after[1]
        difference = after[0] - before[0]
        self.dearer += difference > 0
        self.cheaper += difference < 0
        if not difference:
            return
        change = Change(abs(difference), key, before[0], after[0])
        if len(self._most) < SHOWN:
            heapq.heappush(self._most, change)
        else:
            heapq.heappushpop(self._most, change)

    def leave_out(self, why: str, *, billed_minor: int) -> None:
        """Excludes a session that cannot be priced again; its billed amount is summed separately."""
        self.left_out[why] += 1
        self.left_out_minor += billed_minor

    @property
    def most_changed(self) -> list[Change]:
        return sorted(self._most, reverse=True)

    def as_json(self) -> dict[str, Any]:
        return {
            "sessions": self.sessions,
            "before_minor": self.before_minor,
            "after_minor": self.after_minor,
            "before_net_minor": self.before_net_minor,
            "after_net_minor": self.after_net_minor,
            "difference_minor": self.after_minor - self.before_minor,
            "less_minor": self.before_minor - self.after_minor,
            "dearer": self.dearer,
            "cheaper": self.cheaper,
            "unchanged": self.sessions - self.dearer - self.cheaper,
            "left_out": [{"why": why, "sessions": count} for why, count in sorted(self.left_out.items())],
            "left_out_minor": self.left_out_minor,
            "most_changed": [
                {"session": change.key, "before_minor": change.before_minor, "after_minor": change.after_minor}
                for change in self.most_changed
            ],
        }
