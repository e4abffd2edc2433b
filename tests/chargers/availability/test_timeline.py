"""The state timeline of a charger: a lane for each connector, with offline and broken over their statuses."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.availability import timeline
from chargers.formatting.state_timeline import Lane
from chargers.models import Charger, StateSpan

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(charger: Charger, state: str, begins: float, ends: float | None, **facts) -> None:
    track = facts.pop("track", "status")
    until = None if ends is None else NOON + ends * HOUR
    StateSpan.objects.create(
        charger=charger, track=track, state=state, since=NOON + begins * HOUR, until=until, **facts
    )


def lanes(charger: Charger) -> list[Lane]:
    return timeline.lanes_of(charger, since=NOON, now=NOON + 4 * HOUR)


def codes(lane: Lane) -> list[str]:
    return [piece.state.code for piece in lane.pieces]


@pytest.fixture(autouse=True)
def _no_spans(charger: Charger) -> None:
    StateSpan.objects.all().delete()


def test_without_a_status_there_is_a_lane_of_the_connection(charger: Charger):
    span(charger, "online", -1, 2, track="connection")
    span(charger, "offline", 2, None, track="connection")

    [lane] = lanes(charger)

    assert (lane.title, codes(lane)) == ("Connection", ["online", "offline"])


def test_each_connector_has_a_lane_in_its_order(charger: Charger):
    span(charger, "free", 0, None, evse_number=2, connector_number=2)
    span(charger, "free", 0, None, evse_number=1, connector_number=2)
    span(charger, "free", 0, None, evse_number=1, connector_number=1)

    assert [lane.title for lane in lanes(charger)] == ["Connector 1", "Connector 1.2", "Connector 2"]


def test_while_it_is_offline_or_broken_as_a_whole_the_connector_s_status_says_nothing(charger: Charger):
    span(charger, "free", 0, None, evse_number=1, connector_number=1)
    span(charger, "offline", 1, 2, track="connection")
    span(charger, "faulted", 3, 3.5)
    span(charger, "free", 3.5, None)

    [lane] = lanes(charger)

    assert codes(lane) == ["free", "offline", "free", "faulted", "free"]


def test_what_ended_before_or_begins_later_is_left_out(charger: Charger):
    span(charger, "free", -2, 0, evse_number=1, connector_number=1)
    span(charger, "in_use", 0, 1, evse_number=1, connector_number=1)

    [lane] = lanes(charger)

    assert codes(lane) == ["in_use"]


@pytest.mark.parametrize(("detail", "ending"), [("", ""), ("NoError", ""), ("GroundFailure", ": GroundFailure")])
def test_a_fault_is_named_where_there_is_one(charger: Charger, detail: str, ending: str):
    span(charger, "faulted", 0, None, evse_number=1, connector_number=1, detail=detail)

    [lane] = lanes(charger)

    assert lane.pieces[0].state.words == f"{StateSpan(state='faulted').get_state_display()}{ending}"
