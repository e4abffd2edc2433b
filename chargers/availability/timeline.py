"""The state timeline of a charger: a lane for each connector, with offline times over its statuses."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from chargers.formatting import state_timeline
from chargers.formatting.state_timeline import Lane, State
from chargers.models import Charger, StateSpan

_Key = tuple[str, int | None, int | None]


def lanes_of(charger: Charger, *, since: datetime, now: datetime) -> list[Lane]:
    """Returns the lanes with one query. Without any status there is one lane, for the connection."""
    spans = _spans(charger, since=since, now=now)
    connection = spans.get((StateSpan.Track.CONNECTION, None, None), [])
    own = spans.get((StateSpan.Track.STATUS, None, None), [])
    fault_states = [state for state in own if state.code in {"faulted", "out_of_service"}]
    offline = [state for state in connection if state.code == "offline"]
    above = state_timeline.overlay_states(fault_states, offline)
    lanes = [
        state_timeline.draw_lane(_title(key), state_timeline.overlay_states(states, above), since=since, until=now)
        for key, states in sorted(spans.items(), key=lambda item: (item[0][1] or 0, item[0][2] or 0))
        if key[1] is not None
    ]
    return lanes or [state_timeline.draw_lane("Connection", connection, since=since, until=now)]


def _spans(charger: Charger, *, since: datetime, now: datetime) -> Mapping[_Key, list[State]]:
    rows = StateSpan.objects.filter(Q(until=None) | Q(until__gt=since), charger=charger, since__lt=now)
    by_track: dict[_Key, list[State]] = defaultdict(list)
    for row in rows.order_by("since"):
        detail = "" if row.detail in {"", "NoError"} else f": {row.detail}"
        by_track[row.track, row.evse_number, row.connector_number].append(
            State(
                code=row.state,
                words=f"{row.get_state_display()}{detail}",
                since=row.since,
                until=row.until or max(now, row.since),
            )
        )
    return by_track


def _title(key: _Key) -> str:
    _, evse, connector = key
    return f"Connector {evse}" if connector in {1, evse} else f"Connector {evse}.{connector}"
