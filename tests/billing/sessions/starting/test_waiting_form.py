"""What a guest reads at a busy charger: since when, and whether somebody can be told."""

from billing.models import WaitingGuest
from tests.kit.guest import guest, station
from tests.kit.waiting_list import PAGE, _nobody_asked_before, ask, busy, text_of

__all__ = ["_nobody_asked_before", "busy", "guest", "station"]


def test_a_busy_charger_says_since_when_and_offers_to_tell(world, busy, guest):
    page = text_of(guest.get(PAGE))

    assert "In use since" in page
    assert "Tell me when it is free" in page


def test_a_free_charger_offers_nothing_and_takes_nobody(world, station, guest):
    assert "Tell me when it is free" not in text_of(guest.get(PAGE))

    assert ask(guest).url == PAGE
    assert not WaitingGuest.objects.exists()
