"""Connection: how a charger comes in, why it did not, and what it proves itself with."""

import html
import json
import re
from datetime import timedelta

import pytest

from authorization.models import AuditEntry
from chargers.handshake import explanations
from chargers.models import Charger, Command, ConnectionSwap, FailedHandshake, PasswordChange
from chargers.security import keys
from tests.kit.certificates import certificate, now
from tests.kit.connection_pages import online

__all__ = ["online"]
pytestmark = pytest.mark.fresh_log_in
PAGE = "/chargers/CP1/connection/"


def shown_password(response):
    found = re.search(r'id="new-password">([0-9a-f]{32})<', response.content.decode())
    return found[1] if found else None


@pytest.mark.parametrize(("way", "old_is_good"), [("by_hand", True), ("replace", False)])
def test_it_shows_a_password_made_for_typing_once_and_stores_it_nowhere(online, client_of, way, old_is_good):
    keys.set_generated(online.charger, "0" * 32)
    online.charger.save()
    client = client_of(online.owner)

    response = client.post(PAGE + "password/", {"way": way})

    password = shown_password(response)
    assert password
    assert "no-store" in response.headers["Cache-Control"]
    charger = Charger.objects.get()
    assert keys.is_next(charger, password) or keys.matches(charger, password)
    assert keys.matches(charger, "0" * 32) is old_is_good
    assert shown_password(client.get(PAGE)) is None
    stored = [*AuditEntry.objects.values(), *PasswordChange.objects.values(), *Charger.objects.values()]
    assert password not in str(stored)


def test_it_says_that_an_offline_charger_cannot_be_told(world, client_of):
    text = client_of(world.owner).post(PAGE + "password/", {"way": "change"}, follow=True).content.decode()

    assert "set one by hand" in text
    assert not PasswordChange.objects.exists()


@pytest.mark.matrix
@pytest.mark.parametrize("reason", FailedHandshake.Reason)
def test_it_says_of_every_failed_handshake_what_it_means_and_what_to_do(world, client_of, reason):
    FailedHandshake.objects.create(
        charger=world.charger, presented_id="CP1", source="192.0.2.7", reason=reason, detail="Said so.", at=now()
    )

    text = html.unescape(client_of(world.owner).get(PAGE).content.decode())

    explanation = explanations.CATALOGUE[reason]
    assert "192.0.2.7" in text
    assert FailedHandshake(reason=reason).get_reason_display() in text
    assert explanation.meaning in text
    assert all(step in text for step in explanation.steps)


def test_it_shows_broken_encryption_only_from_where_the_charger_comes(world, client_of):
    Charger.objects.update(connected_from="192.0.2.7")
    for source in ("192.0.2.7", "198.51.100.9"):
        FailedHandshake.objects.create(presented_id="", source=source, reason="bad_tls", at=now())

    text = client_of(world.owner).get(PAGE).content.decode()

    assert "192.0.2.7" in text
    assert "198.51.100.9" not in text


@pytest.mark.parametrize(("swaps", "alarms"), [(5, False), (6, True)])
def test_it_alerts_host_and_agents_when_two_devices_fight_over_an_id(online, client_of, swaps, alarms):
    for _ in range(swaps):
        ConnectionSwap.objects.create(charger=online.charger, source="192.0.2.7", at=now())
    ConnectionSwap.objects.create(charger=online.charger, source="192.0.2.7", at=now() - timedelta(minutes=11))

    for person in (online.owner, online.agent):
        client = client_of(person)
        for page in (PAGE, "/chargers/CP1/"):
            assert (f"{swaps} connections took over" in client.get(page).content.decode()) is alarms
        assert ("1 id used twice" in client.get("/").content.decode()) is alarms
    assert "used twice" not in client_of(online.stranger).get("/").content.decode()


def test_it_tells_to_change_an_imported_password(online, client_of):
    keys.set_imported(online.charger, "weak")
    online.charger.save()

    assert "The password was imported" in client_of(online.owner).get(PAGE).content.decode()


def test_it_warns_before_a_certificate_in_use_ends_and_no_longer_when_a_newer_one_is_there(online, client_of):
    old = certificate(online.charger)
    old.first_used_at, old.valid_to = now(), now() + timedelta(days=29)
    old.save()
    client = client_of(online.owner)

    assert "The certificate ends on" in client.get(PAGE).content.decode()
    assert "1 certificate ends" in client.get("/").content.decode()

    certificate(online.charger)

    assert "The certificate ends on" not in client.get(PAGE).content.decode()


def test_it_asks_a_charger_to_renew_in_the_words_of_its_version(online, client_of):
    client = client_of(online.owner)
    client.post(PAGE + "certificates/renew/")
    Charger.objects.update(ocpp_version="2.0.1")
    client.post(PAGE + "certificates/renew/")

    assert [(c.action, c.payload) for c in Command.objects.order_by("created_at", "id")] == [
        ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
        ("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}),
    ]


def test_it_refuses_a_password_given_by_the_console(online, client_of):
    payload = json.dumps({"key": "authorizationkey", "value": "0123456789abcdef"})
    data = {"action": "ChangeConfiguration", "payload": payload}

    text = client_of(online.owner).post("/chargers/CP1/commands/send/", data, follow=True).content.decode()

    assert "is changed on its Connection page" in text
    assert not Command.objects.exists()


@pytest.mark.parametrize(
    ("profile", "words"), [("3", "has not used a certificate of ours yet"), ("2", "came without encryption so far")]
)
def test_it_warns_of_a_profile_that_would_keep_the_charger_out(online, client_of, profile, words):
    Charger.objects.update(connected_with_tls=False)

    text = client_of(online.owner).post(PAGE + "profile/", {"security_profile": profile}, follow=True).content.decode()

    assert words in text
    assert Charger.objects.get().security_profile == int(profile)


def test_a_password_set_by_hand_ends_the_time_without_one(online, client_of):
    Charger.objects.update(security_profile=0, passwordless_until=now() + timedelta(days=3))
    client = client_of(online.owner)
    assert "Anybody can connect as this charger" in client.get("/chargers/CP1/").content.decode()

    client.post(PAGE + "password/", {"way": "replace"})

    assert Charger.objects.get().passwordless_until is None
    assert "Anybody can connect" not in client.get("/chargers/CP1/").content.decode()
