"""Which rate a person pays, and the sentence that says why."""

from datetime import timedelta

from authorization.models import MobilityProvider, Token, TokenGroup
from billing.models import RateAssignment, RateVersion
from billing.pricing.rates import catalogue
from billing.pricing.rates.catalogue import AssignmentScope
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.resolver import resolve


def test_it_takes_the_rate_of_the_property(site):
    version = site.rate("guest")

    resolved = resolve(site, "guest")

    assert resolved.version == version
    assert resolved.reason == "Guests pay “Plain”, version 1, assigned to all chargers of Sunset 1."


def test_it_prefers_the_rate_of_the_charger(site):
    site.rate("guest")
    own = site.rate("guest", slug="fast", charger=site.charger)

    resolved = resolve(site, "guest")

    assert resolved.version == own
    assert resolved.reason == (
        "Guests pay “Fast”, version 1, assigned to charger SUN001. "
        "It goes before “Plain” for guests at all chargers of Sunset 1."
    )


def test_it_takes_the_newest_version(site):
    first = site.rate("member")
    newest = RateVersion.objects.create(rate=first.rate, number=2, definition=PLAIN, created_at=NOON)

    assert resolve(site, "member").version == newest


def test_it_tells_audiences_apart_and_says_where_there_is_no_rate(site):
    site.rate("guest")

    resolved = resolve(site, "roaming")

    assert resolved.version is None
    assert resolved.reason == "Roaming drivers have no rate at charger SUN001."


def test_it_asks_the_database_once(site, django_assert_num_queries):
    site.rate("guest")

    with django_assert_num_queries(1):
        assert resolve(site, "guest").version


def priced(site, slug, **place):
    version = site.rate(slug=slug)
    catalogue.assign(version.rate, AssignmentScope(property=site.place, **place))
    return version


def test_it_prefers_who_is_named_then_what_is_near_and_priority_before_both(site):
    group = TokenGroup.objects.create(host=site.host, slug="residents", name="Residents")
    group.tokens.add(site.member)
    general = priced(site, "general", audience="member")
    connector = priced(site, "connector", audience="member", charger=site.charger, evse_number=1)
    charger = priced(site, "charger", audience="member", charger=site.charger)
    residents = priced(site, "residents", audience="member", group=group)
    urgent = priced(site, "urgent", audience="member", priority=1, active_from=NOON, active_to=minutes(10))
    asked = {"token_id": site.member.pk, "evse_number": 1}

    def of(**who):
        return resolve(site, "member", at=minutes(10), **who).version

    assert resolve(site, "member", **asked).version == urgent
    assert of(**asked) == residents
    assert of(evse_number=1) == connector
    assert of(evse_number=2) == charger
    RateAssignment.objects.filter(charger=site.charger).delete()
    assert of(evse_number=2) == general


def test_it_names_what_it_went_before(site):
    group = TokenGroup.objects.create(host=site.host, slug="residents", name="Residents")
    group.tokens.add(site.member)
    priced(site, "plain", audience="member")
    priced(site, "homely", audience="member", group=group, priority=5)

    resolved = resolve(site, "member", token_id=site.member.pk)

    assert resolved.reason == (
        "Members of Residents pay “Homely”, version 1, assigned to all chargers of Sunset 1, with priority 5. "
        "It goes before “Plain” for members at all chargers of Sunset 1."
    )


def test_it_tells_roaming_partners_apart(site):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    theirs = Token.objects.create(msp=msp, uid="AB", canonical_uid="AB")
    everybody, partner = priced(site, "all", audience="roaming"), priced(site, "ems", audience="roaming", msp=msp)

    assert resolve(site, "roaming", token_id=theirs.pk).version == partner
    assert "Drivers of Example eMSP pay “Ems”" in resolve(site, "roaming", token_id=theirs.pk).reason
    assert resolve(site, "roaming", token_id=site.member.pk).version == everybody


def test_it_holds_an_assignment_within_its_times_only(site):
    spring = priced(site, "spring", audience="guest", active_from=minutes(10), active_to=minutes(20))

    found = [resolve(site, "guest", at=minutes(minute)).version for minute in (9, 10, 19, 20)]

    assert found == [None, spring, spring, None]


def test_it_gives_a_session_from_before_the_first_version_that_one_and_says_so(site):
    first = site.rate("member")

    resolved = resolve(site, "member", at=NOON - timedelta(days=40), now=minutes(1))

    assert resolved.version == first
    assert resolved.reason.endswith("No version was in force when the session began, so the first one holds.")
