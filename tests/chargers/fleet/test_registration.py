"""Chargers kept Pending or Rejected (OCPP 1.6 4.2, OCPP 2.0.1 B02, B03), and unread contract certificates."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from authorization.models import Decision
from chargers.commands import queue
from chargers.models import Charger, Command, Message, Transaction
from chargers.security import keys
from tests.kit.connected import charger
from tests.kit.gateway import Device, looking
from tests.kit.logging_in import logged_in
from tests.kit.world import World

__all__ = ["charger"]
BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT_2X = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
START = {"connectorId": 1, "idTag": "04A1B2C3D4", "meterStart": 0, "timestamp": "2026-03-10T12:00:00Z"}
HASHES = [
    {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "a",
        "issuerKeyHash": "b",
        "serialNumber": "1",
        "responderURL": "http://ocsp.example.com",
    }
]
STREAM = {"id": 1, "pending": 0, "basetime": "2026-03-10T12:00:00Z", "data": [{"t": 1, "v": "1"}]}
EMAID = {"idToken": "DE8AAC12345678", "type": "eMAID"}


def answers(gateway: Any, calls: list[tuple[str, dict[str, Any]]], *, version: str = "1.6") -> list[Any]:
    """Each answer as [type, id, ...]: a CALLERROR is an answer too."""

    async def story() -> list[Any]:
        async with await Device.connect(gateway, "CP1", version=version) as device:
            found = []
            for number, (action, payload) in enumerate(calls):
                await device.send(json.dumps([2, str(number), action, payload]))
                found.append(await device.receive())
            return found

    return asyncio.run(story())


@pytest.mark.parametrize(("state", "word"), [("pending", "Pending"), ("rejected", "Rejected")])
@pytest.mark.parametrize(("version", "boot"), [("1.6", BOOT_16), ("2.0.1", BOOT_2X)])
def test_it_answers_a_boot_with_the_registration(gateway, charger, state, word, version, boot):
    Charger.objects.update(registration=state)

    (answer,) = answers(gateway, [("BootNotification", boot)], version=version)

    assert (answer[0], answer[2]["status"], answer[2]["interval"]) == (3, word, 60)


@pytest.mark.parametrize(("state", "word"), [("pending", "Pending"), ("rejected", "Rejected")])
def test_it_serves_nothing_else_meanwhile_and_says_so(gateway, charger, state, word):
    Charger.objects.update(registration=state)
    calls = [("BootNotification", BOOT_16), ("Authorize", {"idTag": "04A1B2C3D4"}), ("StartTransaction", START)]

    _, authorize, start = answers(gateway, calls)

    assert [authorize[0], authorize[2], start[0], start[2]] == [4, "SecurityError", 4, "SecurityError"]
    assert f"This charger is {word}" in authorize[3]
    assert not Transaction.objects.exists()
    assert not Decision.objects.exists()
    assert Message.objects.filter(action="StartTransaction", fault__startswith=f"This charger is {word}").exists()


def test_it_takes_what_it_asked_a_pending_charger_for_and_orders_no_start(gateway, charger):
    Charger.objects.update(registration="pending")

    async def story() -> Any:
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("BootNotification", BOOT_16)  # an order before the connection is stored ends as offline
            await looking(lambda: wish(charger, "TriggerMessage", {"requestedMessage": "StatusNotification"}))
            asked = await device.receive(within_s=10)
            await device.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
            await device.send(json.dumps([2, "s", "StatusNotification", status]))
            answer = await device.receive()
            await looking(lambda: wish(charger, "RemoteStartTransaction", {"idTag": "04A1B2C3D4"}))
            with pytest.raises(TimeoutError):
                await device.receive(within_s=1)
            return answer

    assert asyncio.run(story()) == [3, "s", {}]
    start = Command.objects.get(action="RemoteStartTransaction")
    assert start.state == "error"
    assert start.outcome.startswith("It was not sent: the charger is Pending")


def wish(charger: Charger, action: str, payload: dict[str, Any]) -> Command:
    return queue.request(charger, queue.CommandRequest(action, payload, "system"), now=datetime.now(tz=UTC))


@pytest.mark.parametrize(("state", "word"), [("pending", "Pending"), ("rejected", "Rejected")])
def test_it_neither_answers_nor_serves_a_send_of_a_quarantined_charger(gateway, charger, state, word):
    """A SEND is never answered (OCPP 2.1 Part 4, 4.2.5): the log alone says that it was not served."""
    Charger.objects.update(registration=state)

    async def story() -> list[Any]:
        async with await Device.connect(gateway, "CP1", version="2.1") as device:
            await device.send(json.dumps([6, "s", "NotifyPeriodicEventStream", STREAM]))
            return await device.exchange(json.dumps([2, "b", "BootNotification", BOOT_2X]))

    answer = asyncio.run(story())

    assert (answer[0], answer[1], answer[2]["status"]) == (3, "b", word)
    row = Message.objects.get(message_type=6)
    assert (row.message_id, row.answer, row.is_error) == ("s", None, True)
    assert row.fault.startswith(f"This charger is {word}")


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize(
    ("presented", "status"),
    [
        ({"iso15118CertificateHashData": HASHES}, "NoCertificateAvailable"),
        ({"certificate": "MIIB"}, "CertChainError"),
    ],
)
def test_it_accepts_no_contract_certificate_that_nobody_has_read(gateway, charger, version, presented, status):
    Charger.objects.update(accepts_any_token_until=datetime(2100, 1, 1, tzinfo=UTC))

    plain, contract = answers(
        gateway, [("Authorize", {"idToken": EMAID}), ("Authorize", {"idToken": EMAID, **presented})], version=version
    )

    assert plain[2]["idTokenInfo"]["status"] == "Accepted"
    assert contract[2]["idTokenInfo"]["status"] == "Invalid"
    assert contract[2]["certificateStatus"] == status
    newest = Message.objects.filter(action="Authorize").order_by("id").last()
    assert newest.verdict == "Invalid: contract certificate not checked"
    assert newest.decision_id == Decision.objects.get(reason="contract_not_checked").pk


def test_an_unread_contract_certificate_leaves_a_decision_that_explains_itself(gateway, world: World):
    keys.set_imported(world.charger, "secret-password-1")
    world.charger.accepts_any_token_until = datetime(2100, 1, 1, tzinfo=UTC)
    world.charger.save()

    answers(gateway, [("Authorize", {"idToken": EMAID, "certificate": "MIIB"})], version="2.0.1")

    decision = Decision.objects.get()
    assert (decision.verdict, decision.reason, decision.uid) == ("refused", "contract_not_checked", "DE8AAC12345678")
    assert (decision.status_16, decision.status_2x, decision.kind) == ("Invalid", "Invalid", "authorize")
    assert [line["step"] for line in decision.trace] == ["contract_certificate"]
    owner = logged_in(world.owner)
    page = owner.get(f"/authorization/decisions/{decision.pk}/").content.decode()
    assert "Refused: Plug &amp; Charge is not accepted here." in page
    assert "Nobody checks these certificates here" in page
    why = owner.get(f"/chargers/CP1/logs/{Message.objects.get(action='Authorize').pk}/").content.decode()
    assert "nobody here checks contract certificates: CertChainError." in why
    assert "Done since" not in page
    assert "Whitelist this UID" not in page
    assert "Refused: Plug &amp; Charge is not accepted here." in why


def test_the_status_of_a_log_that_was_ordered_is_served_while_pending(gateway, charger):
    Charger.objects.update(registration="pending")
    order = {"log": {"remoteLocation": "ftp://x"}, "logType": "SecurityLog", "requestId": 7}
    told = {"status": "Uploaded"}

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("BootNotification", BOOT_2X)
            before = await device.refused("LogStatusNotification", {**told, "requestId": 7})
            request = queue.CommandRequest("GetLog", order, "system")
            await looking(lambda: queue.request(charger, request, now=datetime.now(tz=UTC)))
            frame = await device.receive()
            await device.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
            served = await device.call("LogStatusNotification", {**told, "requestId": 7})
            other = await device.refused("LogStatusNotification", {**told, "requestId": 8})
            return before, served, other, await device.refused("FirmwareStatusNotification", {"status": "Installed"})

    assert asyncio.run(story()) == ("SecurityError", {}, "SecurityError", "SecurityError")
