"""How a charger is known to another back office."""

import pytest

from chargers.models import Upstream
from chargers.upstreams.plan import UpstreamFacts
from chargers.upstreams.roles import UpstreamRole


@pytest.mark.parametrize(
    ("url", "identity", "address"),
    [
        ("wss://a.example/ocpp", "CP1", "wss://a.example/ocpp/CP1"),
        ("wss://a.example/ocpp/", "CP1", "wss://a.example/ocpp/CP1"),
        ("wss://a.example/ocpp/CP1", "CP1", "wss://a.example/ocpp/CP1"),
        ("wss://a.example/ocppCP1", "CP1", "wss://a.example/ocppCP1/CP1"),
        ("wss://a.example/ocpp?key=s3cret", "CP 1/a", "wss://a.example/ocpp/CP%201%2Fa?key=s3cret"),
    ],
)
def test_its_id_stands_behind_the_path(url, identity, address):
    assert UpstreamFacts(pk=1, name="A", role=UpstreamRole.FOLLOWER, url=url, identity=identity).address == address


def test_a_key_in_the_address_is_not_shown():
    assert Upstream(url="wss://a.example/ocpp?key=s3cret").shown_url() == "wss://a.example/ocpp?…"
    assert Upstream(url="wss://a.example/ocpp").shown_url() == "wss://a.example/ocpp"


def test_secrets_are_not_in_what_is_printed():
    facts = UpstreamFacts(
        pk=1, name="A", role=UpstreamRole.LEADER, url="ws://a", identity="CP1", password="s3cret", key="s3cret"
    )

    assert "s3cret" not in repr(facts)
