"""Codes that a host posts: made, used by residents, answered, stopped; and every refusal says why."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.test import Client

from authorization.models import AuditEntry, Invitation, Token, User
from billing.models import Driver, DriverToken, Join, JoinCode, Letter
from billing.sessions.join_codes import codes
from billing.sessions.join_codes.codes import WantedCode
from chargers.models import Charger, Command, Connector, Property
from tests.kit.drivers import driver_of, text_of
from tests.kit.logging_in import after_log_in
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


@pytest.fixture(autouse=True)
def _forgotten(settings):
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def kim(db) -> Driver:
    return driver_of()


@pytest.fixture
def at_kims(kim, client_of) -> Client:
    return client_of(kim.user)


def make(world: World, **said) -> JoinCode:
    return codes.make(world.host, WantedCode(**{"name": "Lobby", "groups": [world.group]} | said), now=NOW)


def join(client: Client, code: JoinCode, **said) -> str:
    return text_of(client.post(f"/join/{code.formatted()}/", {"name": "Kim", "note": "2B", **said}, follow=True))


def answer(client: Client, asked: Join, do: str, **said) -> str:
    return text_of(client.post(f"/settings/join-codes/joins/{asked.pk}/", {"do": do, **said}, follow=True))


def test_a_resident_comes_from_the_notice_to_an_admitted_card(world, client_of):
    """From the host's form over the mailed link to the card at the reader, which is theirs from then on."""
    owner, guest = after_log_in(world.owner), Client()
    said = {"name": "Lobby", "property": "sunset-1", "groups": ["residents"], "most": "40", "last_day": "2126-01-31"}
    late = text_of(owner.post("/settings/join-codes/sunset/", said | {"last_day": "2020-01-31"}))
    assert "Choose a later day: this one is over." in late
    assert "without one: America/New_York" in late
    made = text_of(owner.post("/settings/join-codes/sunset/", said, follow=True))
    code = JoinCode.objects.get()
    assert code.formatted() in made
    assert "<svg" in made
    assert code.ends_at == datetime(2126, 2, 1, 5, tzinfo=UTC), "the end of the day in New York"

    page = text_of(guest.get(f"/join/{code.code.lower()}/"))
    assert "Join Sunset 1" in page
    assert "The host answers each request." in page
    guest.post("/drive/link", {"email": "Kim@Example.com", "join": code.formatted()})
    link = re.search(r"http://\S+?(/drive/come-in/\S+)", outbox.outbox[-1].body)[1]
    assert "Number of your charging card" in text_of(guest.post(link, follow=True)), "the link leads on to the code"
    waiting = join(guest, code, uid="04:ff:ee:00:42")
    assert "The host has not answered yet" in waiting
    assert tap(world.charger, "04FFEE0042").verdict == "Invalid"
    assert "1 waits to join by “Lobby”" in text_of(owner.get("/attention/"))

    asked = Join.objects.get()
    assert "Kim is in." in answer(owner, asked, "approve", answer="Welcome")
    assert "answered before" in answer(owner, asked, "approve"), "a double tap changes nothing"

    assert tap(world.charger, "04FFEE0042").verdict == "Accepted"
    token = Token.objects.get(canonical_uid="04FFEE0042")
    assert (token.owner, token.driver_token.driver.user.email) == ("Kim, 2B", "kim@example.com")
    assert Letter.objects.get(key=f"join:{asked.pk}:joined").text.endswith("Welcome")
    assert "SUN001" in text_of(guest.get(f"/join/{code.formatted()}/"))
    assert "used this code with this card already" in join(guest, code, uid="04FFEE0042")
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == [
        "join_code.made",
        "join.asked",
        "join.approved",
    ]

    assert "Kim is out." in answer(owner, asked, "remove")
    assert tap(world.charger, "04FFEE0042").verdict == "Invalid"


def test_who_joins_with_a_phone_starts_on_it_and_can_leave(world, kim, at_kims):
    code = make(world, needs_approval=False)
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=NOW, ocpp_version="1.6")
    Connector.objects.update(status="Available", status_at=NOW)

    joined = join(at_kims, code)
    station = text_of(at_kims.get("/c/SUN001"))
    assert "start on your phone" in joined
    assert "The host has let you in here" in station
    assert "The host has let you in here" not in text_of(Client().get("/c/SUN001"))
    for _ in range(2):
        at_kims.post("/drive/resident/SUN001/1")
    command, owned = Command.objects.get(), DriverToken.objects.get()
    assert command.payload["idTag"] == owned.token.uid
    assert len(owned.token.uid) <= 20, "OCPP 1.6 takes no longer one"

    at_kims.post(f"/drive/tokens/{owned.pk}/give-up")
    assert Join.objects.get().state == "removed"
    assert at_kims.post("/drive/resident/SUN001/1").status_code == 404
    assert tap(world.charger, owned.token.uid).verdict == "Invalid"


