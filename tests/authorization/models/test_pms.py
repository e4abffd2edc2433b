"""Listings of property systems as lists name them."""

from authorization.models import PmsListing
from authorization.models.pms import StayHours, system_choices
from authorization.pms.systems import catalogue


def test_a_listing_without_a_name_is_called_by_its_key():
    assert str(PmsListing(key="4711", name="Sunset 2B")) == "Sunset 2B"
    assert str(PmsListing(key="4711")) == "4711"


def test_stays_begin_in_the_afternoon_and_end_before_noon_by_default():
    hours = StayHours()

    assert (f"{hours.check_in:%H:%M}", f"{hours.check_out:%H:%M}") == ("15:00", "11:00")


def test_every_system_of_the_catalogue_can_be_chosen():
    assert [kind for kind, _ in system_choices()] == list(catalogue.ALL)
