"""The console: usual commands, any command, files, and who may use them."""

import html
import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, Token
from authorization.tokens import local_lists
from billing.models import Session
from chargers.commands import wording
from chargers.models import Command, Connector, Evse, LocalList, Reservation, Transaction, Upload, Variable
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import Sender
from chargers.sentences import commands as sentences
from tests.kit import charging
from tests.kit.console_pages import connect, link, online, post
from tests.kit.world import make_charger

__all__ = ["link", "online"]
CONSOLE = "/chargers/CP1/commands/"
OFFERED = ("start", "unlock")


def charge(charger):
    at = datetime.now(tz=UTC)
    return Transaction.objects.create(
        charger=charger,
        transaction_id="12",
        ocpp_version="1.6",
        evse_number=1,
        id_token="04A1B2C3D4",
        started_at=at,
        start_received_at=at,
    )


@pytest.mark.parametrize("version", Version)
def test_it_shows_the_commands_of_the_version(online, client_of, version):
    connect(version.value)

    text = client_of(online.owner).get(CONSOLE).content.decode()

    assert "Start a session" in text
    assert ("Show a message" in text) is (version is not Version.V16)
    assert ("Fetch diagnostics" in text) is (version is Version.V16)


def test_it_sends_what_a_form_says_and_writes_down_who_asked(online, client_of):
    response = post(client_of(online.owner), ask="start", uid="04A1B2C3D4", evse="1")

    command = Command.objects.get()
    assert response.headers["Location"] == f"/chargers/CP1/commands/{command.pk}/"
    assert (command.action, command.payload) == (
        "RemoteStartTransaction",
        {"idTag": "04A1B2C3D4", "connectorId": 1},
    )
    assert (command.origin, command.id_token, command.evse_number) == ("user:owner@example.com", "04A1B2C3D4", 1)
    assert AuditEntry.objects.get().after["action"] == "RemoteStartTransaction"


def test_a_start_is_not_offered_at_a_connector_that_is_in_use(online, client_of):
    second = Evse.objects.create(charger=online.charger, number=2)
    Connector.objects.create(evse=second, number=1, status="Available")
    charging.start(online.charger, uid="04A1B2C3D4", at=datetime.now(tz=UTC))
    Connector.objects.filter(evse__number=1).update(status="Charging")
    client = client_of(online.owner)

    text = client.get(CONSOLE).content.decode()
    start, unlock = (re.search(f'<select name="evse" id="{key}-evse".*?</select>', text, re.S) for key in OFFERED)
    answer = post(client, ask="start", uid="04A1B2C3D4", evse="1")

    assert '<option value="1" disabled>1: Charging (in use)</option>' in start.group()
    assert '<option value="2" selected>2: Available</option>' in start.group()
    assert "disabled" not in unlock.group()
    assert "This connector is in use: choose another, or stop its session first." in answer.content.decode()
    assert not Command.objects.exists()
    assert post(client, ask="start", uid="04A1B2C3D4", evse="2").status_code == 302


def test_it_sends_the_same_form_once_however_often_it_is_posted(online, client_of):
    client, once = client_of(online.owner), uuid.uuid4()

    for _ in range(3):
        post(client, ask="start", uid="04A1B2C3D4", evse="1", once=once)

    assert Command.objects.get().pk == once
    assert AuditEntry.objects.count() == 1


def test_a_long_list_is_one_command_that_is_sent_in_parts(online, client_of):
    Variable.objects.create(
        charger=online.charger, name="SendLocalListMaxLength", value="1", reported_at=datetime.now(tz=UTC)
    )
    other = Token.objects.create(host=online.host, uid="04B1", canonical_uid="04B1")
    other.groups.add(online.group)
    client, once = client_of(online.owner), uuid.uuid4()

    for _ in range(2):
        post(client, ask="local_list", update="Full", once=once)

    command = Command.objects.get()
    assert (len(command.payload["localAuthorizationList"]), command.items_per_message) == (2, 1)


@pytest.mark.parametrize("once", ["", "x", "00000000-0000-0000-0000-000000000001"])
def test_it_takes_any_form_that_names_no_command_of_this_charger(online, client_of, once):
    other = make_charger(online.site, "CP2", station_id="SUN002")
    Command.objects.create(
        id="00000000-0000-0000-0000-000000000001",
        charger=other,
        action="ClearCache",
        payload={},
        origin="system",
        created_at=datetime.now(tz=UTC),
        expires_at=datetime.now(tz=UTC),
    )

    assert post(client_of(online.owner), ask="clear_cache", once=once).status_code == 302
    assert Command.objects.filter(charger=online.charger).count() == 1


