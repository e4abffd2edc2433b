"""A provider's tokens, put, patched and read; and somebody else's, which are nobody's business."""

import pytest

from authorization.models import MobilityProvider, Token
from tests.billing.roaming.conftest import connect

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = {
    "country_code": "NL",
    "party_id": "EMS",
    "uid": "04A1B2C3D4",
    "type": "RFID",
    "contract_id": "NL-EMS-C001",
    "issuer": "Example eMSP",
    "valid": True,
    "whitelist": "ALLOWED",
    "last_updated": "2026-03-10T12:00:00Z",
}
OLD = {name: value for name, value in TOKEN.items() if name not in {"country_code", "party_id", "contract_id"}}


@pytest.fixture(autouse=True)
def connected(ours, msp, partner):
    connect(msp)


def put(partner, body=TOKEN, *, path=("NL", "EMS", "04A1B2C3D4"), query="", **headers):
    return partner.ask("PUT", "tokens", "/".join(path) + query, body=body, **headers)


def outcome(response):
    return response.status_code, response.json()["status_code"]


def test_a_new_token_is_a_201_and_the_same_once_more_a_200(partner, msp):
    assert outcome(put(partner)) == (201, 1000)
    assert outcome(put(partner)) == (200, 1000)
    token = Token.objects.get(msp=msp)
    assert (token.canonical_uid, token.contract_id, token.whitelist) == ("04A1B2C3D4", "NL-EMS-C001", "ALLOWED")


def test_it_is_read_as_it_was_put_in_any_case(partner):
    put(partner)
    response = partner.ask("GET", "tokens", "nl", "ems", "04a1b2c3d4")
    assert response.json()["data"] == TOKEN


def test_a_patch_changes_what_it_names(partner, msp):
    put(partner)
    change = {"valid": False, "last_updated": "2026-03-10T13:00:00Z"}
    assert outcome(partner.ask("PATCH", "tokens", "NL", "EMS", "04A1B2C3D4", body=change)) == (200, 1000)
    token = Token.objects.get(msp=msp)
    assert (token.valid, token.whitelist) == (False, "ALLOWED")
    assert partner.ask("GET", "tokens", "NL", "EMS", "04A1B2C3D4").json()["data"] == TOKEN | change


def test_a_patch_without_last_updated_is_a_2001(partner):
    put(partner)
    response = partner.ask("PATCH", "tokens", "NL", "EMS", "04A1B2C3D4", body={"valid": False})
    assert outcome(response) == (200, 2001)
    assert response.json()["status_message"].startswith("last_updated")


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_token_that_we_do_not_have_is_a_404(partner, method):
    body = {"valid": False, "last_updated": "2026-03-10T13:00:00Z"} if method == "PATCH" else None
    assert outcome(partner.ask(method, "tokens", "NL", "EMS", "NOBODY", body=body)) == (404, 2004)


@pytest.mark.parametrize("path", [("NL", "XYZ", "04A1B2C3D4"), ("DE", "EMS", "04A1B2C3D4")])
def test_another_party_is_a_404(partner, path):
    MobilityProvider.objects.create(country_code="NL", party_id="XYZ", name="Other")
    assert put(partner, path=path).status_code == 404
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uid": "OTHER"}, "uid"),
        ({"party_id": "XYZ"}, "party_id"),
        ({"uid": 5}, "uid"),
        ({"uid": "x" * 37}, "uid"),
        ({"valid": "true"}, "valid"),
        ({"whitelist": "SOMETIMES"}, "whitelist"),
        ({"type": "CARD"}, "type"),
        ({"last_updated": "yesterday"}, "last_updated"),
        ({"issuer": None}, "issuer"),
    ],
)
def test_what_is_wrong_is_named_in_a_200(partner, change, field):
    response = put(partner, TOKEN | change)
    assert outcome(response) == (200, 2001)
    assert response.json()["status_message"].startswith(field)
    assert Token.objects.count() == 0


@pytest.mark.parametrize("field", [name for name in TOKEN if name != "party_id"])
def test_what_is_missing_is_named_in_a_200(partner, field):
    response = put(partner, {name: value for name, value in TOKEN.items() if name != field})
    assert outcome(response) == (200, 2001)
    assert response.json()["status_message"].startswith(field)


def test_unknown_fields_and_odd_times_are_no_reason_to_refuse(partner):
    assert outcome(put(partner, TOKEN | {"colour": "red", "last_updated": "2026-03-10 12:00:00"})) == (201, 1000)


def test_our_own_block_of_a_card_stays(partner, msp):
    put(partner)
    Token.objects.update(blocked=True, blocked_reason="Lost")
    put(partner)
    assert Token.objects.get(msp=msp).blocked


def test_a_body_that_is_no_object_is_a_2001(partner):
    assert outcome(put(partner, [TOKEN])) == (200, 2001)


def test_there_is_no_delete(partner):
    put(partner)
    assert partner.ask("DELETE", "tokens", "NL", "EMS", "04A1B2C3D4").status_code == 405


def test_an_app_user_is_another_token_than_a_card(partner):
    put(partner)
    assert partner.ask("GET", "tokens", "NL", "EMS", "04A1B2C3D4?type=APP_USER").status_code == 404


def test_answers_have_the_routing_headers_swapped_and_the_ids(partner):
    routing = {
        "OCPI_from_country_code": "NL",
        "OCPI_from_party_id": "EMS",
        "OCPI_to_country_code": "NL",
        "OCPI_to_party_id": "SUN",
    }
    response = put(partner, **routing, X_Request_ID="request-1", X_Correlation_ID="correlation-1")
    assert response.headers["OCPI-to-party-id"] == "EMS"
    assert response.headers["OCPI-from-party-id"] == "SUN"
    assert (response.headers["X-Request-ID"], response.headers["X-Correlation-ID"]) == ("request-1", "correlation-1")


def test_2_1_1_needs_no_type_in_the_address_and_no_last_updated_in_a_patch(partner, ours, msp):
    url = f"{ours}/ocpi/2.1.1/tokens/NL/EMS/04A1B2C3D4"
    other = OLD | {"auth_id": "NL-EMS-C001", "type": "OTHER"}

    assert outcome(partner.call("PUT", url, body=other)) == (201, 1000)
    assert outcome(partner.call("PATCH", url, body={"valid": False})) == (200, 1000)

    assert Token.objects.get(msp=msp).valid is False
    assert partner.call("GET", url).json()["data"] == other | {"valid": False}
    assert outcome(partner.call("PUT", f"{url}?type=RFID", body=other)) == (200, 2001)


def test_2_1_1_calls_the_contract_auth_id(partner, ours, msp):
    url = f"{ours}/ocpi/2.1.1/tokens/NL/EMS/04A1B2C3D4"
    assert outcome(partner.call("PUT", url, body=OLD | {"auth_id": "NL-EMS-C001"})) == (201, 1000)
    assert Token.objects.get(msp=msp).contract_id == "NL-EMS-C001"
    assert partner.call("GET", url).json()["data"] == OLD | {"auth_id": "NL-EMS-C001"}
