"""What the tests of commands.reservations and flows.command_effects share."""

import pytest

from authorization.models import User


@pytest.fixture
def person(db):
    return User.objects.create(email="host@example.com")
