"""A car that starts by itself: enabled with its driver's consent, suspended, paid for, named, removed."""

import pytest

from authorization.models import AuditEntry, Vehicle
from tests.kit.autocharge_pages import car, text_of

__all__ = ["car"]
pytestmark = pytest.mark.django_db
LIST = "/authorization/autocharge/"
CAR = "VID:AABBCC112233"


@pytest.mark.parametrize(
    ("person", "seen", "status", "acted"),
    [("owner", True, 200, 302), ("teammate", True, 200, 404), ("stranger", False, 404, 404), ("agent", True, 200, 302)],
)
def test_only_managers_and_agents_act_and_strangers_see_nothing(world, client_of, car, person, seen, status, acted):
    client = client_of(getattr(world, person))
    page = f"{LIST}{car.pk}/"

    assert (CAR in text_of(client.get(LIST))) is seen
    assert client.get(page).status_code == status
    assert client.post(page, {"do": "enable", "consent": "Said so"}).status_code == acted
    car.refresh_from_db()
    assert (car.state == "enabled") is (acted == 302)
    assert client.get(f"{LIST}999999/").status_code == 404


def test_it_enables_nothing_without_consent_or_payer(world, client_of, car):
    client, page = client_of(world.owner), f"{LIST}{car.pk}/"

    refused = client.post(page, {"do": "enable"}, follow=True)
    assert "Write down how the driver agreed" in text_of(refused)
    Vehicle.objects.update(token=None)
    refused = client.post(page, {"do": "enable", "consent": "Said so"}, follow=True)
    assert "Say first which of your cards pays" in text_of(refused)
    foreign = client.post(page, {"do": "pay", "uid": "FFFFFFFF"}, follow=True)
    assert "None of your cards has this number" in text_of(foreign)

    assert Vehicle.objects.get().state == "suspended"
    assert not AuditEntry.objects.exists()


def test_it_writes_down_who_enabled_it_and_to_which_words(world, client_of, car):
    client, page = client_of(world.owner), f"{LIST}{car.pk}/"

    client.post(page, {"do": "enable", "consent": "Told me on the phone, 3 May"})

    assert "“Told me on the phone, 3 May”" in text_of(client.get(page))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before["state"], entry.after["state"]) == ("vehicle.enabled", "suspended", "enabled")
    client.post(page, {"do": "pay", "uid": world.member.uid})
    car.refresh_from_db()
    assert (car.state, car.consent_at) == ("suspended", None)
    client.post(page, {"do": "remove"})
    assert AuditEntry.objects.latest("id").verb == "vehicle.removed"
    assert client.post(page, {"do": "remove"}).status_code == 404