def test_a_number_alone_makes_nobody_the_owner_of_a_card(world, kim, at_kims):
    """What is typed can be anybody's: a known card waits for the host, a new one gets in and is on no account."""
    code = make(world, needs_approval=False)

    assert "has not answered yet" in join(at_kims, code, uid=world.member.uid)
    assert "You may charge here" in join(at_kims, code, uid="04FFEE0042")

    assert not DriverToken.objects.exists()
    assert set(Join.objects.values_list("uid", "state")) == {("04A1B2C3D4", "open"), ("04FFEE0042", "joined")}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"stopped_at": NOW}, "The host has stopped this code"),
        ({"made_at": NOW - timedelta(days=9), "ends_at": NOW - timedelta(days=1)}, "This code has ended"),
        ({"most": 1}, "all its places are taken"),
    ],
)
def test_every_refusal_says_why_and_admits_nobody(world, kim, at_kims, change, why):
    code = make(world, needs_approval=False)
    Join.objects.create(code=code, email="other@example.com", asked_at=NOW)
    JoinCode.objects.filter(pk=code.pk).update(**change)

    assert why in text_of(Client().get(f"/join/{code.formatted()}/"))
    assert why in join(at_kims, code, uid="04FFEE0042")
    assert not Token.objects.filter(canonical_uid="04FFEE0042").exists()


def test_an_unknown_code_is_refused_and_who_guesses_learns_nothing(world, kim, at_kims):
    used, right = make(world), make(world)
    join(at_kims, used)

    answers = [Client().get(f"/join/{wrong(number)}/").status_code for number in range(301)]
    assert (answers[0], answers[-1]) == (404, 429)
    for code in ("AAAA-AAAA", right.formatted()):
        for stopped in (Client().get(f"/join/{code}/"), at_kims.get("/join/", {"code": code}, follow=True)):
            assert stopped.status_code == 429
            assert 0 < int(stopped["Retry-After"]) <= 600
            assert "Too many wrong codes" in text_of(stopped)
        assert code in text_of(Client().get("/drive/enter/", {"join": code})), (
            "here too a wrong one looks like a right one"
        )
    assert at_kims.get(f"/join/{used.formatted()}/").status_code == 200, "who used it keeps their page"


def wrong(number: int) -> str:
    return f"AAAA-{number:04}".translate(str.maketrans("01", "XY"))


def test_a_right_code_is_not_refused_for_what_others_in_the_same_wifi_typed(world):
    right = make(world)

    for number in range(60):
        assert Client().get(f"/join/{wrong(number)}/").status_code == 404

    assert Client().get(f"/join/{right.formatted()}/").status_code == 200


def test_a_notice_with_a_code_that_is_gone_counts_once_however_many_read_it(world):
    right, guest = make(world), Client()

    answers = {Client().get("/join/AAAA-AAAA/").status_code for _ in range(310)}
    answers |= {guest.get("/join/AAAA-AAAA/").status_code for _ in range(12)}

    assert answers == {404}
    assert guest.get(f"/join/{right.formatted()}/").status_code == 200


def test_a_device_that_guesses_is_stopped_and_its_neighbours_are_not(world):
    right, guesses, neighbour = make(world), Client(), Client()
    guesses.get("/join/")
    neighbour.get("/join/")

    answers = [guesses.get(f"/join/{wrong(number)}/").status_code for number in range(12)]

    assert answers == [404] * 10 + [429] * 2
    assert guesses.get(f"/join/{right.formatted()}/").status_code == 429
    assert neighbour.get(f"/join/{right.formatted()}/").status_code == 200
    assert neighbour.get("/join/AAA/").status_code == 404


def test_who_has_a_whole_network_of_ipv6_guesses_as_one(world):
    answers = [
        Client(REMOTE_ADDR=f"2001:db8:1:2::{number + 1:x}").get(f"/join/{wrong(number)}/").status_code
        for number in range(301)
    ]
    right = make(world)

    assert (answers[299], answers[300]) == (404, 429)
    assert Client(REMOTE_ADDR="2001:db8:1:2::ffff").get(f"/join/{right.formatted()}/").status_code == 429
    assert Client(REMOTE_ADDR="2001:db8:1:3::1").get(f"/join/{right.formatted()}/").status_code == 200


