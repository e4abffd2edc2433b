"""Where chargers connect: as configured, or as the page was reached; encrypted from profile 2 on."""

import pytest

from chargers.handshake import addresses
from chargers.handshake.addresses import Origin
from chargers.models import Charger

PAGE = Origin(host="charge.example.com", is_secure=False)


def base(profile: int, origin: Origin = PAGE) -> str:
    return addresses.base_of(Charger(charger_id="CP1", security_profile=profile), origin)


@pytest.fixture(autouse=True)
def _nothing_configured(settings):
    settings.CHARGER_URL = settings.CHARGER_TLS_URL = ""


def test_without_a_configured_address_the_pages_own_host_is_the_guess():
    assert base(1) == "ws://charge.example.com/ocpp"
    assert base(1, Origin(host="charge.example.com", is_secure=True)) == "wss://charge.example.com/ocpp"
    assert base(2) == "wss://charge.example.com/ocpp", "encrypted, however the page was reached"


def test_the_configured_addresses_count_each_for_its_profiles(settings):
    settings.CHARGER_URL, settings.CHARGER_TLS_URL = "ws://plain/ocpp", "wss://secure/ocpp"

    assert [base(profile) for profile in (0, 1, 2, 3)] == ["ws://plain/ocpp"] * 2 + ["wss://secure/ocpp"] * 2


def test_one_encrypted_address_serves_every_profile_and_a_plain_one_none_of_tls(settings):
    settings.CHARGER_URL = "wss://both/ocpp"
    assert base(1) == base(2) == "wss://both/ocpp"

    settings.CHARGER_URL = "ws://plain/ocpp"
    assert base(2) == "wss://charge.example.com/ocpp"


@pytest.mark.parametrize(("charger_id", "end"), [("CP1", "CP1"), ("A*B=+@", "A*B=+@"), ("CP 1/ä", "CP%201%2F%C3%A4")])
def test_an_id_stands_in_it_as_a_charger_can_send_it(charger_id: str, end: str):
    address = addresses.of_charger(Charger(charger_id=charger_id, security_profile=1), PAGE)

    assert address == f"ws://charge.example.com/ocpp/{end}"
