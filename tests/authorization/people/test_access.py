"""Who sees and does what: the owner, a teammate, a guest with a grant, a stranger, an agent, and API keys."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from authorization.models import AccessGrant, ApiKey, Decision, Membership, User
from authorization.people import access
from chargers.lib import ids
from chargers.models import Charger, Command, Property
from tests.kit import site as sites

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
DAY = timedelta(days=1)
FILTERS = ("hosts", "properties", "chargers", "commands", "tokens", "groups", "decisions")


def person(email, **fields):
    return User.objects.create(email=email, **{"email_confirmed_at": NOW, **fields})


def member(host, role):
    user = person(f"{role}@example.com")
    Membership.objects.create(user=user, host=host, role=role)
    return user


def decision(site):
    return Decision.objects.create(
        id=ids.generate(now=NOW),
        at=NOW,
        event_at=NOW,
        kind="authorize",
        host=site.host,
        charger=site.charger,
        verdict="refused",
        status_16="Invalid",
        status_2x="Invalid",
        trace=[],
    )


def fill(site):
    sites.member_token(site)
    decision(site)
    Command.objects.create(
        id=ids.generate(now=NOW),
        charger=site.charger,
        action="Reset",
        payload={},
        origin="system",
        created_at=NOW,
        expires_at=NOW,
    )


def seen(viewer):
    """How many rows of each kind the viewer sees."""
    return {name: getattr(access, name)(viewer).count() for name in FILTERS}


@pytest.fixture
def ours():
    built = sites.build("sunset", charger_id="CP1")
    fill(built)
    return built


@pytest.fixture
def theirs():
    built = sites.build("lakeside", charger_id="CP7")
    fill(built)
    return built


@pytest.mark.parametrize("role", Membership.Role.values)
def test_it_shows_every_member_all_of_their_host_and_nothing_else(ours, theirs, role):
    user = member(ours.host, role)

    assert seen(user) == dict.fromkeys(FILTERS, 1)
    for name in FILTERS:
        assert theirs.host.pk not in _hosts_of(getattr(access, name)(user))


def test_it_shows_an_agent_everything(ours, theirs):
    sites.roaming_token()

    assert seen(person("agent@example.com", is_agent=True)) == {**dict.fromkeys(FILTERS, 2), "tokens": 3}


@pytest.mark.parametrize(
    "viewer",
    [
        AnonymousUser,
        lambda: person("stranger@example.com"),
        lambda: person("gone@example.com", is_agent=True, is_active=False),
    ],
    ids=["nobody", "stranger", "former agent"],
)
def test_it_shows_everybody_else_nothing(ours, viewer):
    assert seen(viewer()) == dict.fromkeys(FILTERS, 0)


def test_it_shows_a_member_nothing_once_they_are_switched_off(ours):
    user = member(ours.host, "owner")
    user.is_active = False

    assert seen(user) == dict.fromkeys(FILTERS, 0)


def test_it_never_shows_a_host_a_providers_cards(ours):
    sites.roaming_token("GOODCARD")

    assert [token.uid for token in access.tokens(member(ours.host, "owner"))] == [sites.UID]


def test_it_shows_an_api_key_its_host_and_an_agents_key_everything(ours, theirs):
    key, _ = ApiKey.objects.create_key(name="ours", host=ours.host)
    agents, _ = ApiKey.objects.create_key(name="agents", is_agent=True)

    assert seen(key) == dict.fromkeys(FILTERS, 1)
    assert seen(agents) == dict.fromkeys(FILTERS, 2)


def test_it_opens_one_charger_by_a_grant(ours):
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=ours.property)
    helper = _granted(ours, charger=other)

    assert [charger.charger_id for charger in access.chargers(helper)] == ["CP2"]
    assert seen(helper)["decisions"] == 0
    assert seen(helper)["tokens"] == 0


def test_it_opens_a_property_with_its_chargers_by_a_grant(ours):
    elsewhere = Property.objects.create(host=ours.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    Charger.objects.create(charger_id="CP3", station_id="S-CP3", property=elsewhere)
    helper = _granted(ours, property=ours.property)

    assert [place.slug for place in access.properties(helper)] == ["sunset-1"]
    assert [charger.charger_id for charger in access.chargers(helper)] == ["CP1"]
    assert seen(helper)["decisions"] == 1


def test_it_shows_a_property_once_however_many_chargers_it_has(ours):
    for number in range(2, 5):
        Charger.objects.create(charger_id=f"CP{number}", station_id=f"S-CP{number}", property=ours.property)
    both = _granted(ours, charger=ours.charger)
    AccessGrant.objects.create(
        user=both,
        host=ours.host,
        property=ours.property,
        role="operator",
        reason="",
        granted_at=NOW - DAY,
        ends_at=NOW + DAY,
    )

    assert [place.slug for place in access.properties(member(ours.host, "owner"))] == ["sunset-1"]
    assert [place.slug for place in access.properties(both)] == ["sunset-1"]
    assert access.chargers(both).count() == 4


def test_it_shows_the_property_of_a_granted_charger(ours):
    helper = _granted(ours, charger=ours.charger)

    assert [place.slug for place in access.properties(helper)] == ["sunset-1"]


def test_it_opens_a_whole_host_by_a_grant(ours, theirs):
    assert seen(_granted(ours)) == dict.fromkeys(FILTERS, 1)


@pytest.mark.parametrize(
    ("granted_at", "ends_at"), [(NOW - 8 * DAY, NOW - DAY), (NOW + DAY, NOW + 8 * DAY)], ids=["ended", "not begun"]
)
def test_it_lets_a_grant_end_by_itself(ours, granted_at, ends_at):
    helper = _granted(ours, granted_at=granted_at, ends_at=ends_at)

    assert seen(helper) == dict.fromkeys(FILTERS, 0)
    assert access.may_operate(helper, ours.charger) is False


@pytest.mark.parametrize(
    ("role", "manages", "operates"),
    [
        ("owner", True, True),
        ("manager", True, True),
        ("operator", False, True),
        ("installer", False, True),
        ("finance", False, False),
        ("read_only", False, False),
    ],
)
def test_it_lets_each_role_do_its_part(ours, theirs, role, manages, operates):
    user = member(ours.host, role)

    assert access.may_manage(user, ours.host) is manages
    assert access.may_operate(user, ours.charger) is operates
    assert access.may_manage(user, theirs.host) is False
    assert access.may_operate(user, theirs.charger) is False


def test_it_lets_agents_and_a_hosts_key_manage_and_nobody_else(ours, theirs):
    key, _ = ApiKey.objects.create_key(name="ours", host=ours.host)

    assert access.may_manage(person("agent@example.com", is_agent=True), ours.host) is True
    assert access.may_manage(key, ours.host) is True
    assert access.may_manage(key, theirs.host) is False
    assert access.may_operate(key, theirs.charger) is False
    assert access.may_manage(AnonymousUser(), ours.host) is False
    assert access.may_operate(person("stranger@example.com"), ours.charger) is False


def test_it_lets_a_grant_operate_only_what_it_opens_and_only_in_its_role(ours):
    other = Charger.objects.create(charger_id="CP2", station_id="S-CP2", property=ours.property)
    installer = _granted(ours, charger=other, role="installer")

    assert access.may_operate(installer, other) is True
    assert access.may_operate(installer, ours.charger) is False
    assert access.may_manage(installer, ours.host) is False
    AccessGrant.objects.update(role="read_only")
    assert access.may_operate(installer, other) is False


def _granted(site, **fields):
    user = person("helper@example.com")
    AccessGrant.objects.create(
        **{
            "user": user,
            "host": site.host,
            "role": "operator",
            "reason": "ticket 7",
            "granted_at": NOW - DAY,
            "ends_at": NOW + DAY,
            **fields,
        }
    )
    return user


def _hosts_of(rows):
    paths = {
        "Host": "pk",
        "Property": "host_id",
        "Charger": "property__host_id",
        "Command": "charger__property__host_id",
    }
    return set(rows.values_list(paths.get(rows.model.__name__, "host_id"), flat=True))
