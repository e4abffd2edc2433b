"""Opening hours in the guest's language."""

import pytest
from django.utils import translation

from billing.formatting import opening_hours

HOURS = {day: ["08:00", "22:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": ["10:00", "00:00"]}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Mon–Fri 08:00–22:00, Sat 10:00–00:00, Sun closed"),
        ("nl", "ma–vr 08:00–22:00, za 10:00–00:00, zo gesloten"),
        ("de", "Mo–Fr 08:00–22:00, Sa 10:00–00:00, So geschlossen"),
    ],
)
def test_days_with_the_same_hours_stand_together(language, text):
    with translation.override(language):
        assert opening_hours.text(HOURS) == text


def test_always_open_needs_no_words():
    assert opening_hours.text({}) == ""
