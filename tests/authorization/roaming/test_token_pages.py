"""A provider's list of cards over a real socket: what is taken of an answer, and what is said of the rest."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from authorization.roaming import token_pages
from authorization.roaming.realtime import Endpoint
from authorization.roaming.token_pages import Card
from authorization.roaming.transport.routing import Party
from chargers.lib.outbound import NoAnswerError
from chargers.simulator.provider import card
from tests.kit.provider import Standing, standing


@pytest.fixture
def provider(settings: Any) -> Iterator[Standing]:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as started:
        yield started


def endpoint(provider: Standing) -> Endpoint:
    return Endpoint(url=provider.url, token="our-token", to=Party(country_code="NL", party_id="EMS"))


def test_every_page_is_read(provider: Standing):
    provider.provider.cards = [card(f"NLEMS{number:07}") for number in range(250)]

    pages = list(token_pages.pages(endpoint(provider), since=None))

    assert [len(page.cards) for page in pages] == [100, 100, 50]
    assert not any(page.wrong for page in pages)
    assert "date_from" not in provider.asked[0].query


def test_only_what_changed_is_asked_for(provider: Standing):
    list(token_pages.pages(endpoint(provider), since=datetime(2026, 3, 10, 12, tzinfo=UTC)))

    assert "date_from=2026-03-10T12%3A00%3A00Z" in provider.asked[0].query


def test_a_card_is_read_as_far_as_it_counts():
    read = token_pages._card(card("nlems01") | {"visual_number": "V" * 80, "contract_id": None, "auth_id": "NL-1"})

    assert isinstance(read, Card)
    assert (read.canonical_uid, len(read.visual_number), read.contract_id) == ("NLEMS01", 64, "NL-1")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("text", "is no Token object"),
        ({}, "is no UID"),
        (card("NLEMS01") | {"uid": 5}, "is no UID"),
        (card("VID:001122334455"), "is no UID"),
        (card("NLEMS01") | {"type": "BADGE"}, "none that OCPI has"),
        (card("NLEMS01") | {"whitelist": "SOMETIMES"}, "none that OCPI has"),
        (card("NLEMS01") | {"valid": "true"}, "none that OCPI has"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(value: Any, complaint: str):
    assert complaint in str(token_pages._card(value))


def test_a_wrong_card_does_not_spoil_the_others():
    page = token_pages._page([card("NLEMS01"), "text", card("NLEMS02")])

    assert ([taken.uid for taken in page.cards], len(page.wrong)) == (["NLEMS01", "NLEMS02"], 1)


@pytest.mark.parametrize("tokens", [None, {}, "cards"])
def test_an_answer_without_a_list_is_none(tokens: object):
    with pytest.raises(NoAnswerError, match="without a list"):
        token_pages._page(tokens)