def test_it_says_what_is_wrong_and_sends_nothing(online, client_of):
    text = post(client_of(online.owner), ask="start", uid="X" * 30, evse="1").content.decode()

    assert "idTag has 30 characters: write at most 20." in text
    assert '<details class="offer" id="start" open>' in text
    assert not Command.objects.exists()


@pytest.mark.parametrize(("ask", "action"), [("reset_soft", "Reset"), ("reset_hard", "Reset")])
def test_it_asks_before_it_restarts_a_charger(online, client_of, ask, action):
    client = client_of(online.owner)
    charge(online.charger)

    page = post(client, ask=ask).content.decode()

    assert not Command.objects.exists()
    assert "Connector 1 charges now" in page
    payload = re.search(r'name="payload" value="([^"]*)"', page).group(1).replace("&quot;", '"')
    response = post(client, f"{CONSOLE}send/", action=action, payload=payload)
    assert response.status_code == 302
    assert Command.objects.get().payload == json.loads(payload)


def test_it_tells_that_an_offline_charger_got_nothing(world, client_of):
    response = client_of(world.owner).post(CONSOLE, {"ask": "clear_cache"}, follow=True)

    assert b"The charger is offline: nothing was sent." in response.content
    assert Command.objects.get().state == "offline"


@pytest.mark.parametrize(("person", "status"), [("teammate", 404), ("stranger", 404), ("owner", 302), ("agent", 302)])
def test_it_takes_orders_from_those_who_may_give_them(online, client_of, person, status):
    client = client_of(getattr(online, person))

    assert post(client, ask="clear_cache").status_code == status
    assert post(client, f"{CONSOLE}send/", action="ClearCache", payload="{}").status_code == status
    assert Command.objects.exists() is (status == 302)


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 200), ("agent", 200), ("stranger", 404)])
def test_it_shows_one_command_to_its_host_and_agents(online, client_of, person, status):
    post(client_of(online.owner), ask="clear_cache")
    address = f"{CONSOLE}{Command.objects.get().pk}/"

    assert client_of(getattr(online, person)).get(address).status_code == status


def test_it_shows_the_payload_before_it_sends_any_command(online, client_of):
    client = client_of(online.owner)
    filled = {"connectorId": "1", "csChargingProfiles.chargingProfileId": "1", "csChargingProfiles.stackLevel": "0",
              "csChargingProfiles.chargingProfilePurpose": "TxDefaultProfile",
              "csChargingProfiles.chargingProfileKind": "Relative",
              "csChargingProfiles.chargingSchedule.chargingRateUnit": "A",
              "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.#": "1",
              "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.0.startPeriod": "0",
              "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.0.limit": "16"}  # fmt: skip

    page = client.post(f"{CONSOLE}any/SetChargingProfile/", {**filled, "check": "1"}).content.decode()

    assert "Send SetChargingProfile to SUN001?" in page
    assert "<svg" in page
    assert "16 A" in page
    assert not Command.objects.exists()


def test_it_adds_rows_without_a_script(online, client_of):
    path = "csChargingProfiles.chargingSchedule.chargingSchedulePeriod"

    page = client_of(online.owner).post(f"{CONSOLE}any/SetChargingProfile/", {"add": path, f"{path}.#": "1"})

    assert f'name="{path}.1.limit"'.encode() in page.content


def test_it_hides_passwords_that_are_set(online, client_of):
    client = client_of(online.owner)
    payload = json.dumps({"key": "WifiPassword", "value": "s3cret-s3cret-s3cret"})

    post(client, f"{CONSOLE}send/", action="ChangeConfiguration", payload=payload)

    command = Command.objects.get()
    assert "s3cret" not in str(command.payload)
    assert command.secret_encrypted
    assert b"s3cret" not in client.get(f"{CONSOLE}{command.pk}/").content
    assert "s3cret" not in str(AuditEntry.objects.get().after)


def test_it_lists_the_cards_that_may_charge_here(online, client_of):
    post(client_of(online.owner), ask="local_list", update="Full")

    payload = Command.objects.get().payload
    assert payload["listVersion"] == 1
    assert payload["localAuthorizationList"] == [{"idTag": "04A1B2C3D4", "idTagInfo": {"status": "Accepted"}}]


def test_it_leaves_blocked_cards_and_cards_with_hours_off_the_list(world):
    now = datetime.now(tz=UTC)
    assert [card.uid for card in local_lists.cards(world.charger, now=now)] == ["04A1B2C3D4"]
    world.group.schedule = [{"days": ["MON"], "from": "08:00", "to": "18:00"}]
    world.group.save()
    assert local_lists.cards(world.charger, now=now) == []
    world.group.schedule = []
    world.group.save()
    world.member.blocked = True
    world.member.save()
    assert local_lists.cards(world.charger, now=now) == []


