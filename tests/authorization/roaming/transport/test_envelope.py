"""The envelope of answers."""

from datetime import UTC, datetime

import pytest

from authorization.roaming.transport import envelope
from authorization.roaming.transport.envelope import Reply, Status

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_it_writes_data_status_and_time():
    assert envelope.build_body(Reply(data=[]), now=NOON) == {
        "status_code": 1000,
        "status_message": "Success",
        "timestamp": "2026-03-10T12:00:00Z",
        "data": [],
    }


def test_it_leaves_data_out_where_there_is_none():
    assert "data" not in envelope.build_body(Reply(status=Status.UNKNOWN_TOKEN, message="No such token"), now=NOON)


@pytest.mark.parametrize("body", [b'{"status_code": 1000}', b'[{"status_code": 1000}]'])
def test_it_reads_one_alone_or_in_a_list(body):
    assert envelope.read(body) == {"status_code": 1000}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"5", b'[{"a": 1}, {"b": 2}]'])
def test_it_reads_nothing_else(body):
    assert envelope.read(body) is None
