"""A charging schedule drawn: the numbers of an SVG, worked out here so that the template only places them."""

from chargers.models import Command
from tests.kit.console_pages import online, post

__all__ = ["online"]
CONSOLE = "/chargers/CP1/commands/"


def test_it_draws_the_schedule_that_the_charger_told(online, client_of):
    client = client_of(online.owner)
    post(client, ask="schedule", hours="2", unit="A")
    reply = {
        "status": "Accepted",
        "scheduleStart": "2026-03-10T12:00:00Z",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16},
                {"startPeriod": 3600, "limit": 6.5, "numberPhases": 1},
            ],
        },
    }
    Command.objects.update(state="accepted", reply=reply)

    page = client.get(f"{CONSOLE}{Command.objects.get().pk}/").content.decode()

    assert page.count('class="bar-step"') == 2
    assert "6.5 A" in page
    assert "<td>09:00</td><td>10:00</td>" in page  # in New York
