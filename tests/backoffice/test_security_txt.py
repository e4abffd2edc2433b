"""`/.well-known/security.txt` (RFC 9116): to whom somebody writes who found a weakness."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

NOW = datetime.now(tz=UTC)


@pytest.mark.parametrize(
    ("mailbox", "contact"),
    [("security@host.example", "mailto:security@host.example"), ("", "https://charging.example/help/")],
)
def test_who_finds_a_weakness_reads_to_whom_to_write(settings, mailbox: str, contact: str):
    settings.SUPPORT_EMAIL, settings.PUBLIC_BASE_URL = mailbox, "https://charging.example"

    answer = Client().get("/.well-known/security.txt")

    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (said["Contact"], said["Canonical"]) == (contact, "https://charging.example/.well-known/security.txt")
    assert NOW < datetime.fromisoformat(said["Expires"]) < NOW + timedelta(days=365)
