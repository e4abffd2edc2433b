"""Properties > Disagreements: whom one back office refuses and another accepts."""

import pytest

from tests.kit.proxy_pages import led_tap

pytestmark = pytest.mark.fresh_log_in
REPORT = "/properties/sunset-1/disagreements/"
CARD = "04A1B2C3D4"


def test_the_report_says_who_refused_whom_how_often_and_since_when(world, client_of):
    for _ in range(2):
        led_tap(world, CARD, by="Partner", status="Blocked")
    led_tap(world, "STRANGER", by="Partner", status="Accepted")
    led_tap(world, "NOBODYS", by="Partner", status="Invalid")

    shown = client_of(world.owner).get(REPORT).text

    assert shown.count("<tr>") == 3
    assert "Ask Partner to whitelist it" in shown
    assert '<td class="num" data-label="Times">2</td>' in shown
    assert "NOBODYS" not in shown
