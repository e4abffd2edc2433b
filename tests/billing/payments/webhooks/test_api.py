"""Webhooks by the REST API."""

import pytest

from authorization.models import AuditEntry
from billing.models import WebhookEndpoint
from billing.payments.webhooks import deliveries
from chargers.lib import secrets
from tests.kit.callers import YESTERDAY, Callers, paid_session, rate
from tests.kit.world import World

__all__ = ["rate"]

pytestmark = pytest.mark.django_db
URL = "https://example.com/hooks"


def test_it_adds_lists_and_deletes_an_address(callers: Callers, world: World):
    made = callers.owner.post("webhook-endpoints/", {"url": URL, "kinds": ["receipt.issued"]})

    assert made.status_code == 201
    told = made.json()
    assert secrets.decrypt(WebhookEndpoint.objects.get().secret) == told.pop("secret")
    assert (told["host"], told["url"], told["kinds"], told["disabled_at"]) == ("sunset", URL, ["receipt.issued"], None)
    assert callers.owner.get("webhook-endpoints/").json()["results"] == [told]
    assert callers.agent.get(f"webhook-endpoints/{told['id']}/").json() == told
    assert callers.owner.delete(f"webhook-endpoints/{told['id']}/").status_code == 204
    assert callers.owner.get(f"webhook-endpoints/{told['id']}/").status_code == 404
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["webhook.added", "webhook.deleted"]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({}, "url"),
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://example.com/\x00"}, "url"),
        ({"url": URL, "kinds": ["nonsense"]}, "kinds[0]"),
        ({"url": URL, "kinds": []}, "kinds"),
        ({"url": URL, "host": "lakeside"}, "host"),
    ],
)
def test_it_says_what_is_wrong_with_an_address(callers: Callers, said, path):
    answer = callers.owner.post("webhook-endpoints/", said)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == path
    assert not WebhookEndpoint.objects.exists()


def test_it_tells_what_was_sent_and_another_host_nothing(callers: Callers, world: World, rate):
    endpoint, _ = deliveries.add(world.host, url=URL, kinds=None, by="user:x", now=YESTERDAY)
    paid_session(world.charger)

    rows = callers.owner.get("webhook-deliveries/", endpoint=endpoint.pk).json()["results"]
    assert [row["kind"] for row in rows] == ["session.settled", "receipt.issued"]
    assert f'"id": "{rows[0]["event_id"]}"' in rows[0]["body"]
    assert "kim@example.com" not in rows[0]["body"] + rows[1]["body"]
    assert callers.owner.get("webhook-deliveries/", is_delivered="true").json()["results"] == []
    assert len(callers.agent.get("webhook-deliveries/", kind="receipt.issued").json()["results"]) == 1
    assert callers.stranger.get("webhook-deliveries/").json()["results"] == []
    assert callers.stranger.get("webhook-endpoints/").json()["results"] == []
    assert callers.stranger.get(f"webhook-endpoints/{endpoint.pk}/").status_code == 404
    assert callers.stranger.delete(f"webhook-endpoints/{endpoint.pk}/").status_code == 404
