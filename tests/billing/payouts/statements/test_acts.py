"""Statements: the people who get them by e-mail, and the seller report of a year."""

from datetime import timedelta

import pytest

from billing.models import StatementReader
from tests.kit.charging import YESTERDAY
from tests.kit.statements_pages import earned, text_of

__all__ = ["earned"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
AT = YESTERDAY if YESTERDAY.day not in {1, 2, 28, 29, 30, 31} else YESTERDAY - timedelta(days=5)
"""Not at the edge of a month."""


def test_statements_are_sent_to_who_asks_until_they_stop_it(earned, client_of):
    client = client_of(earned.owner)
    client.post("/statements/sunset/", {"act": "send"})
    assert StatementReader.objects.get().user == earned.owner
    assert "Stop sending them" in text_of(client.get("/statements/sunset/"))

    client.post("/statements/sunset/", {"act": "stop"})

    assert not StatementReader.objects.exists()
    assert client_of(earned.stranger).post("/statements/sunset/", {"act": "send"}).status_code == 404
