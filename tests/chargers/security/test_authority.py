"""Our own certificate authority and the command that makes it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.core.management import call_command

from chargers.lib import secrets
from chargers.models import CertificateAuthority
from chargers.security import authority
from tests.kit.at_once import at_once
from tests.kit.csr import pem, request_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_it_is_made_once_also_by_two_at_once():
    at_once(4, lambda: authority.make(name="Test authority", now=NOW))

    assert CertificateAuthority.objects.count() == 1


@pytest.mark.django_db
def test_it_keeps_its_key_encrypted():
    made, _ = authority.make(name="Test authority", now=NOW)

    assert "PRIVATE KEY" not in made.key_encrypted
    assert load_pem_private_key(secrets.decrypt(made.key_encrypted).encode(), password=None)


@pytest.mark.django_db
def test_it_signs_for_clients_only_and_copies_no_wish(charger):
    authority.make(name="Test authority", now=NOW)
    wished = x509.SubjectAlternativeName([x509.DNSName("bank.example")])

    signed = authority.sign(charger, pem(request_of(extension=wished)), now=NOW)

    leaf = x509.load_pem_x509_certificate(signed.certificate.encode())
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    with pytest.raises(x509.ExtensionNotFound):
        leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)


@pytest.mark.django_db
def test_it_asks_for_the_configured_organisation_at_the_door(charger, settings):
    authority.make(name="Test authority", now=NOW)
    signed = authority.sign(charger, pem(request_of()), now=NOW)
    der = x509.load_pem_x509_certificate(signed.certificate.encode()).public_bytes(authority.serialization.Encoding.DER)

    assert isinstance(authority.judge(der, charger, now=NOW), authority.KnownCertificate)
    settings.CHARGER_CERTIFICATE_ORGANIZATION = "Sunset Stays"
    assert authority.judge(der, charger, now=NOW).reason == "wrong_certificate"


@pytest.mark.django_db
def test_an_authority_does_not_open_the_door_itself(charger):
    made, _ = authority.make(name=charger.charger_id, now=NOW)
    der = x509.load_pem_x509_certificate(made.certificate.encode()).public_bytes(authority.serialization.Encoding.DER)

    assert authority.judge(der, charger, now=NOW).reason == "foreign_certificate"


@pytest.mark.django_db
def test_its_successor_signs_and_what_it_signed_stays_good(charger):
    yesterday = datetime.now(tz=UTC) - timedelta(days=1)
    authority.make(name="Test authority", now=yesterday)
    first = authority.sign(charger, pem(request_of()), now=yesterday)
    call_command("charger_ca", "renew")
    second = authority.sign(charger, pem(request_of()), now=datetime.now(tz=UTC))

    assert first.authority != second.authority
    for one in (first, second):
        der = x509.load_pem_x509_certificate(one.certificate.encode()).public_bytes(Encoding.DER)
        assert isinstance(authority.judge(der, charger, now=datetime.now(tz=UTC)), authority.KnownCertificate)
