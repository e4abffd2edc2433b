"""What looks wrong on a receipt, in English."""

import pytest

from billing.sentences import catalogue, doubts
from billing.sentences.doubts import DoubtCode
from chargers.sentences import stored


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    [
        (
            DoubtCode.CONNECTED_TWICE,
            {"minutes": 4, "within": 30},
            (
                "The same driver's session before this one had ended 4 min earlier: "
                "a restart within 30 minutes is one connection."
            ),
        ),
        (
            DoubtCode.FAULT_WHILE_IDLE,
            {"fault_at": "2026-03-10T17:05:00+00:00"},
            (
                "The connector reported a fault at 2026-03-10T17:05:00Z, while the idle fee ran: "
                "the cable may not have come out."
            ),
        ),
        (
            DoubtCode.BROKE_OFF,
            {"minutes": 4, "energy_wh": 300},
            "The charger ended the session after 4 min and 0.300 kWh; the driver did not end it.",
        ),
        (
            DoubtCode.NOTHING_DELIVERED,
            {"minutes": 1},
            "The charger ended the session after 1 min, before any energy was delivered.",
        ),
    ],
)
def test_it_says_what_is_wrong_with_the_evidence(code, facts, words):
    assert catalogue.english(stored.build_sentence(code, **facts)) == words


def test_every_code_has_a_pattern():
    assert set(doubts.PATTERNS) == set(DoubtCode)
