"""How often one source may ask for help."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from authorization.models import User
from support.asking import sources
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def request(user: User | None, *, address: str = "203.0.113.7") -> HttpRequest:
    made = RequestFactory().get("/help/", REMOTE_ADDR=address)
    made.user = user or AnonymousUser()
    return made


def asked(user: User | None, *, times: int, address: str = "203.0.113.7") -> list[bool]:
    return [
        sources.too_often(request(user, address=address), "tickets", max_count=2, within_s=3600) for _ in range(times)
    ]


def test_a_person_counts_alone_from_wherever_they_ask(world: World):
    assert asked(world.owner, times=2) == [False, False]
    assert asked(world.owner, times=1, address="203.0.113.8") == [True]
    assert asked(world.teammate, times=1) == [False]


def test_guests_of_one_network_share_ten_times_as_many():
    assert asked(None, times=20) == [False] * 20
    assert asked(None, times=1) == [True]
    assert asked(None, times=1, address="198.51.100.1") == [False]
