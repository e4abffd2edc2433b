"""Tokens, authorization and commands: what is ours, what OCPI allows, and where one finding is enough."""

import pytest

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import drivers
from tests.kit import planted
from tests.kit.exchanges import (
    authorization,
    command,
    envelope,
    incoming,
    order,
    put_token,
    result,
    token,
    token_page,
    without,
)


def codes(facts) -> list[str]:
    return [deviation.code for deviation in drivers.examine(facts)]


@pytest.mark.parametrize("case", [case for case in planted.OURS if case[0].startswith("results")], ids=planted.label)
def test_what_we_do_wrong_is_ours(case):
    planted.assert_named(case, author=Side.US)


def test_unknown_fields_and_nulls_of_optional_ones_are_allowed():
    assert codes(put_token(token(colour="red", visual_number=None, group_id=None))) == []


def test_a_token_of_another_version_deviates_in_that_alone():
    assert codes(put_token(without(token("2.1.1"), "issuer"))) == ["tokens.form_of_2_1_1"]


def test_each_wrong_token_of_a_page_is_named():
    page = token_page([token(), token(valid=1), token(whitelist="ON")])

    assert [(each.code, each.path) for each in drivers.examine(page)] == [
        ("tokens.field_type", "$.data[1].valid"), ("tokens.value_unknown", "$.data[2].whitelist"),
    ]  # fmt: skip


def test_a_party_that_has_joined_is_no_stranger():
    joined = put_token(token(party_id="EM2"), path="NL/EM2/04A1B2C3D4", partner_parties=frozenset({"NL-EMS", "NL-EM2"}))

    assert codes(joined) == []


def test_a_token_of_another_type_names_it_in_its_address():
    assert codes(put_token(token(type="APP_USER"), path="NL/EMS/04A1B2C3D4?type=app_user")) == []


def test_a_token_that_we_do_not_have_is_not_foreign():
    facts = incoming("GET", "tokens/NL/EMS/NO", http_status=404, answer=envelope(status=2004))

    assert codes(facts) == []


@pytest.mark.parametrize("status", [2000, 2002, 2003, 3000])
def test_an_authorization_that_is_refused_for_another_cause(status):
    assert codes(authorization(answer=envelope(status=status))) == []
    assert codes(authorization(answer=envelope(status=status), http_status=404)) == []


def test_an_authorization_in_a_list_of_one_is_read():
    assert codes(authorization([{"allowed": "MAYBE", "token": token()}])) == ["authorize.value_unknown"]


def test_a_command_without_what_is_optional():
    body = without(order(), "evse_uid")

    assert codes(command(body=body | {"authorization_reference": None})) == []
    assert codes(command("start_session", order())) == []


def test_a_foreign_token_needs_an_owner_to_be_told():
    assert codes(command(body=order(token=token(party_id="XYZ")), partner_parties=frozenset())) == []


def test_a_result_that_we_did_not_send_is_nobodys():
    assert codes(result(http_status=None, failure="was not called: port 25 is reserved for another service")) == []
    assert codes(result(http_status=401, answer=None)) == []
    assert codes(result(http_status=204, answer=None)) == []