def test_it_sends_only_what_changed_on_the_list(online, client_of):
    LocalList.objects.create(
        charger=online.charger, version=6, accepted_at=datetime.now(tz=UTC), entries={"OLD": {"status": "Accepted"}}
    )

    post(client_of(online.owner), ask="local_list", update="Differential")

    payload = Command.objects.get().payload
    assert (payload["listVersion"], payload["updateType"]) == (7, "Differential")
    assert {"idTag": "OLD"} in payload["localAuthorizationList"]


def test_it_reserves_and_keeps_a_row_of_it(online, client_of):
    client = client_of(online.owner)

    post(client, ask="reserve", uid="04A1B2C3D4", evse="1", until="2099-03-10T12:00")

    row = Reservation.objects.get()
    assert row.number == Command.objects.get().payload["reservationId"]
    assert (row.state, row.evse_number, row.until) == ("asked", 1, datetime(2099, 3, 10, 16, tzinfo=UTC))
    assert str(row.number) in client.get(CONSOLE).content.decode()


def test_the_secret_of_an_upload_stands_in_no_command_and_no_audit_entry(online, client_of, link):
    secret = link.split("/")[2]
    command = Command.objects.get()

    assert command.payload["location"] == "(hidden: a link for one upload)"
    assert secret not in str([command.payload, *AuditEntry.objects.values_list("after", flat=True)])
    assert secret not in client_of(online.owner).get(f"/chargers/CP1/commands/{command.pk}/").content.decode()


def test_it_takes_no_file_after_the_link_expired(link):
    Upload.objects.update(expires_at=datetime.now(tz=UTC) - timedelta(seconds=1))

    assert Client().put(link, b"x", content_type="x/y").status_code == 410
    assert Client().put("/u/guessed/", b"x", content_type="x/y").status_code == 404


def test_a_stop_is_told_in_plain_words_with_a_way_back_to_its_session(online, client_of):
    row = charging.start(online.charger, uid="04A1B2C3D4", at=datetime.now(tz=UTC) - timedelta(hours=1))
    session = Session.objects.get(transaction=row)
    client = client_of(online.owner)

    post(client, ask="stop", transaction_id=row.transaction_id)
    command = Command.objects.get()
    Command.objects.update(
        state="accepted",
        outcome_sentences=sentences.describe_acceptance("RemoteStopTransaction"),
        reply={"status": "Accepted"},
    )
    text = client.get(f"{CONSOLE}{command.pk}/").content.decode()

    assert "<h2>Stop the session</h2>" in text
    assert "SUN001 was asked to stop the session, by owner@example.com" in text
    assert "The charger will stop the session." in text
    assert "The session ends when the charger reports the stop." in text
    assert f'href="/sessions/{session.pk}/"' in text
    plain, technical = text.split('<details class="panel" id="technical">')
    assert "RemoteStopTransaction" not in plain
    assert "RemoteStopTransaction" in technical
    assert 'hx-trigger="every 1s"' in text, "until the stop is reported"

    Command.objects.update(effect_seen_at=datetime.now(tz=UTC))

    text = client.get(f"{CONSOLE}{command.pk}/").content.decode()
    assert "The charger reported the stop: the session has ended." in text
    assert 'hx-trigger="every 1s"' not in text


def test_a_restart_is_asked_about_and_told_in_plain_words(online, client_of):
    client = client_of(online.owner)

    question = post(client, ask="reset_soft").content.decode()
    payload = html.unescape(re.search(r'name="payload" value="([^"]*)"', question).group(1))
    text = client.post(f"{CONSOLE}send/", {"action": "Reset", "payload": payload}, follow=True).content.decode()

    assert "Ask SUN001 to restart?" in question
    assert "<h2>Restart</h2>" in text
    assert "The order waits to be sent." in text
    assert "Reset" not in text.split('<details class="panel" id="technical">')[0]


@pytest.mark.parametrize("version", Version)
def test_every_action_of_ocpp_has_plain_words(version):
    for action in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM):
        assert action not in wording.request_words(action, {}), action


@pytest.mark.parametrize(
    ("action", "state", "sentence"),
    [
        ("RemoteStopTransaction", "rejected", "The session goes on."),
        ("RemoteStopTransaction", "offline", "If the charger is back within a minute, the stop is sent after all."),
        ("RemoteStopTransaction", "timed_out", "If the charger obeys all the same: the session ends"),
        ("Reset", "accepted", "The charger goes offline for a minute or two."),
        ("Reset", "not_supported", "The charger goes on as before."),
        ("ChangeConfiguration", "rejected", "Nothing has changed."),
        ("ClearCache", "offline", "Order it again when the charger is online."),
    ],
)
def test_it_says_what_happens_next(action, state, sentence):
    assert wording.next_step(Command(action=action, state=state, payload={})).startswith(sentence)