def test_a_code_for_the_portal_leads_only_to_an_invitation_of_its_address(world, client_of):
    owner, someone = after_log_in(world.owner), Client()
    owner.post("/settings/join-codes/sunset/", {"name": "Staff room", "role": "operator", "admits_at_once": "on"})
    code = JoinCode.objects.get()

    asked = text_of(someone.get(f"/join/{code.formatted()}/"))
    assert "Your task here" in asked
    assert "Apartment" not in asked
    sent = join(someone, code, email="New@Example.com")
    assert "Your request was sent" in sent
    join(someone, code, email="new@example.com")
    shown = answer(owner, Join.objects.get(), "approve")

    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.invited_by) == ("new@example.com", "operator", world.owner)
    assert "/invitation/" in shown
    assert not User.objects.filter(email="new@example.com").exists()
    assert code.needs_approval


def test_a_code_promises_only_what_it_opens(world, client_of):
    owner = after_log_in(world.owner)
    bluff = Property.objects.create(host=world.host, slug="bluff", name="Bluff House", time_zone="America/New_York")
    said = {"name": "Lobby", "property": "bluff", "groups": ["residents"], "most": "1"}

    assert "“Residents” opens no charger of Bluff House" in text_of(owner.post("/settings/join-codes/sunset/", said))
    world.group.properties.add(bluff)
    assert "Charge your car at Bluff House" in text_of(owner.post("/settings/join-codes/sunset/", said, follow=True))
    code = JoinCode.objects.get()
    Join.objects.create(code=code, email="other@example.com", asked_at=NOW)
    world.group.properties.remove(bluff)

    page = text_of(owner.get(f"/settings/join-codes/code/{code.pk}/"))
    assert "Charge your car at Sunset 1" in page
    assert "None of Bluff House" in page
    assert "0 joined, 1 waiting, of 1" in page
    assert "Join Sunset 1" in text_of(Client().get(f"/join/{code.formatted()}/"))


def test_only_owners_make_codes_for_the_portal_and_nobody_for_owners(world, client_of):
    manager = User.objects.create(email="manager@example.com")
    manager.memberships.create(host=world.host, role="manager")
    for client, role in ((after_log_in(manager), "operator"), (after_log_in(world.owner), "owner")):
        client.post("/settings/join-codes/sunset/", {"name": "x", "role": role})
    staff = make(world, role="operator", groups=[])

    assert JoinCode.objects.get() == staff
    assert after_log_in(manager).get(f"/settings/join-codes/code/{staff.pk}/").status_code == 404


def test_deleting_the_account_forgets_who_joined(world, kim, at_kims):
    join(at_kims, make(world, needs_approval=False))

    at_kims.post("/drive/account/delete/")

    left = Join.objects.get()
    assert (left.user, left.name, left.email, left.note) == (None, "", "", "")
    assert (left.token.owner, left.token.valid) == ("", False)


def test_one_card_is_one_residents(world, kim, at_kims, client_of):
    """Who types somebody's card waits, is let in only after them, and taking them out takes nothing from the other."""
    owner, bruno = client_of(world.owner), driver_of("bruno@example.com")
    at_once, asking = make(world, needs_approval=False), make(world, name="Garage")
    at_brunos = client_of(bruno.user)
    join(at_brunos, at_once, uid="04BBBB2222", name="Bruno")
    join(at_kims, asking, uid="04BBBB2222")
    brunos, kims = Join.objects.order_by("pk")

    assert "take Bruno out first, or decline" in text_of(owner.get(f"/settings/join-codes/code/{asking.pk}/"))
    assert "Nothing was changed: Bruno joined by “Lobby”" in answer(owner, kims, "approve")
    assert not DriverToken.objects.exists()

    Join.objects.filter(pk=kims.pk).update(state="joined", token=brunos.token_id, answered_at=NOW)
    answer(owner, kims, "remove")
    assert tap(world.charger, "04BBBB2222").verdict == "Accepted", "Bruno keeps what he joined for"

    world.group.tokens.clear()
    assert "You cannot charge here at present" in text_of(at_brunos.get(f"/join/{at_once.formatted()}/"))
    assert "not in the groups any more" in text_of(owner.get(f"/settings/join-codes/code/{at_once.pk}/"))

    answer(owner, brunos, "remove")
    join(at_kims, asking, uid="04BBBB2222")
    assert "Kim is in." in answer(owner, Join.objects.get(state="open"), "approve")
    token = Token.objects.get(canonical_uid="04BBBB2222")
    assert (token.owner, token.driver_token.driver) == ("Kim, 2B", kim)
    join(at_brunos, asking, uid="04BBBB2222")
    Join.objects.filter(state="joined").update(state="declined")
    assert "is on another driver" in answer(owner, Join.objects.get(state="open"), "approve")
