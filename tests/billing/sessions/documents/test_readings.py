"""Why this amount: each line of a receipt with the readings that it rests on."""

import re
from datetime import timedelta

import pytest

from billing.models import Receipt
from tests.kit import charging
from tests.kit.documents import page_of, paid, pdf_of, place

__all__ = ["paid", "place"]
pytestmark = pytest.mark.django_db
IDLE = {
    "end of charging": r"Charging ended|Plugged in without charging from",
    "grace": "10 of 10 minutes of grace",
    "billed minutes": r"2\d completed minutes",
    "cap": r"at most \$10.825 a session",
    "time idle": r"Time idle:? 3\d min",
}


@pytest.mark.parametrize("field", IDLE)
def test_it_tells_idle_time_apart_from_charging(place, field):
    session = charging.overstay(place.charger, late=timedelta(minutes=35))

    assert re.search(IDLE[field], page_of(session)), page_of(session)
    assert re.search(IDLE[field], pdf_of(session)), pdf_of(session)
    assert "Time charging 2 h 00 min" in page_of(session)


def test_it_says_whether_started_or_completed_minutes_are_billed(world):
    started = charging.PLAIN | {"idle": {"per_min": "0.20", "grace_min": 10, "count": "started"}}
    charging.assign(charging.make_rate(world.host, definition=started), world.site, "member")
    session = charging.overstay(world.charger, late=timedelta(minutes=35, seconds=20))

    assert "Billed: 27 started minutes at $0.20, no limit is set." in page_of(session)
    assert "Billed: 27 started minutes at $0.20, no limit is set." in pdf_of(session)
    assert "completed minutes" not in page_of(session) + pdf_of(session)


def test_it_unfolds_each_line_to_its_own_readings(paid):
    text = page_of(paid)

    evening = text[text.index("Why this amount?") :]
    assert "start, meter at 1000 Wh" in evening
    assert "stop, meter at 21000 Wh" in evening
    document = Receipt.objects.get().document
    assert sum(line["wh"] for line in document["report"]["lines"] if line["kind"] == "energy") == 20_000
