"""The REST API's search: the same as the portal's page."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from tests.kit.search_pages import known, payout

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_the_api_answers_the_same(payout, world, client, capsys):
    call_command("api_key", "--host", "sunset")
    key = {"HTTP_AUTHORIZATION": f"Api-Key {capsys.readouterr().out.strip()}"}

    told = client.get("/api/v1/search/", {"q": "1,234.56"}, **key).json()

    assert told == {
        "results": [
            {
                "kind": "payout",
                "id": str(payout.pk),
                "url": f"/payouts/one/{payout.pk}/",
                "why": "Its amount.",
                "title": "Payout P-000001 of $1,234.56 to Sunset Stays: approved",
            }
        ]
    }
    assert client.get("/api/v1/search/", **key).json() == {"results": []}
