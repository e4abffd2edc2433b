"""Connecting to a back office: to a permitted address only, with its credentials, in the charger's OCPP version."""

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chargers.models import UpstreamLink
from chargers.simulator.partner import Partner
from tests.kit import gateway as gateways
from tests.kit import stories
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until, until_stored
from tests.kit.upstream import answer_of

CARD = "04A1B2C3D4"


def test_a_private_address_is_not_called_unless_it_is_permitted(transactional_db, charger, member):
    async def story(gateway):
        async with standing() as leader:
            await looking(lambda: stories.connect(charger, "Private", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                await until_stored(lambda: UpstreamLink.objects.filter(failed_at__isnull=False).exists())
                assert answer_of(await device.call("Authorize", {"idTag": CARD})) == "Accepted"
            return leader

    with gateways.running() as gateway:
        leader = asyncio.run(story(gateway))

    assert not leader.seen
    assert "OUTBOUND_ALLOWED_NETWORKS" in UpstreamLink.objects.get().error


@pytest.mark.parametrize(
    ("fields", "version", "error"),
    [
        ({"password": "wrong"}, "1.6", "refused the user name or password (401)"),
        ({"password": "right", "subprotocol": "ocpp2.0.1"}, "1.6", "is set up for ocpp2.0.1"),
    ],
)
def test_it_says_why_a_back_office_is_not_connected(gateway, charger, fields, version, error):
    async def story():
        async with standing(password="right") as follower:
            await looking(lambda: stories.connect(charger, "Locked", follower, **fields))
            async with await Device.connect(gateway, "CP1", version=version) as device:
                await device.call("Heartbeat", {})
                await until_stored(lambda: UpstreamLink.objects.filter(failed_at__isnull=False).exists())

    asyncio.run(story())

    link = UpstreamLink.objects.get()
    assert error in link.error
    assert link.next_try_at is not None or link.connected_at is None


def test_the_right_password_opens_it(gateway, charger):
    async def story():
        async with standing(password="right") as follower:
            await looking(lambda: stories.connect(charger, "Locked", follower, password="right"))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                await until_stored(lambda: UpstreamLink.objects.filter(connected_at__isnull=False).exists())
                await until(lambda: follower.received("Heartbeat"))

    asyncio.run(story())


def self_signed(tmp_path, *, valid):
    """A certificate for 127.0.0.1 that is its own authority: its file with the key, and its text."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    begins, ends = (
        (now - timedelta(days=1), now + timedelta(days=1))
        if valid
        else (
            now - timedelta(days=9),
            now - timedelta(days=1),
        )
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "server.pem"
    file.write_bytes(text + secret)
    return file, text.decode()


@pytest.mark.parametrize(
    ("valid", "trusted", "error"),
    [(True, True, ""), (False, True, "certificate has expired"), (True, False, "self-signed certificate")],
)
def test_its_certificate_must_be_good(gateway, charger, tmp_path, valid, trusted, error):
    file, text = self_signed(tmp_path, valid=valid)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def story():
        partner = Partner()
        url = await partner.start(tls=context)
        await looking(lambda: stories.connect(charger, "Secured", url, authority=text if trusted else ""))
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            wanted = {"failed_at__isnull": False} if error else {"connected_at__isnull": False}
            await until_stored(lambda: UpstreamLink.objects.filter(**wanted).exists())
        partner.kill()

    asyncio.run(story())

    assert error in UpstreamLink.objects.get().error
