"""Access > Tokens: whitelisting a UID by picking a local group and pressing "Add Token"."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessGrant, AuditEntry, Decision, Token, User
from tests.kit.world import tap

ADD_AND_EXPORT = (">Add Token</a>", ">Export</a>")


def add(client, group, uid="04DEADBEEF01"):
    return client.post(f"/authorization/tokens/add/?uid={uid}&charger=CP1", {"uid": uid, "group": group.pk})


def test_it_turns_a_refused_card_into_an_accepted_one(world, client_of):
    tap(world.charger, "04:de:ad:be:ef:01")
    assert Decision.objects.get().verdict == "refused"

    response = add(client_of(world.owner), world.group)

    assert response.status_code == 302
    assert response.headers["Location"] == "/chargers/CP1/logs/"
    tap(world.charger, "04:de:ad:be:ef:01")
    assert Decision.objects.order_by("-id").first().verdict == "accepted"


@pytest.mark.parametrize("uid", ["ZZ ZZ !!", "CARD#7", "A/B"])
def test_it_refuses_what_no_card_can_be_and_names_what_is_allowed(world, client_of, uid):
    response = add(client_of(world.owner), world.group, uid=uid)

    assert response.status_code == 200
    assert "has only letters, digits and * - _ = : + | @ ." in response.content.decode()
    assert not Token.objects.exclude(pk=world.member.pk).exists()


def test_it_fills_in_the_uid_and_the_only_group_that_opens_the_charger(world, client_of):
    text = client_of(world.owner).get("/authorization/tokens/add/?uid=04DEADBEEF01&charger=CP1").content.decode()

    assert 'value="04DEADBEEF01"' in text
    assert f'<option value="{world.group.pk}" selected>' in text


def test_it_writes_down_who_added_it(world, client_of):
    add(client_of(world.owner), world.group)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.after["uid"]) == (
        "user:owner@example.com",
        "token.whitelisted",
        "04DEADBEEF01",
    )


def test_adding_it_twice_changes_nothing(world, client_of):
    client = client_of(world.owner)

    add(client, world.group)
    add(client, world.group)

    assert Token.objects.filter(canonical_uid="04DEADBEEF01").count() == 1


def test_it_leaves_a_blocked_card_blocked(world, client_of):
    Token.objects.filter(pk=world.member.pk).update(blocked=True)

    add(client_of(world.owner), world.group, uid="04A1B2C3D4")

    assert Token.objects.get(pk=world.member.pk).blocked


def test_it_refuses_a_foreign_group(world, client_of):
    response = add(client_of(world.stranger), world.group)

    assert response.status_code == 200
    assert not Token.objects.filter(canonical_uid="04DEADBEEF01").exists()


def test_it_refuses_a_teammate_who_may_only_look(world, client_of):
    response = add(client_of(world.teammate), world.group)

    assert response.status_code == 404
    assert not Token.objects.filter(canonical_uid="04DEADBEEF01").exists()


@pytest.mark.parametrize("uid", ["", "x" * 60, "04\x00DE", "О4A1B2C3D4"])
def test_it_names_what_is_wrong_with_a_uid(world, client_of, uid):
    response = add(client_of(world.owner), world.group, uid=uid)

    assert response.status_code == 200
    assert response.context["form"].errors["uid"]
    assert Token.objects.count() == 1


@pytest.mark.parametrize("query", ["04A1B2C3D4", "04:a1:b2:c3:d4", "04 A1 B2", "SUN-1"])
def test_it_finds_a_card_in_any_notation(world, client_of, query):
    text = client_of(world.owner).get("/authorization/tokens/", {"q": query}).content.decode()

    assert f"/authorization/tokens/{world.member.pk}/" in text


def test_it_offers_the_card_whose_bytes_are_the_other_way_round(world, client_of):
    text = client_of(world.owner).get("/authorization/tokens/", {"q": "D4C3B2A104"}).content.decode()

    assert "Did you mean" in text
    assert "04A1B2C3D4" in text


def test_it_offers_to_add_and_export_to_those_who_may(world, client_of):
    now = datetime.now(tz=UTC)
    outsider = User.objects.create(email="outsider@example.com", email_confirmed_at=now)
    AccessGrant.objects.create(
        user=outsider,
        host=world.host,
        charger=world.charger,
        role="operator",
        granted_at=now,
        ends_at=now + timedelta(days=7),
    )

    offered = {
        person: [word in client_of(person).get("/authorization/tokens/").content.decode() for word in ADD_AND_EXPORT]
        for person in (world.owner, world.teammate, outsider)
    }

    assert offered == {world.owner: [True, True], world.teammate: [False, True], outsider: [False, False]}
    overview = client_of(outsider).get("/chargers/CP1/").content.decode()
    assert "Residents" in overview
    assert "/authorization/groups/residents/" not in overview


def test_it_tells_those_who_may_not_add_whom_to_ask(world, client_of):
    page = client_of(world.teammate).get("/authorization/tokens/add/?uid=04DEADBEEF01&charger=CP1").content.decode()

    assert "Owners and managers add cards" in page
    assert "04DEADBEEF01" in page
    assert "Add Token</button>" not in page


def test_a_cars_own_id_is_no_card(world, client_of):
    refused = add(client_of(world.owner), world.group, uid="VID:AABBCCDDEEFF")

    assert "cars are let in under Autocharge" in refused.content.decode()
    assert Token.objects.count() == 1
