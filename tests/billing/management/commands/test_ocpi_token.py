"""Prints a token with which a mobility provider registers here."""

import pytest
from django.core.management import CommandError, call_command

from authorization.models import MobilityProvider
from billing.models import PartnerCredential
from billing.roaming.partners import partner_tokens

pytestmark = pytest.mark.django_db


def test_it_prints_a_token_that_is_known_as_the_partners(capsys):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")

    call_command("ocpi_token", msp="NL-EMS")

    token = capsys.readouterr().out.strip()
    credential = PartnerCredential.objects.get()
    assert (credential.connection.msp, credential.kind) == (msp, partner_tokens.Kind.REGISTRATION)
    assert token
    assert token not in str(vars(credential)), "what is stored does not give it away"


def test_a_partner_that_there_is_not_gets_none(capsys):
    with pytest.raises(CommandError, match="no mobility provider NL-XXX") as refused:
        call_command("ocpi_token", msp="NL-XXX")

    assert refused.value.returncode == 2
    assert not PartnerCredential.objects.exists()
