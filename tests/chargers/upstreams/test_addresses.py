"""The address of another back office: what is refused when it is saved, since it would never be called."""

from ipaddress import ip_network

import pytest

from chargers.upstreams import addresses
from chargers.upstreams.addresses import AddressError


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "169.254.0.1:9000", "127.0.0.1", "10.1.2.3", "192.0.0.8", "0.0.0.0", "224.0.0.1",
        "[fe80::1]", "[::1]", "[fd00::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]",
        "2852039166", "0xa9fea9fe", "169.254.43518",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_not_saved(host: str):
    with pytest.raises(AddressError, match=r"An operator can permit its network by .* OUTBOUND_ALLOWED_NETWORKS\."):
        addresses.url(f"wss://{host}/ocpp")


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "localhost", "ocpp.example", "ocpp.invalid:9000"])
def test_public_addresses_and_names_are_saved_without_a_look_up(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("socket.getaddrinfo", None)

    assert addresses.url(f"wss://{host}/ocpp") == f"wss://{host}/ocpp"


def test_an_operator_permits_a_network(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("10.0.0.0/8")]

    assert addresses.url("ws://10.1.2.3/ocpp") == "ws://10.1.2.3/ocpp"
    with pytest.raises(AddressError):
        addresses.url("ws://192.168.1.1/ocpp")
