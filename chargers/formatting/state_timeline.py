"""Geometry of the states of a charger and its connectors over time, as lanes of coloured pieces. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 18
_LEAST: Final = 1.0
"""Even a short outage should be visible."""
LOOKS: Final = {
    "free": "ok",
    "in_use": "busy",
    "faulted": "bad",
    "out_of_service": "warn",
    "offline": "bad",
    "online": "ok",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state of a lane; `words` is its label."""

    code: str
    words: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A rectangle, in units of the viewBox."""

    x: float
    width: float
    tone: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    title: str
    pieces: list[Piece]


def draw_lane(title: str, states: Iterable[State], *, since: datetime, until: datetime) -> Lane:
    """Draws states in order, cut at the edges; unknown times stay empty."""
    pieces = [
        _build_piece(state, since=since, until=until) for state in states if state.until > since and state.since < until
    ]
    return Lane(title=title, pieces=pieces)


def overlay_states(base: Sequence[State], above: Sequence[State]) -> list[State]:
    """Returns `base` where `above` does not cover it, because the last status is meaningless while a charger is
    offline.
    """
    states = list(above)
    for state in base:
        pieces = [state]
        for cover in above:
            pieces = [piece for part in pieces for piece in _subtract_cover(part, cover)]
        states += pieces
    return sorted(states, key=lambda state: state.since)


def _subtract_cover(state: State, cover: State) -> list[State]:
    if cover.until <= state.since or cover.since >= state.until:
        return [state]
    before = (state.since, min(state.until, cover.since))
    after = (max(state.since, cover.until), state.until)
    return [
        State(code=state.code, words=state.words, since=since, until=until)
        for since, until in (before, after)
        if since < until
    ]


def _build_piece(state: State, *, since: datetime, until: datetime) -> Piece:
    total_s = (until - since).total_seconds()
    begin = (max(state.since, since) - since).total_seconds() / total_s * WIDTH
    end = (min(state.until, until) - since).total_seconds() / total_s * WIDTH
    width = max(end - begin, _LEAST)
    return Piece(
        x=round(min(begin, WIDTH - width), 2), width=round(width, 2), tone=LOOKS.get(state.code, "unknown"), state=state
    )
