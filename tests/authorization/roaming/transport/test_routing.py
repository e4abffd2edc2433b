"""Routing headers, ids of messages, and joined addresses."""

from authorization.roaming.transport import routing
from authorization.roaming.transport.routing import Party, Route

HEADERS = {
    "OCPI-from-country-code": "nl",
    "OCPI-from-party-id": "ems",
    "OCPI-to-country-code": "NL",
    "OCPI-to-party-id": "SUN",
}


def test_it_reads_both_parties_without_case():
    assert routing.read(HEADERS) == Route(sender=Party("NL", "EMS"), receiver=Party("NL", "SUN"))


def test_an_answer_goes_back():
    assert routing.read(HEADERS).back == Route(sender=Party("NL", "SUN"), receiver=Party("NL", "EMS"))


def test_half_a_party_is_none():
    assert routing.read({"OCPI-to-country-code": "NL"}) == Route()


def test_it_writes_what_it_reads():
    route = Route(sender=Party("NL", "SUN"), receiver=Party("NL", "EMS"))
    assert routing.read(route.headers()) == route


def test_parts_are_joined_by_one_slash():
    assert routing.join("https://example.com/locations/", "NL", "SUN") == "https://example.com/locations/NL/SUN"


def test_a_message_id_is_printable_and_short():
    assert routing.message_id(" 12\x0034é ") == "1234"
    assert len(routing.message_id("x" * 500)) == 36
