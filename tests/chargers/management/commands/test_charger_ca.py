"""`manage.py charger_ca`: our own certificate authority, made once, renewed and shown."""

import pytest
from cryptography import x509
from django.core.management import CommandError, call_command

from chargers.models import CertificateAuthority


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb"])
def test_a_name_that_no_certificate_can_have_is_refused(name: str):
    with pytest.raises(CommandError, match="1 to 64 printable letters"):
        call_command("charger_ca", "init", "--name", name)

    assert not CertificateAuthority.objects.exists()


@pytest.mark.django_db
def test_a_successor_needs_one_before_it(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(CommandError, match="charger_ca init"):
        call_command("charger_ca", "renew")
    call_command("charger_ca", "init")
    first = capsys.readouterr().out

    call_command("charger_ca", "renew")

    assert capsys.readouterr().out not in {"", first}


@pytest.mark.django_db
def test_it_is_made_once_and_shown(capsys):
    with pytest.raises(CommandError, match="charger_ca init"):
        call_command("charger_ca", "show")
    call_command("charger_ca", "init", "--name", "Test authority")
    first = capsys.readouterr().out
    call_command("charger_ca", "init", "--name", "Another")
    call_command("charger_ca", "show")

    assert capsys.readouterr().out == first * 2
    assert x509.load_pem_x509_certificate(first.encode()).subject.rfc4514_string() == "CN=Test authority"
    assert CertificateAuthority.objects.count() == 1
