"""What several exchanges show together: ids that repeat, CDRs and currencies that change, results that never came."""

from dataclasses import replace
from datetime import timedelta

import pytest

from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import conversations
from tests.kit.exchanges import (
    NOON,
    VERSIONS,
    cdr,
    command,
    envelope,
    listed,
    order,
    price,
    pushed,
    put_token,
    result,
    session,
    stored,
)


def found(*exchanges: Facts) -> list[tuple[str, Side, str]]:
    return [
        (deviation.code, deviation.author, deviation.path) for _, deviation in conversations.examine(list(exchanges))
    ]


def later(facts: Facts, minutes: int = 1) -> Facts:
    return replace(facts, at=NOON + timedelta(minutes=minutes))


def test_a_request_id_that_comes_twice():
    assert found(put_token(request_id="r-1"), put_token(request_id="r-1")) == [
        ("message_ids.request_id_repeated", Side.PARTNER, "header X-Request-ID")
    ]


def test_ids_of_ours_and_missing_ones_are_not_compared():
    assert found(put_token(request_id=""), put_token(request_id=""), pushed("cdrs", cdr()), pushed("cdrs", cdr())) == []
    assert found(put_token(version="2.1.1"), put_token(version="2.1.1")) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partner_that_stores_another_cdr_than_it_was_sent(version):
    changed = cdr(version, total_cost=price(version, 1))

    assert found(pushed("cdrs", cdr(version), version=version), stored("cdrs", changed, version=version)) == [
        ("cdrs.changed", Side.PARTNER, "$.data.total_cost")
    ]


def test_a_cdr_of_ours_that_changes_is_ours():
    sent = pushed("cdrs", cdr(), request_id="r-1")

    assert found(sent, pushed("cdrs", cdr(currency="USD"), request_id="r-2")) == [
        ("cdrs.changed", Side.US, "$.currency")
    ]


def test_the_same_cdr_sent_once_more_and_listed_has_not_changed():
    page = listed("cdrs", answer=envelope([cdr()]), request_id="r-2")

    assert found(pushed("cdrs", cdr()), stored("cdrs", cdr()), pushed("cdrs", cdr()), page) == []
    assert found(pushed("cdrs", cdr(total_energy=12)), stored("cdrs", cdr(total_energy=12.0))) == []


def test_a_currency_that_changes_within_a_session():
    assert found(pushed("sessions", session()), stored("sessions", session(currency="USD"))) == [
        ("sessions.currency_changed", Side.PARTNER, "$.data.currency")
    ]
    assert found(pushed("sessions", session()), pushed("sessions", session(id="s-2", currency="USD"))) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_result_that_was_never_sent_is_ours(version):
    started = command(version=version)

    assert found(started, later(put_token(version=version, request_id="r-2"), minutes=4)) == [
        ("results.never_sent", Side.US, "$.response_url")
    ]


def test_a_result_that_was_sent_or_is_not_due_yet_or_is_not_owed():
    end = later(put_token(request_id="r-2"), minutes=4)
    rejected = command(answer=envelope({"result": "REJECTED", "timeout": 60}))
    elsewhere = command(body=order(response_url="https://partner.example/elsewhere"), request_id="r-3")

    assert found(command(), later(result()), end) == []
    assert found(command(), later(put_token(request_id="r-2"), minutes=2)) == []
    assert found(rejected, end) == []
    assert found(elsewhere, later(result()), end) == [("results.never_sent", Side.US, "$.response_url")]
