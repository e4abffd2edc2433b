"""What a charger proves itself with, changed by a person: security profile, password, certificates."""

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger, Command, PasswordChange
from chargers.security import passwords
from tests.kit.certificates import certificate, now
from tests.kit.connection_pages import online

__all__ = ["online"]
pytestmark = pytest.mark.fresh_log_in
PAGE = "/chargers/CP1/connection/"
ACTS = [
    ("password/", {"way": "change"}),
    ("password/", {"way": "by_hand"}),
    ("password/", {"way": "replace"}),
    ("password/", {"way": "withdraw"}),
    ("profile/", {"security_profile": "2"}),
    ("certificates/renew/", {}),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("person", "status"), [("teammate", 404), ("stranger", 404)])
def test_it_lets_nobody_else_change_anything(online, client_of, act, person, status):
    address, data = act

    assert client_of(getattr(online, person)).post(PAGE + address, data).status_code == status

    assert not PasswordChange.objects.exists()
    assert not Command.objects.exists()
    assert Charger.objects.get().security_profile == 1


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("person", ["owner", "agent"])
def test_its_owner_and_agents_change_things_and_it_is_written_down(online, client_of, act, person):
    address, data = act
    if data.get("way") == "withdraw":
        passwords.begin(online.charger, origin="system", now=now())

    response = client_of(getattr(online, person)).post(PAGE + address, data)

    assert response.status_code in {200, 302}
    assert AuditEntry.objects.get().actor == f"user:{person}@example.com"


def test_it_does_not_begin_a_second_change_while_one_is_under_way(online, client_of):
    client = client_of(online.owner)
    client.post(PAGE + "password/", {"way": "change"})

    text = client.post(PAGE + "password/", {"way": "by_hand"}, follow=True).content.decode()

    assert "A new password is on its way already" in text
    assert PasswordChange.objects.count() == 1


@pytest.mark.parametrize(("person", "status"), [("owner", 302), ("teammate", 404), ("stranger", 404), ("agent", 302)])
def test_it_revokes_a_certificate_for_those_who_may(online, client_of, person, status):
    made = certificate(online.charger)
    address = f"{PAGE}certificates/{made.pk}/revoke/"

    assert client_of(getattr(online, person)).post(address).status_code == status

    made.refresh_from_db()
    assert (made.revoked_at is not None) is (status == 302)
