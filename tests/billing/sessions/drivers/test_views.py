"""A code for a charging card, shown once: the driver who types it into an account has the card there."""

import re

import pytest

from billing.models import DriverToken
from tests.kit.account import _forgotten, at_kims, kim
from tests.kit.drivers import driver_of, text_of

__all__ = ["_forgotten", "at_kims", "kim"]
pytestmark = pytest.mark.django_db


def test_a_code_gives_the_card_to_the_first_who_types_it(kim, world, at_kims, client_of):
    page = f"/authorization/tokens/{world.member.pk}/claim-code/"
    code = re.search(r"\w{4}-\w{4}-\w{4}", text_of(client_of(world.owner).post(page)))[0]

    at_kims.post("/drive/tokens/", {"code": code.lower().replace("-", " ")})
    other = client_of(driver_of("lee@example.com").user).post("/drive/tokens/", {"code": code})

    assert DriverToken.objects.get().driver == kim
    assert "No card has this code" in text_of(other)
    assert "belongs to a driver" in text_of(client_of(world.owner).post(page))


@pytest.mark.parametrize(("person", "status"), [("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_who_makes_codes(world, client_of, person, status):
    page = f"/authorization/tokens/{world.member.pk}/claim-code/"

    assert client_of(getattr(world, person)).post(page).status_code == status
