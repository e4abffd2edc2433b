"""Where a rate is paid, as the linter asks."""

import pytest

from billing.engine.rate.tariff import parse_rate
from billing.models import Rate
from billing.pricing.rates import sites
from chargers.models import Charger, Connector, Property
from tests.kit import charging
from tests.kit.charging import PLAIN, YESTERDAY
from tests.kit.world import make_charger


@pytest.fixture
def rate(world) -> Rate:
    return charging.make_rate(world.host).rate


def test_a_place_has_the_strongest_connector_that_is_still_there(world):
    strong = make_charger(world.site, "CP2", station_id="SUN002")
    Connector.objects.filter(evse__charger=strong).update(max_power_w=50_000)

    whole = sites.build_for_scope(world.site, charger=None, audience="guest")
    alone = sites.build_for_scope(world.site, charger=world.charger, audience="guest")
    assert (whole.name, whole.max_power_w) == ("Sunset 1", 50_000)
    assert (alone.name, alone.max_power_w) == ("SUN001", 11_000)

    Charger.objects.filter(pk=strong.pk).update(retired_at=YESTERDAY)
    assert sites.build_for_scope(world.site, charger=None, audience="guest").max_power_w == 11_000
    Charger.objects.update(retired_at=YESTERDAY)
    assert sites.build_for_scope(world.site, charger=None, audience="guest").max_power_w == 0


@pytest.mark.parametrize(
    ("audience", "is_ad_hoc", "is_sale"),
    [("guest", True, True), ("member", False, True), ("roaming", False, True), ("reimbursement", False, False)],
)
def test_who_pays_says_whether_it_is_for_all_comers_and_a_sale(world, audience, is_ad_hoc, is_sale):
    place = sites.build_for_scope(world.site, charger=None, audience=audience)

    assert (place.is_ad_hoc, place.is_sale) == (is_ad_hoc, is_sale)


def test_a_property_without_a_country_is_in_its_hosts(world):
    assert sites.build_for_scope(world.site, charger=None, audience="guest").country == "US"
    world.site.country = "NL"
    assert sites.build_for_scope(world.site, charger=None, audience="guest").country == "NL"


def test_each_place_to_which_it_is_assigned_is_one(world, rate):
    assert sites.collect(rate) == ()
    charging.assign(rate.versions.get(), world.site, "guest", "member")

    assert [(place.name, place.is_ad_hoc) for place in sites.collect(rate)] == [("Sunset 1", True), ("Sunset 1", False)]


def test_a_rate_has_the_clock_of_its_first_property_or_of_its_hosts(world, rate):
    assert sites.time_zone(rate) == "America/New_York"
    Property.objects.create(host=world.host, slug="a", name="A first one", time_zone="America/Chicago")
    assert sites.time_zone(rate) == "America/Chicago"

    charging.assign(rate.versions.get(), world.site, "guest")

    assert sites.time_zone(rate) == "America/New_York"


def test_a_host_without_properties_has_utc(world, rate):
    foreign = charging.make_rate(world.stranger.memberships.get().host, slug="foreign").rate

    assert sites.time_zones([rate, foreign]) == {rate.pk: "America/New_York", foreign.pk: "UTC"}


def test_what_is_forbidden_at_a_place_is_refused_there_with_the_reason(world):
    """Guests in the EU pay for energy alone at 50 kW or more."""
    Connector.objects.update(max_power_w=50_000)
    here = sites.build_for_scope(world.site, charger=None, audience="guest")
    world.site.country = "DE"
    there = sites.build_for_scope(world.site, charger=None, audience="guest")

    assert sites.refusal(PLAIN, currency="EUR", places=[here]) == ""
    assert "Regulation (EU) 2023/1804" in sites.refusal(PLAIN, currency="EUR", places=[here, there])
    assert sites.refusal({"energy": PLAIN["energy"]}, currency="EUR", places=[there]) == ""


def test_a_rate_that_is_assigned_nowhere_is_checked_for_its_hosts_country(world, rate):
    assert sites.build_for_host(world.host).country == "US"
    assert sites.findings(rate, PLAIN) == sites.linting.findings(
        parse_rate(PLAIN, currency="USD"), places=[sites.build_for_host(world.host)]
    )
