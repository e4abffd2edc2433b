"""Failures before a handshake reaches anybody are noted, and never raise."""

import pytest
from django.db import OperationalError

from chargers.handshake import admission, failures
from chargers.handshake.request import Handshake
from chargers.models import FailedHandshake

HANDSHAKE = Handshake(presented_id="CP9", headers={}, subprotocols=("ocpp1.6",), source="10.0.0.7")


@pytest.mark.django_db(transaction=True)
def test_failed_encryption_is_noted_with_what_is_to_do():
    failures.bad_tls(source="10.0.0.7", sentence="It offers no TLS version from 1.2 on.")

    row = FailedHandshake.objects.get()
    assert (row.reason, row.source, row.presented_id) == ("bad_tls", "10.0.0.7", "")
    assert row.detail == "It offers no TLS version from 1.2 on."


@pytest.mark.django_db(transaction=True)
def test_a_wrong_address_is_noted_once_a_minute():
    failures.wrong_address(HANDSHAKE, path="/wrong/CP9")
    failures.wrong_address(HANDSHAKE, path="/wrong/CP9")

    row = FailedHandshake.objects.get()
    assert (row.reason, row.presented_id) == ("wrong_address", "CP9")
    assert "/wrong/CP9" in row.detail


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_it_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def away(**_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(admission, "record_bad_tls", away)
    monkeypatch.setattr(failures.connection, "close", lambda: None)

    failures.bad_tls(source="10.0.0.7", sentence="x")

    assert "a failed handshake from 10.0.0.7 was not noted" in caplog.text
