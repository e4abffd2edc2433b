"""Which rate a person pays, and the sentence that says why."""

from billing import rates
from billing.models import RateVersion
from tests.billing.conftest import NOON, PLAIN


def test_it_takes_the_rate_of_the_property(site):
    version = site.rate("guest")

    resolved = rates.resolve(site.charger, audience="guest")

    assert resolved.version == version
    assert resolved.reason == "Guests pay “Plain”, version 1, assigned to all chargers of Sunset 1."


def test_it_prefers_the_rate_of_the_charger(site):
    site.rate("guest")
    own = site.rate("guest", slug="fast", charger=site.charger)

    resolved = rates.resolve(site.charger, audience="guest")

    assert resolved.version == own
    assert resolved.reason == "Guests pay “Fast”, version 1, assigned to charger SUN001."


def test_it_takes_the_newest_version(site):
    first = site.rate("member")
    newest = RateVersion.objects.create(rate=first.rate, number=2, definition=PLAIN, created_at=NOON)

    assert rates.resolve(site.charger, audience="member").version == newest


def test_it_tells_audiences_apart_and_says_where_there_is_no_rate(site):
    site.rate("guest")

    resolved = rates.resolve(site.charger, audience="roaming")

    assert resolved.version is None
    assert resolved.reason == "Roaming drivers have no rate at charger SUN001."


def test_it_asks_the_database_once(site, django_assert_num_queries):
    site.rate("guest")

    with django_assert_num_queries(1):
        assert rates.resolve(site.charger, audience="guest").version
