"""Codes by which residents and staff join: made and stopped by the host; used; answered."""

import pytest

from authorization.models import User
from billing.models import JoinCode
from tests.kit.joining import _forgotten, make
from tests.kit.logging_in import after_log_in

__all__ = ["_forgotten"]
pytestmark = pytest.mark.django_db


def test_only_owners_make_codes_for_the_portal_and_nobody_for_owners(world, client_of):
    manager = User.objects.create(email="manager@example.com")
    manager.memberships.create(host=world.host, role="manager")
    for client, role in ((after_log_in(manager), "operator"), (after_log_in(world.owner), "owner")):
        client.post("/settings/join-codes/sunset/", {"name": "x", "role": role})
    staff = make(world, role="operator", groups=[])

    assert JoinCode.objects.get() == staff
    assert after_log_in(manager).get(f"/settings/join-codes/code/{staff.pk}/").status_code == 404
