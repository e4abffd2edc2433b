"""Codes that a host posts: made, used by residents, answered, stopped; and every refusal says why."""

import pytest
from django.test import Client

from authorization.models import Invitation, User
from billing.models import Join, JoinCode
from tests.kit.drivers import text_of
from tests.kit.joining import _forgotten, answer, at_kims, join, kim, make
from tests.kit.logging_in import after_log_in

__all__ = ["_forgotten", "at_kims", "kim"]
pytestmark = pytest.mark.django_db


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
