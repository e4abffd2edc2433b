"""What the tests of gateway.secured and security.certificates share."""

import asyncio
import base64
import json
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chargers.models import Charger, FailedHandshake
from chargers.security import authority
from tests.kit import gateway as gateways
from tests.kit.connected import PASSWORD


def now():
    return datetime.now(tz=UTC)


def name_of(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key_pem(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def certificate_pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def signed_by_itself(common_name, key, *, of_server=False):
    """Returns a self-signed certificate: a foreign client's, or one for our server."""
    use = ExtendedKeyUsageOID.SERVER_AUTH if of_server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        x509.CertificateBuilder(name_of(common_name), name_of(common_name), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


class Identity:
    """A key of a charger with its certificate, as files."""

    def __init__(self, folder: Path, charger, *, common_name="CP1", ours=True, at=None):
        key = ec.generate_private_key(ec.SECP256R1())
        if ours:
            authority.make(name="Test authority", now=now())
            request = x509.CertificateSigningRequestBuilder(name_of(common_name)).sign(key, hashes.SHA256())
            signer = Charger(pk=charger.pk, charger_id=common_name)
            text = request.public_bytes(serialization.Encoding.PEM).decode()
            self.row = authority.sign(signer, text, now=at or now())
            self.pem = self.row.certificate.encode()
        else:
            self.pem = certificate_pem(signed_by_itself(common_name, key))
        self.certificate, self.key = folder / "client.pem", folder / "client.key"
        self.certificate.write_bytes(self.pem)
        self.key.write_bytes(key_pem(key))


class Secured:
    """A gateway with an encrypted port."""

    def __init__(self, port: int, server: Path) -> None:
        self.port, self.server = port, server

    async def knock(self, *, identity=None, password=PASSWORD, charger_id="CP1", version="1.6"):
        """Returns the status of the handshake; 101 means admitted, with an answered Heartbeat."""
        context = ssl.create_default_context(cafile=str(self.server))
        if identity:
            context.load_cert_chain(identity.certificate, identity.key)
        headers = {}
        if password:
            headers["Authorization"] = f"Basic {base64.b64encode(f'{charger_id}:{password}'.encode()).decode()}"
        try:
            async with websockets.connect(
                f"wss://127.0.0.1:{self.port}/ocpp/{charger_id}",
                ssl=context,
                subprotocols=[f"ocpp{version}"],
                additional_headers=headers,
                proxy=None,
            ) as ws:
                await ws.send('[2,"1","Heartbeat",{}]')
                assert json.loads(await ws.recv())[0] == 3
        except websockets.InvalidStatus as exc:
            return exc.response.status_code
        return 101


@pytest.fixture(scope="module")
def _secured(tmp_path_factory, django_db_setup, django_db_blocker):
    folder = tmp_path_factory.mktemp("server")
    key = ec.generate_private_key(ec.SECP256R1())
    server = folder / "server.pem"
    server.write_bytes(certificate_pem(signed_by_itself("127.0.0.1", key, of_server=True)))
    (folder / "server.key").write_bytes(key_pem(key))
    plain, encrypted = free_port(), free_port()
    command = [
        sys.executable, "-m", "backoffice.launcher", "--port", str(plain), "--tls-port", str(encrypted),
        "--tls-certificate", str(server), "--tls-key", str(folder / "server.key"),
    ]  # fmt: skip
    import os

    process = subprocess.Popen(command, cwd=gateways.ROOT, env={**os.environ, **gateways.environment()})
    try:
        gateways._wait_for(encrypted, process)
        yield Secured(encrypted, server)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def secured(_secured, transactional_db):
    return _secured


@pytest.fixture
def profile_3(charger):
    Charger.objects.update(security_profile=3)
    return charger


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def knock(secured, **options):
    status = asyncio.run(secured.knock(**options))
    failed = FailedHandshake.objects.order_by("-pk").first()
    return status, failed.reason if failed else None
