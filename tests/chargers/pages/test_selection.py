"""The chargers that a bulk action is about, as the address says them."""

import pytest

from chargers.models import SettingTemplate
from tests.kit import charging
from tests.kit.jobs_pages import fleet
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db


def test_it_names_the_chosen_and_offers_what_can_be_done(fleet: World, client_of):
    SettingTemplate.objects.create(name="Alfen", family="1.6")
    charging.make_rate(fleet.host)

    text = client_of(fleet.owner).get("/chargers/bulk/", {"charger": ["CP1", "CP3"]}).content.decode()

    assert "2 chargers</h1>" in text
    assert "SUN002" not in text
    for words in (
        "Send a command",
        "Update the firmware",
        "Alfen",
        "Change a setting",
        "Plain",
        "Tags",
        "Print labels",
    ):
        assert words in text


def test_it_takes_all_that_match_the_filter(fleet: World, client_of):
    text = client_of(fleet.owner).get("/chargers/bulk/", {"all": "1", "q": "SUN002"}).content.decode()

    assert "1 charger</h1>" in text
    assert '<input type="hidden" name="q" value="SUN002">' in text


def test_it_does_nothing_without_a_charger(fleet: World, client_of):
    client = client_of(fleet.owner)

    assert "Choose at least one charger." in client.get("/chargers/bulk/", follow=True).content.decode()
    assert client_of(fleet.stranger).get("/chargers/bulk/", {"charger": "CP1"}).status_code == 302
