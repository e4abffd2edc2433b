"""The time limit for plugging in after the payment, and whether the vehicle is plugged in already."""

import re
from datetime import timedelta

from billing.models import Session
from tests.kit.guest import guest, pay, station
from tests.kit.ordering import now

__all__ = ["guest", "station"]


def test_the_page_counts_down_the_time_to_plug_in_also_without_a_script(station, guest):
    pay(guest, station)
    session = Session.objects.get()

    text = guest.get(f"/s/{session.secret}/").content.decode()

    left = re.search(r'role="timer" data-until="[^"]+">(\d):(\d\d)<', text)
    assert left is not None
    assert 170 <= int(left[1]) * 60 + int(left[2]) <= 180, "as long as the ordered start is valid"
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    Session.objects.update(expires_at=now() + timedelta(seconds=50))

    assert "The time to plug in is over" in guest.get(f"/s/{session.secret}/").content.decode()
