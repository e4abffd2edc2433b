"""The second factor of a support agent: whether there is one, and whether this session showed it."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from authorization.accounts import enrolment
from tests.kit.admin import client, enrolled, log_in, shown
from tests.kit.logging_in import code
from tests.kit.world import World

__all__ = ["client", "enrolled"]


def test_it_lets_an_agent_in_who_showed_a_code(client: Client):
    assert "Find" in shown(client, "/admin/")


def test_it_sends_an_agent_without_a_second_factor_to_enrol(world: World):
    client = log_in(world.agent, with_code=False)

    door = client.get("/admin/chargers/charger/", follow=True)

    assert door.redirect_chain[0][0] == "/accounts/second-factor/"
    assert "Set up a second factor" in door.content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_enrols_an_agent_and_opens_the_admin(world: World):
    client = log_in(world.agent, with_code=False)
    client.post(f"/accounts/second-factor/{enrolment.make_link(world.agent, now=datetime.now(tz=UTC))}/")
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret

    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    assert "Open the support admin" in answer.content.decode()
    assert client.get("/admin/").status_code == 200
    assert secret not in str(Authenticator.objects.get(user=world.agent, type="totp").data)
