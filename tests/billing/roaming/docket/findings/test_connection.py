"""Versions, credentials, routing headers: what OCPI allows, and where one finding is enough."""

from dataclasses import replace

from billing.roaming.docket.findings import connection
from tests.kit.exchanges import (
    credentials,
    details,
    envelope,
    incoming,
    listed,
    outgoing,
    put_token,
    registration,
    replaced,
    token_page,
    version_details,
    version_list,
    without,
)

ROUTING = ("ocpi-to-country-code", "ocpi-to-party-id", "ocpi-from-country-code", "ocpi-from-party-id")
NOTHING = dict.fromkeys(ROUTING)


def codes(facts) -> list[str]:
    return [deviation.code for deviation in connection.examine(facts)]


def test_the_credentials_endpoint_needs_no_role():
    bare = without(details()["endpoints"][0], "role")

    assert codes(version_details(replaced(details(), "endpoints.0", bare))) == []


def test_versions_that_we_do_not_speak_and_modules_that_we_do_not_know_are_allowed():
    versions = [{"version": name, "url": "https://partner.example/x"} for name in ("2.0", "2.2.1", "3.0")]
    endpoint = {"identifier": "nlems-extra", "role": "SENDER", "url": "https://partner.example/x"}

    assert codes(version_list(versions)) == []
    assert codes(version_details(replaced(details(), "endpoints.2", endpoint))) == []


def test_our_credentials_in_an_answer_are_examined_as_ours():
    facts = incoming("GET", "credentials", answer=envelope(without(credentials(), "url")))

    (deviation,) = connection.examine(facts)

    assert (deviation.code, deviation.author, deviation.path) == ("credentials.field_missing", "us", "$.data.url")


def test_the_same_party_in_two_roles_is_allowed():
    roles = credentials()["roles"]

    assert codes(registration(credentials(roles=[*roles, roles[0] | {"role": "CPO"}]))) == []


def test_between_two_parties_routing_headers_may_be_missing():
    assert codes(put_token(request_headers=NOTHING)) == []
    assert codes(token_page(answer_headers=NOTHING)) == []


def test_a_hub_may_leave_the_receiver_to_us_only_where_there_is_one_party():
    to_nobody = {"ocpi-to-country-code": None, "ocpi-to-party-id": None}

    assert codes(put_token(request_headers=to_nobody)) == []
    assert codes(put_token(request_headers=to_nobody, needs_routing=True)) == ["routing.request_missing"]


def test_2_1_1_has_no_routing_headers():
    assert codes(put_token(version="2.1.1", needs_routing=True)) == []


def test_headers_that_were_not_stored_are_not_missing():
    older = replace(put_token(needs_routing=True), request_headers=None, answer_headers=None)

    assert codes(older) == []


def test_a_receiver_that_we_do_not_refuse_is_no_stranger():
    assert codes(listed("cdrs", request_headers={"ocpi-to-party-id": "XYZ"})) == []


def test_routing_headers_on_an_answer_about_credentials_are_the_partners():
    facts = outgoing(
        "PUT", "credentials", request=credentials(), answer=envelope(credentials()),
        answer_headers={"ocpi-to-party-id": "SUN"},
    )  # fmt: skip

    (deviation,) = connection.examine(facts)

    assert (deviation.code, deviation.author) == ("routing.on_configuration", "partner")
