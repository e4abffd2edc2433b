"""What chargers know of cards by themselves: one charger's list, all of them, and what revoking a card does there."""

import pytest

from authorization.models import ApiKey, AuditEntry, Token
from chargers.local_lists import list_state, sync
from chargers.models import CardMemory, Command, Variable
from tests.kit.callers import Api, make_key
from tests.kit.local_list_pages import at, holding, text_of

__all__ = ["holding"]
pytestmark = pytest.mark.django_db
PAGE = "/chargers/CP1/local-list/"
OVERVIEW = "/authorization/offline/"
PEOPLE = [("owner", 200, 302), ("teammate", 200, 404), ("stranger", 404, 404), ("agent", 200, 302)]


def look():
    for pks in sync.due(now=at()).values():
        sync.keep(pks, now=at())


@pytest.mark.parametrize(("person", "seen", "posted"), PEOPLE)
def test_only_managers_and_agents_change_what_is_kept_on_a_charger(world, client_of, person, seen, posted):
    client = client_of(getattr(world, person))

    assert client.get(PAGE).status_code == seen
    assert client.post(PAGE, {"step": "choose", "choice": "on"}).status_code == posted
    assert CardMemory.objects.filter(choice="on").exists() == (posted == 302)
    assert client.post("/chargers/NOBODY/local-list/", {"step": "push"}).status_code == 404


def test_it_shows_both_versions_the_room_and_what_differs(holding, client_of):
    Token.objects.update(blocked=True)
    extra = Token.objects.create(host=holding.host, uid="04EE", canonical_uid="04EE", owner="Ada")
    extra.groups.add(holding.group)

    page = text_of(client_of(holding.owner).get(PAGE))

    assert "<dt>Our version</dt><dd>4</dd>" in page
    assert "1 of at most 50" in page
    assert "is to be added" in page
    assert "is to be removed" in page
    assert "Ada" in page


def test_it_says_what_was_left_out_and_why(holding, client_of):
    Variable.objects.filter(name="LocalAuthListMaxLength").update(value="1")
    extra = Token.objects.create(host=holding.host, uid="04EE", canonical_uid="04EE")
    extra.groups.add(holding.group)

    page = text_of(client_of(holding.owner).get(PAGE))

    assert "The charger holds 1 cards; others charged here more lately." in page


def test_it_writes_down_who_chose_and_sends_anew_or_clears(holding, client_of):
    client = client_of(holding.owner)

    client.post(PAGE, {"step": "push"})
    look()
    assert Command.objects.get().action == "GetLocalListVersion"
    client.post(PAGE, {"step": "clear"})
    client.post(PAGE, {"step": "cache"})

    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["local_list.pushed", "local_list.cleared", "card_cache.cleared"]
    memory = CardMemory.objects.get(charger=holding.charger)
    assert memory.choice == "off"
    assert memory.cache_due_at is not None
    assert client.post(PAGE, {"step": "else"}).status_code == 404


def test_it_takes_a_blocked_card_off_at_once_and_names_who_goes_on_accepting_it(holding, client_of):
    client = client_of(holding.owner)
    flags = f"/authorization/tokens/{holding.member.pk}/flags/"

    page = text_of(client.get(f"{flags}?do=block"))
    client.post(flags, {"do": "block", "reason": "Lost"})
    look()

    assert "1 online charger holds it on the local list that we keep; it is taken off at once." in page
    assert "1 online charger with a cache of cards is asked to clear it." in page
    assert "SUN002</a>, Sunset 1: has this card on its local list." in page
    sent = {command.action: command for command in Command.objects.filter(charger=holding.charger)}
    assert sent["SendLocalList"].payload["localAuthorizationList"] == [{"idTag": holding.member.uid}]
    assert "ClearCache" in sent
    assert not Command.objects.filter(charger__charger_id="CP2").exists()
    overview = text_of(client.get(OVERVIEW))
    assert "goes on with its old list until it is back" in overview
    assert "The cache goes on accepting it until the charger is back." in overview


def test_it_names_who_goes_on_accepting_a_card_that_left_its_group(holding, client_of):
    client = client_of(holding.owner)

    left = client.post(f"/authorization/tokens/{holding.member.pk}/leave/", {"group": holding.group.pk}, follow=True)
    look()

    assert "may go on accepting it until the connection is back: SUN002." in text_of(left)
    assert {one.action for one in Command.objects.all()} == {"SendLocalList", "ClearCache"}


def test_it_clears_lists_and_caches_when_a_group_is_deleted(holding, client_of):
    address = f"/authorization/groups/{holding.group.pk}/delete/"
    client = client_of(holding.owner)

    page = text_of(client.get(address))
    client.post(address)
    look()

    assert "Offline now, and may go on accepting these cards" in page
    assert "SUN002" in page
    assert {one.action for one in Command.objects.all()} == {"SendLocalList", "ClearCache"}


@pytest.mark.parametrize("edge", ["page", "api"])
def test_it_clears_lists_and_caches_when_a_group_loses_its_doors(holding, client_of, edge):
    address = f"token-groups/{holding.group.pk}/"
    form = {"name": "Residents", "enabled": "on", "window-TOTAL_FORMS": "0", "window-INITIAL_FORMS": "0"}

    if edge == "page":
        client_of(holding.owner).post(f"/authorization/groups/{holding.group.pk}/edit/", form)
    else:
        assert Api(make_key(holding.host)).patch(address, {"properties": []}).status_code == 200
    look()

    assert not holding.group.properties.exists()
    assert {one.action for one in Command.objects.all()} == {"SendLocalList", "ClearCache"}


def test_it_leaves_caches_alone_where_another_door_stays_open(holding, client_of):
    other = holding.host.token_groups.create(slug="staff", name="Staff")
    other.properties.add(holding.site)
    holding.member.groups.add(other)

    client_of(holding.owner).post(f"/authorization/groups/{holding.group.pk}/delete/")
    look()

    assert not Command.objects.exists()


def test_it_does_not_warn_of_a_list_that_we_keep_and_warns_of_one_that_is_not_used(world, client_of):
    setting = Variable.objects.create(
        charger=world.charger, name="LocalAuthListEnabled", value="true", mutability="ReadWrite", reported_at=at()
    )
    page = "/chargers/CP1/configuration/"
    client = client_of(world.owner)
    assert "or let us keep the list in step" in text_of(client.get(page))

    list_state.choose(world.charger, "on")
    assert "or let us keep the list in step" not in text_of(client.get(page))
    setting.value = "false"
    setting.save()
    assert "and it does not use it." in text_of(client.get(page))


@pytest.mark.parametrize(("whose", "status"), [("sunset", 200), ("lakeside", 404), ("agent", 200)])
def test_it_tells_the_list_over_the_api(holding, client, whose, status):
    host = None if whose == "agent" else holding.host if whose == "sunset" else holding.stranger.memberships.get().host
    _, key = ApiKey.objects.create_key(name="k", host=host, is_agent=host is None)

    response = client.get("/api/v1/chargers/CP1/local-list/", headers={"Authorization": f"Api-Key {key}"})

    assert response.status_code == status
    if status == 200:
        told = response.json()
        assert (told["kept"], told["state"], told["version"], told["capacity"]) == (True, "in_step", 4, 50)
        assert (told["to_add"], told["to_remove"], told["left_out"]) == ([], [], [])
