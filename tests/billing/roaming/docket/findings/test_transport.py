"""HTTP: what is ours, what OCPI allows, and where one finding is enough."""

import pytest

from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import transport
from tests.kit import planted
from tests.kit.exchanges import (
    envelope,
    incoming,
    location,
    outgoing,
    pushed,
    put_token,
    result,
    session,
    tariff,
    token_page,
)


def codes(facts) -> list[str]:
    found = [deviation.code for deviation in transport.examine(facts)]
    return [code for code in found if catalogue.applies(code, facts.version)]


@pytest.mark.parametrize("case", [case for case in planted.OURS if case[0].startswith(("http", "message"))])
def test_what_we_do_wrong_is_ours(case):
    planted.assert_named(case, author=Side.US)


@pytest.mark.parametrize("status", [401, 404, 405, 413, 429])
def test_http_errors_that_are_about_the_transport_or_that_ocpi_has(status):
    assert codes(pushed("sessions", session(), http_status=status, answer=envelope(status=2000))) == []


def test_a_web_page_of_a_failing_server_is_one_finding():
    page = pushed("tariffs", tariff(), http_status=502, answer="<html>", answer_headers={"content-type": "text/html"})

    assert codes(page) == ["http.server_failure"]


def test_ids_are_looked_for_only_where_ocpi_answered():
    nothing = {"x-request-id": None, "x-correlation-id": None}

    assert codes(token_page(http_status=404, answer={"detail": "x"}, answer_headers=nothing, ocpi_status=None)) == []
    assert codes(outgoing("GET", "", module="versions", answer=envelope([]), answer_headers=nothing)) == []
    assert len(codes(token_page(answer_headers=nothing))) == 2


def test_ids_are_compared_without_case():
    assert codes(token_page(request_id="ABC", answer_headers={"x-request-id": "abc"})) == []


def test_a_refused_result_has_a_clause_of_its_own():
    assert codes(result(http_status=500, answer=None)) == []
    assert codes(result(http_status=422, answer={"detail": "x"}, ocpi_status=None)) == []


def test_a_bad_body_is_the_senders_and_our_400_is_right():
    facts = put_token("{", http_status=400, answer=envelope(status=2001))

    assert codes(facts) == ["http.request_not_json"]


def test_of_cut_bodies_nothing_is_said():
    cut = "x… (1,234 characters more)"

    assert codes(token_page(answer=cut)) == []
    assert codes(put_token(cut)) == []


def test_a_request_without_a_body_needs_no_content_type():
    assert codes(incoming("GET", "tokens/NL/EMS/04A1", request_headers={"content-type": "text/plain"})) == []


def test_which_answers_ocpi_gave():
    assert transport.is_readable(pushed("locations", location()))
    assert transport.is_readable(pushed("locations", location(), http_status=404, answer=envelope(status=2003)))
    assert not transport.is_readable(pushed("locations", location(), http_status=500, answer=envelope(status=3000)))
    assert not transport.is_readable(pushed("locations", location(), http_status=307, answer=envelope()))
    assert not transport.is_readable(pushed("locations", location(), http_status=None))
    assert not transport.is_readable(pushed("locations", location(), answer="<html>"))
