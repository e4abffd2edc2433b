"""Rate limit of one charger: excess frames wait, and a connection that stays above the limit is closed with 1008. Pure.

The allowance belongs to the charger, not the connection: it outlives a connection until it has refilled.

A charger that follows OCPP waits for each answer before its next CALL (OCPP-J 1.6 4.1.1), and never comes near these
limits, even while it sends what it stored while offline: 10,000 messages a minute are promised.
A charger that does not wait may run ahead for a while. Then it must wait: each answer is sent before the next call is
read, followed by a pause, so that the charger takes only SHARE of the journal's time and others hardly notice. Imposed
waits do not refill the allowance, so a charger that runs ahead without end is disconnected, however slowly it is read.
The limits leave room for:
- a station of 100 outlets that reports each of them every second: 100 frames a second, without ever having to wait;
- 2,000 frames ahead after a start: 1,000 status notifications and 500 transactions of a day offline;
- 20,000 more frames, sent at once after 30 days offline: they take minutes and are all read.
Of messages outside transactions only 1,000 more are read, because they count twenty times beyond the first 2,000.
Heartbeats and authorizations count twenty times from the first, because chargers neither store them nor send a hundred
at once.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

FRAMES_A_SECOND: Final = 200
FRAMES_AT_ONCE: Final = 2000
BYTES_A_SECOND: Final = 1024 * 1024
BYTES_AT_ONCE: Final = 16 * 1024 * 1024
PATIENCE_S: Final = 120.0
"""The longest time that a charger is slowed down before it is disconnected. 20,000 stored frames take 90 s of it."""
AHEAD_A_SECOND: Final = 110
AHEAD_AT_ONCE: Final = 2000
AHEAD_AT_MOST: Final = 20_000
FAR_AHEAD: Final = 120
"""The number of calls ahead that are read at full speed."""
SHARE: Final = 0.25
"""The share of time for the calls of a charger that is far ahead."""
LONGEST_PAUSE_S: Final = 0.5
_COUNTS_AS: Final = 20
_NEVER_STORED: Final = frozenset({"Heartbeat", "Authorize", "BootNotification"})
_OF_TRANSACTIONS: Final = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})
REFILLED_AFTER_S: Final = 2 * max(FRAMES_AT_ONCE / FRAMES_A_SECOND, BYTES_AT_ONCE / BYTES_A_SECOND)
"""After this long without a connection, the allowance is full again, even if it was overdrawn."""


@dataclass(slots=True, weakref_slot=True)
class Pace:
    """Two buckets that fill with time: one of frames, one of bytes."""

    now: float
    frames: float = FRAMES_AT_ONCE
    bytes: float = BYTES_AT_ONCE
    slowed_s: float = 0.0
    ahead: float = AHEAD_AT_ONCE
    ahead_at: float = 0.0

    def wait_s(self, size: int, *, now: float) -> float:
        """Takes a frame of this size and returns how long to wait before the next is read; usually 0."""
        passed = max(now - self.now, 0.0)
        self.now = now
        self.frames = min(self.frames + passed * FRAMES_A_SECOND, FRAMES_AT_ONCE) - 1
        self.bytes = min(self.bytes + passed * BYTES_A_SECOND, BYTES_AT_ONCE) - size
        wait = max(-self.frames / FRAMES_A_SECOND, -self.bytes / BYTES_A_SECOND, 0.0)
        self.slowed_s = self.slowed_s + wait if wait else 0.0 if self._is_at_ease() else self.slowed_s
        return wait

    def run_ahead(self, action: str, *, now: float) -> None:
        """Takes a call that came before the previous answer; `action` is empty for unreadable frames."""
        passed = max(now - self.ahead_at, 0.0)
        self.ahead_at = now
        self.ahead = min(self.ahead + passed * AHEAD_A_SECOND, AHEAD_AT_ONCE)
        counts_more = not action or action in _NEVER_STORED or (self.ahead < 0 and action not in _OF_TRANSACTIONS)
        self.ahead -= _COUNTS_AS if counts_more else 1

    def waited(self, *, now: float) -> None:
        """Ends a wait that we imposed.

        It adds nothing to the allowance, because the frames sent meanwhile are still unread.
        """
        self.ahead_at = max(self.ahead_at, now)

    @property
    def is_far_ahead(self) -> bool:
        """Whether each further call must wait for the previous answer, and a pause."""
        return self.ahead < AHEAD_AT_ONCE - FAR_AHEAD

    @property
    def is_flooding(self) -> bool:
        """Whether the charger was slowed down too long without a pause, or ran too far ahead."""
        return self.slowed_s > PATIENCE_S or self.ahead < -AHEAD_AT_MOST

    def _is_at_ease(self) -> bool:
        return self.frames > FRAMES_AT_ONCE / 2 and self.bytes > BYTES_AT_ONCE / 2


def pause_s(took_s: float) -> float:
    """Returns the pause after a call of a charger that is far ahead, from the time its answer took."""
    return min(took_s * (1 / SHARE - 1), LONGEST_PAUSE_S)


class Paces:
    """The paces of one gateway process: all connections of a charger share one."""

    def __init__(self) -> None:
        self._used: WeakValueDictionary[int, Pace] = WeakValueDictionary()
        self._left: deque[tuple[float, Pace]] = deque()

    def join(self, charger_pk: int, *, now: float) -> Pace:
        """Returns the charger's pace: the one of its last connection, unless that has refilled since."""
        self._forget(now=now)
        return self._used.setdefault(charger_pk, Pace(now=now))

    def leave(self, pace: Pace, *, now: float) -> None:
        """Keeps the charger's pace after a connection ended, until it has refilled."""
        self._forget(now=now)
        self._left.append((now, pace))

    def _forget(self, *, now: float) -> None:
        while self._left and now - self._left[0][0] >= REFILLED_AFTER_S:
            self._left.popleft()
