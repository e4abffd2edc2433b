"""Wrong join codes, counted by code, by device and by address, so that a neighbour's mistakes stop nobody."""

import pytest
from django.test import Client

from tests.kit.drivers import text_of
from tests.kit.joining import _forgotten, at_kims, join, kim, make

__all__ = ["_forgotten", "at_kims", "kim"]
pytestmark = pytest.mark.django_db


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
