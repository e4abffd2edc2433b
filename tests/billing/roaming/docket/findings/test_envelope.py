"""The envelope: what is ours, what OCPI allows, and what no answer of OCPI is."""

import pytest

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import envelope as rule
from tests.kit import planted
from tests.kit.exchanges import (
    authorization,
    cdr,
    credentials,
    details,
    envelope,
    listed,
    outgoing,
    pushed,
    stored,
    tariff,
    token,
    token_page,
    version_details,
    version_list,
)


def codes(facts) -> list[str]:
    return [deviation.code for deviation in rule.examine(facts)]


@pytest.mark.parametrize("case", [case for case in planted.OURS if case[0].startswith("envelope")])
def test_what_we_do_wrong_is_ours(case):
    planted.assert_named(case, author=Side.US)


def test_what_several_things_are_wrong_in_is_several_findings():
    answer = [{"status_code": "1000", "data": []}]

    assert codes(token_page(answer=answer, ocpi_status=None)) == [
        "envelope.list_wrapped", "envelope.status_code_type", "envelope.timestamp_missing",
    ]  # fmt: skip


def test_a_list_of_one_is_right_where_a_list_is_asked_for():
    assert codes(token_page([token()])) == []
    assert codes(version_list([{"version": "2.2.1", "url": "https://partner.example"}])) == []


def test_one_object_is_right_where_one_is_asked_for():
    assert codes(version_details(details())) == []
    assert codes(stored("cdrs", cdr())) == []
    assert codes(authorization()) == []


def test_a_refusal_needs_no_data_and_a_push_neither():
    assert codes(token_page(answer=envelope(status=2000))) == []
    assert codes(pushed("tariffs", tariff())) == []
    assert codes(outgoing("DELETE", "credentials")) == []
    assert codes(outgoing("PUT", "credentials", request=credentials())) == ["envelope.data_missing"]


@pytest.mark.parametrize("changes", [{"http_status": 500}, {"http_status": 307}, {"http_status": 403}])
def test_what_ocpi_did_not_answer_has_no_envelope(changes):
    assert codes(token_page(answer={"detail": "x"}, ocpi_status=None, **changes)) == []


def test_the_shape_of_our_own_data_is_not_judged():
    assert codes(listed("cdrs", answer=envelope(cdr()))) == []
