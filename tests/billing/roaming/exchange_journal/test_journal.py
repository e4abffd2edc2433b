"""Exchanges with partners, as they are kept: without tokens, bounded, found, and forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import MobilityProvider
from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.exchange_journal import journal
from billing.roaming.exchange_journal.journal import Direction, Exchange
from billing.roaming.partners import connections

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
PUT = Exchange(direction=Direction.OUT, method="PUT", url="https://example.com/ocpi/2.2.1/tokens/NL/EMS/04A1")


@pytest.fixture
def connection() -> RoamingConnection:
    return connections.of_provider(MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="EMS"))


def test_no_token_of_credentials_is_kept():
    body = rb'{"token": "secret \" still", "url": "https://example.com", "roles": []}'

    kept = journal.text(body, module="credentials")

    assert "secret" not in kept
    assert '"token": "••••"' in kept
    assert journal.text(b'{"token": "shown"}', module="commands") == '{"token": "shown"}'


def test_a_long_body_is_cut_with_a_word_about_it():
    whole = b"x" * journal.MAX_CHARACTERS

    assert journal.text(whole, module="locations") == whole.decode()
    assert journal.text(whole + b"y" * 1234, module="locations").endswith("x… (1,234 characters more)")


def test_no_token_is_kept_of_a_body_that_broke_off_or_missed_our_address():
    assert journal.text(b'{"url": "https://example.com", "token": "secr', module="credentials").endswith('"••••')
    assert "secret" not in journal.text(b'{"token": "secret"}', module="")


def test_of_the_headers_those_that_tell_something_are_kept():
    headers = {"Authorization": "Token abc", "Cookie": "a=b", "OCPI-to-party-id": "SUN", "Content-Type": "text/html"}
    answer_headers = headers | {"X-Limit": "50", "x-request-id": "r-1", "Link": ""}

    row = journal.write(
        Exchange(
            direction=Direction.IN,
            method="GET",
            url="/ocpi",
            headers=headers,
            token_form="base64",
            answer_headers=answer_headers,
            took_ms=-3,
        ),
        None,
        now=NOON,
    )

    assert row.headers == {
        "OCPI-to-party-id": "SUN", "Content-Type": "text/html", "Authorization": "Token •••• (base64)",
    }  # fmt: skip
    assert set(row.answer_headers) == {"OCPI-to-party-id", "Content-Type", "X-Limit", "x-request-id", "Link"}
    assert row.took_ms == 0


def test_without_an_answer_there_are_no_headers_of_it():
    row = journal.write(PUT, None, now=NOON)

    assert (row.headers, row.answer_headers, row.version) == ({}, None, "")


@pytest.mark.parametrize(
    ("direction", "status", "heard"),
    [
        (Direction.IN, 200, (NOON, None)),
        (Direction.IN, None, (NOON, None)),
        (Direction.OUT, 503, (None, NOON)),
        (Direction.OUT, None, (None, None)),
    ],
)
def test_a_partner_that_did_not_answer_was_not_heard_from(connection, direction, status, heard):
    journal.write(Exchange(direction=direction, method="GET", url="/", http_status=status), connection, now=NOON)

    connection.refresh_from_db()
    assert (connection.last_in_at, connection.last_out_at) == heard


def test_json_is_shown_indented_and_anything_else_as_it_is():
    assert journal.format_body('{"a":"ä"}') == '{\n  "a": "ä"\n}'
    assert journal.format_body("<html>") == "<html>"


@pytest.mark.parametrize(
    ("query", "finds"), [("R-1", 1), (" r-1 ", 1), ("c-1", 1), ("TOKENS/nl", 2), ("R-", 0), ("", 2)]
)
def test_an_exchange_is_found_by_its_ids_or_a_part_of_its_address(query: str, finds: int):
    journal.write(PUT, None, now=NOON)
    named = Exchange(direction=Direction.OUT, method="PUT", url=PUT.url, request_id="r-1", correlation_id="C-1")
    journal.write(named, None, now=NOON)

    assert journal.search(RoamingExchange.objects.all(), query).count() == finds


def test_what_is_older_than_messages_of_chargers_is_deleted(settings):
    settings.MESSAGE_RETENTION_DAYS = 30
    journal.write(PUT, None, now=NOON - timedelta(days=31))
    kept = journal.write(PUT, None, now=NOON - timedelta(days=29))

    assert journal.prune(now=NOON) == 1
    assert RoamingExchange.objects.get() == kept
