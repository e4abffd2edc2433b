"""For whom a key acts."""

import pytest
from rest_framework.exceptions import PermissionDenied

from authorization.models import ApiKey, User
from authorization.rest import person


def test_a_key_acts_for_the_person_who_made_it():
    kim = User(email="kim@example.com")

    assert person.get_creator(ApiKey(made_by=kim)) is kim


@pytest.mark.parametrize(
    "maker", [None, User(email="gone@example.com", is_active=False)], ids=["command line", "closed account"]
)
def test_a_key_without_an_open_account_behind_it_acts_for_nobody(maker: User | None):
    with pytest.raises(PermissionDenied, match="acts for nobody"):
        person.get_creator(ApiKey(made_by=maker))
