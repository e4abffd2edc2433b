"""New passwords and certificates, asked for and brought over real sockets."""

import asyncio
import json

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chargers import tasks
from chargers.commands import queue
from chargers.models import Certificate, CertificateRequest, Charger, Command, Message, PasswordChange, Variable
from chargers.security import authority, keys, passwords
from chargers.text.masking import HIDDEN
from tests.kit.connected import PASSWORD
from tests.kit.credentials import change, is_let_in, now, settled, told_a_password
from tests.kit.gateway import Device, looking


def everything_stored():
    """Every text of the tables that people read."""
    rows = [*Message.objects.values(), *Command.objects.values(), *PasswordChange.objects.values()]
    return json.dumps([*rows, *Variable.objects.values()], default=str)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_it_changes_the_password_and_drops_the_old_one_when_the_new_one_was_used(gateway, charger, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            await looking(change)
            new = await told_a_password(device, answer="Accepted")
            await settled("accepted")
            assert await is_let_in(gateway, PASSWORD, version)
            assert await is_let_in(gateway, new, version)
            await settled("proved")
        assert not await is_let_in(gateway, PASSWORD, version)
        assert await is_let_in(gateway, new, version)
        return new

    new = asyncio.run(story())

    assert len(bytes.fromhex(new)) == 16
    assert Charger.objects.get().key_kind == "generated"
    assert Command.objects.get().effect_seen_at
    assert new not in everything_stored()
    assert HIDDEN in Message.objects.get(direction="out").request
    assert Command.objects.get().secret_encrypted == ""


def test_it_takes_the_bytes_of_the_key_as_well_as_its_hexadecimal_text(gateway, charger):
    key = bytes.fromhex("00ff" * 8)
    keys.set_generated(charger, key.hex())
    charger.save()

    async def story():
        import base64

        token = base64.b64encode(b"CP1:" + key).decode()
        async with websockets.connect(
            f"{gateway.url}/CP1",
            subprotocols=["ocpp1.6"],
            additional_headers={"Authorization": f"Basic {token}"},
            proxy=None,
        ):
            return True

    assert asyncio.run(story())


def test_it_hides_a_password_that_a_charger_tells_of_itself(gateway, charger):
    def ask():
        queue.request(charger, queue.CommandRequest("GetConfiguration", {}, "system"), now=now())

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(ask)
            _, message_id, _, _ = await device.receive()
            told = [{"key": "authorizationKEY", "readonly": False, "value": PASSWORD}]
            await device.send(json.dumps([3, message_id, {"configurationKey": told}]))
            await device.call("Heartbeat", {})

    asyncio.run(story())

    assert Variable.objects.get().value is None
    assert PASSWORD not in everything_stored()


def test_a_connection_ends_when_what_proved_it_is_not_good_any_more(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            new = await looking(lambda: passwords.replace_at_once(charger, origin="system", now=now()))
            await looking(lambda: queue.hang_up(charger.pk))
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await device.receive()
        assert not await is_let_in(gateway, PASSWORD)
        assert await is_let_in(gateway, new)
        return caught.value.rcvd.code

    assert asyncio.run(story()) == 4001


def request_of(common_name="CP1", *, key=None, organization=""):
    key = key or ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    made = x509.CertificateSigningRequestBuilder(x509.Name(names)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_it_answers_at_once_signs_later_and_sends_the_certificate(gateway, charger, version):
    asked = {"csr": request_of()}
    if version != "1.6":
        asked["certificateType"] = "ChargingStationCertificate"
    if version == "2.1":
        asked["requestId"] = 7

    async def story():
        await looking(lambda: authority.make(name="Test authority", now=now()))
        async with await Device.connect(gateway, "CP1", version=version) as device:
            assert await device.call("SignCertificate", asked) == {"status": "Accepted"}
            assert not await looking(Certificate.objects.exists)
            await looking(tasks.keep_credentials_moving)
            _, message_id, action, payload = await device.receive()
            assert action == "CertificateSigned"
            await device.send(json.dumps([3, message_id, {"status": "Accepted"}]))
            await device.call("Heartbeat", {})
            return payload

    payload = asyncio.run(story())

    expected = {"1.6": set(), "2.0.1": {"certificateType"}, "2.1": {"certificateType", "requestId"}}[version]
    assert set(payload) == {"certificateChain"} | expected
    leaf = x509.load_pem_x509_certificate(payload["certificateChain"].encode())
    assert leaf.subject.rfc4514_string() == "CN=CP1"
    assert CertificateRequest.objects.get().state == "accepted"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_rejects_a_request_for_somebody_else_and_tells_people_why(gateway, charger, version):
    async def story():
        await looking(lambda: authority.make(name="Test authority", now=now()))
        async with await Device.connect(gateway, "CP1", version=version) as device:
            return await device.call("SignCertificate", {"csr": request_of("CP2")})

    answer = asyncio.run(story())

    assert answer["status"] == "Rejected"
    row = CertificateRequest.objects.get()
    assert (row.state, row.outcome) == (
        "rejected",
        "Its subject names CN CP2: it must be the charger's id CP1.",
    )
    assert tasks.keep_credentials_moving() == 0


def test_it_sends_a_certificate_again_that_nobody_answered(gateway, charger):
    async def story():
        await looking(lambda: authority.make(name="Test authority", now=now()))
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("SignCertificate", {"csr": request_of()})
            await looking(tasks.keep_credentials_moving)
            assert (await device.receive())[2] == "CertificateSigned"
        await asyncio.sleep(0.3)
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(tasks.keep_credentials_moving)
            _, message_id, action, _ = await device.receive()
            await device.send(json.dumps([3, message_id, {"status": "Accepted"}]))
            await device.call("Heartbeat", {})
            return action

    assert asyncio.run(story()) == "CertificateSigned"
    assert (CertificateRequest.objects.get().state, Certificate.objects.count()) == ("accepted", 1)
