"""The host's own cards: found in any notation, whitelisted by a group, once."""

import pytest

from authorization.identifiers import uids
from authorization.models import Token
from authorization.tokens import tokens
from tests.kit import site as sites
from tests.kit.site import UID

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return sites.build()


@pytest.mark.parametrize("text", [UID, "04:a1:b2:c3:d4", " 04 A1 B2 C3 D4 ", "0x04a1b2c3d4"])
def test_it_finds_a_card_in_any_notation(site, text):
    token = sites.own_token(site)

    assert tokens.find(site.host, text) == token


@pytest.mark.parametrize("text", ["", "04A1", "04A1\x00", "A" * 60])
def test_it_finds_nothing_where_there_is_nothing(site, text):
    sites.own_token(site)

    assert tokens.find(site.host, text) is None


def test_it_never_finds_another_hosts_card_nor_a_providers(site):
    sites.own_token(sites.build("lakeside", charger_id="CP7"))
    sites.roaming_token()

    assert tokens.find(site.host, UID) is None


def test_it_adds_a_new_card_to_the_group(site):
    token = tokens.whitelist(group=site.residents, uid="04:a1:b2:c3:d4", visual_number="SUN-1", owner="Ada")

    assert (token.host, token.canonical_uid, token.uid) == (site.host, UID, "04:a1:b2:c3:d4")
    assert (token.visual_number, token.owner, token.valid, token.blocked) == ("SUN-1", "Ada", True, False)
    assert list(token.groups.all()) == [site.residents]


def test_it_changes_nothing_the_second_time(site):
    first = tokens.whitelist(group=site.residents, uid=UID, owner="Ada")

    second = tokens.whitelist(group=site.residents, uid="04 a1 b2 c3 d4", owner="Bob")

    assert second == first
    assert Token.objects.get().owner == "Ada"
    assert first.groups.count() == 1


def test_it_fills_in_what_was_not_known(site):
    tokens.whitelist(group=site.residents, uid=UID)

    tokens.whitelist(group=site.residents, uid=UID, visual_number="SUN-1", owner="Ada")

    assert (Token.objects.get().visual_number, Token.objects.get().owner) == ("SUN-1", "Ada")


def test_it_leaves_a_blocked_card_blocked(site):
    sites.own_token(site, blocked=True, valid=False)

    token = tokens.whitelist(group=site.residents, uid=UID)

    assert (token.blocked, token.valid) == (True, False)


def test_it_keeps_another_hosts_card_apart(site):
    other = sites.member_token(sites.build("lakeside", charger_id="CP7"))

    token = tokens.whitelist(group=site.residents, uid=UID)

    assert token != other
    assert token.host == site.host


def test_it_refuses_what_cannot_be_a_card(site):
    with pytest.raises(uids.UidError):
        tokens.whitelist(group=site.residents, uid="04A1\x00")

    assert not Token.objects.exists()


def test_it_takes_bytes_that_are_longer_with_separators_than_the_field(site):
    written = ":".join(["A1"] * 16)

    token = tokens.whitelist(group=site.residents, uid=written)

    assert token.canonical_uid == "A1" * 16
    assert tokens.find(site.host, written) == token
