"""What a charger did in the last day, in the active language: a connection that comes and goes ..."""

import pytest
from django.utils import translation

from support.lookup import recent_troubles
from tests.kit.guest import station
from tests.kit.guest_asking import Talk, _nobody_was_counted_yet, refused_start

__all__ = ["_nobody_was_counted_yet", "station"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
def test_nobody_hears_of_another_persons_card_as_theirs(world, station, language):
    """Anybody at the charger was told that “your card has a session running at another charger”."""
    refused_start(world)
    texts = {"nl": "Er gebeurt niets", "de": "Es passiert nichts", "fr": "Rien ne se passe", "es": "No pasa nada"}

    page = Talk("/help/c/SUN001/", texts.get(language, "nothing happens"), language=language).page

    with translation.override(language):
        assert translation.gettext("This card is already charging elsewhere") not in page
        generic = translation.gettext(recent_troubles._SOMEBODY_REFUSED).partition(". ")[0].partition("%(when)s")
    assert generic[0] in page
    assert "04A1B2" not in page
    assert "7781" not in page
