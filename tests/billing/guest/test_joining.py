"""Codes that a host posts: made, used by residents, answered, stopped; and every refusal says why."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import Invitation, Token, User
from billing.models import DriverToken, Join, JoinCode
from chargers.models import Charger, Command, Connector
from tests.kit.drivers import text_of
from tests.kit.joining import _forgotten, answer, at_kims, join, kim, make
from tests.kit.logging_in import after_log_in
from tests.kit.world import tap

__all__ = ["_forgotten", "at_kims", "kim"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


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


def test_deleting_the_account_forgets_who_joined(world, kim, at_kims):
    join(at_kims, make(world, needs_approval=False))

    at_kims.post("/drive/account/delete/")

    left = Join.objects.get()
    assert (left.user, left.name, left.email, left.note) == (None, "", "", "")
    assert (left.token.owner, left.token.valid) == ("", False)
