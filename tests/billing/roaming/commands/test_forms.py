"""The five commands as partners send them (OCPI 2.2.1 13.3; 2.1.1 12.3)."""

import pytest

from chargers.models import Command
from tests.kit.commands_ordering import TOKEN, connected, start

__all__ = ["connected"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"response_url": "http://169.254.169.254/x"}, "response_url"),
        ({"response_url": "http://10.0.0.1/x"}, "response_url"),
        ({"response_url": "file:///etc/passwd"}, "response_url"),
        ({"location_id": 5}, "location_id"),
        ({"token": {**TOKEN, "valid": 1}}, "valid"),
        ({"token": "APP0001"}, "token"),
    ],
)
def test_what_is_wrong_is_named_in_a_200(partner, change, field):
    response = start(partner, **change)
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)
    assert response.json()["status_message"].startswith(field)
    assert Command.objects.count() == 0
