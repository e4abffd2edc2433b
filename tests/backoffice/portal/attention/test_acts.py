"""Rows of the attention list, as people decide about them: snoozed, shown again, assigned."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import AttentionMark
from tests.kit.attention_pages import fault, labels, offline, online
from tests.kit.world import make_user

__all__ = ["online"]
NOW = datetime.now(tz=UTC)


def test_a_row_snoozed_until_it_changes_comes_back_with_another_cause(online, client_of):
    fault(online.charger, at=NOW - timedelta(hours=3))
    client = client_of(online.owner)
    client.post("/attention/charger:CP1/", {"do": "snooze", "for": "change"})
    assert labels(client) == []

    fault(online.charger, at=NOW - timedelta(minutes=2), status="Available")
    fault(online.charger, at=NOW - timedelta(minutes=1))

    assert labels(client) == ["SUN001"]


def test_a_row_is_assigned_to_a_member_of_the_host_only(online, client_of):
    offline(online.charger, minutes=20)
    client = client_of(online.owner)

    client.post("/attention/charger:CP1/", {"do": "assign", "to": "stranger@example.com"})
    assert not AttentionMark.objects.exists()
    client.post("/attention/charger:CP1/", {"do": "assign", "to": "teammate@example.com"})

    assert "for teammate@example.com" in client.get("/").text
    assert labels(client_of(online.teammate), "/attention/?assigned=me") == ["SUN001"]
    assert labels(client, "/attention/?assigned=me") == labels(client, "/attention/?assigned=nobody") == []
    client.post("/attention/charger:CP1/", {"do": "assign", "to": ""})
    assert labels(client, "/attention/?assigned=nobody") == ["SUN001"]


@pytest.mark.parametrize(("role", "status"), [("operator", 302), ("finance", 302), ("read_only", 404), (None, 404)])
def test_who_operates_or_handles_money_decides_about_a_row(online, client_of, role, status):
    offline(online.charger, minutes=20)
    user = make_user("some@example.com", online.host, role) if role else online.stranger

    answer = client_of(user).post("/attention/charger:CP1/", {"do": "snooze", "for": "1h"})

    assert answer.status_code == status
    assert AttentionMark.objects.exists() is (status == 302)
