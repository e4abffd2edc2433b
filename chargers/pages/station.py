"""A station with the running session of each connector, and the numbers of its drawing. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from chargers.fleet import condition
from chargers.formatting import quantities
from chargers.models import Connector, Transaction
from chargers.pages.frame import Frame, Plug, number_of

Figure = Literal["free", "plugged", "charging", "paused", "finished", "reserved", "closed", "faulted", "silent"]

WIDTH: Final = 560
_LANE: Final = 112
_TOP, _FOOT = 8, 6
_PILLAR_LEFT, _PILLAR_RIGHT = 246, 314
_CAR_AT, _MARK_AT = 172, 124
"""The distances from the edge of the pillar to the middle of a car, and to a mark if there is no car."""
_MAX_LANES: Final = 8
_LONGEST_LABEL: Final = 26
_FIGURES: Final[dict[str, Figure]] = {
    "Available": "free",
    "Preparing": "plugged",
    "Occupied": "plugged",
    "Charging": "charging",
    "SuspendedEV": "paused",
    "SuspendedEVSE": "paused",
    "Finishing": "finished",
    "Reserved": "reserved",
    "Unavailable": "closed",
    "Faulted": "faulted",
}
_WITH_CAR: Final = frozenset({"plugged", "charging", "paused", "finished"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorNow:
    """A connector and its running session. `power_w` is None if no power flows or was reported."""

    plug: Plug
    figure: Figure
    running: Transaction | None
    power_w: int | None

    @property
    def number(self) -> str:
        return number_of(self.plug)

    @property
    def has_car(self) -> bool:
        return self.figure in _WITH_CAR

    @property
    def summary(self) -> str:
        """Describes the connector for people who cannot see the drawing."""
        figures = [] if self.running is None else [quantities.kilowatt_hours_short(self.running.energy_wh)]
        figures += [] if self.power_w is None else [quantities.kilowatts(self.power_w)]
        return f"Connector {self.number}: {', '.join([self.plug.condition.word, *figures])}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The position of a connector's drawing. Shapes are written for the right side and mirrored for the left."""

    now: ConnectorNow
    turn: str
    number_x: int
    number_y: int
    label: str
    label_x: int
    label_y: int
    mark_x: int
    mark_y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """`kind` is the style of the whole station; `elsewhere` are sessions at none of its connectors."""

    kind: str
    connectors: tuple[ConnectorNow, ...]
    elsewhere: tuple[Transaction, ...]
    lanes: tuple[Lane, ...]
    is_single: bool
    left: int
    width: int
    height: int
    pillar_height: int

    @property
    def power_w(self) -> int | None:
        """Returns the total power of all connectors; None if there is none."""
        powers = [connector.power_w for connector in self.connectors if connector.power_w is not None]
        return sum(powers) if powers else None

    @property
    def summary(self) -> str:
        return " ".join(connector.summary for connector in self.connectors) or "No connector was reported yet."

    @property
    def not_drawn(self) -> int:
        return len(self.connectors) - len(self.lanes)


def of_frame(frame: Frame, running: Iterable[Transaction]) -> Station:
    """Returns the station as it is now; if a connector has several open transactions, the newest counts."""
    by_connector: dict[int, Transaction] = {}
    elsewhere = []
    for transaction in sorted(running, key=lambda row: row.started_at, reverse=True):
        connector = _connector_of(transaction, frame.plugs)
        if connector is None or connector.pk in by_connector:
            elsewhere.append(transaction)
        else:
            by_connector[connector.pk] = transaction
    online = frame.charger.is_online()
    connectors = tuple(_now(plug, by_connector.get(plug.connector.pk), online=online) for plug in frame.plugs)
    is_single = len(connectors) < 2
    shown_connectors = connectors[:_MAX_LANES]
    lanes = tuple(_build_lane(index + is_single, connector) for index, connector in enumerate(shown_connectors))
    rows = max((len(lanes) + 1) // 2, 1)
    left_x = _PILLAR_LEFT - 8 if is_single else 0
    height = _TOP + rows * _LANE + _FOOT
    return Station(
        kind=frame.condition.kind,
        connectors=connectors,
        elsewhere=tuple(elsewhere),
        lanes=lanes,
        is_single=is_single,
        left=left_x,
        width=WIDTH - left_x,
        height=height,
        pillar_height=height - _FOOT - _TOP - 4,
    )


def _connector_of(transaction: Transaction, plugs: Sequence[Plug]) -> Connector | None:
    """Returns the transaction's connector; if it names none and the outlet has several, the one in use."""
    rows = [plug.connector for plug in plugs if plug.connector.evse.number == transaction.evse_number]
    if transaction.connector_number is not None:
        rows = [row for row in rows if row.number == transaction.connector_number] or rows
    in_use = [row for row in rows if _FIGURES.get(condition.seen_status(row)) in _WITH_CAR]
    return next(iter(in_use or rows), None)


def _now(plug: Plug, transaction: Transaction | None, *, online: bool) -> ConnectorNow:
    status = condition.seen_status(plug.connector)
    flows = transaction is not None and online and status not in condition.PAUSED
    return ConnectorNow(
        plug=plug,
        figure=_FIGURES.get(status, "silent") if online else "silent",
        running=transaction,
        power_w=transaction.power_w if transaction is not None and flows else None,
    )


def _build_lane(index: int, connector: ConnectorNow) -> Lane:
    """Returns the position: even indexes are left of the pillar, odd ones right of it."""
    y = _TOP + index // 2 * _LANE
    is_left = index % 2 == 0
    edge, sign = (_PILLAR_LEFT, -1) if is_left else (_PILLAR_RIGHT, 1)
    middle = _CAR_AT if connector.has_car or connector.figure in {"reserved", "closed"} else _MARK_AT
    word = connector.plug.condition.word
    is_charging = connector.figure == "charging" and connector.power_w is not None
    label = quantities.kilowatts(connector.power_w) if is_charging else word
    return Lane(
        now=connector,
        turn=f"translate({edge} {y}) scale({sign} 1)",
        number_x=edge - sign * 15,
        number_y=y + 72,
        label=label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…",
        label_x=edge + sign * middle,
        label_y=y + 20,
        mark_x=edge + sign * middle,
        mark_y=y + 66,
    )
