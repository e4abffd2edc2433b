"""Money's settings by API: the rate grid, taxes, holds, company, looks, set-up, labels, and what agents answer."""

import base64
import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from authorization.models import ApiKey, AuditEntry
from billing.models import RateVersion, Session, WebhookEndpoint
from billing.payments.webhooks import deliveries
from tests.kit.callers import PLAIN, Api, Callers, paid, rate
from tests.kit.world import World

__all__ = ["paid", "rate"]
pytestmark = pytest.mark.django_db
SOON = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(days=30)


def test_rates_are_renamed_and_planned_versions_withdrawn(callers: Callers, rate: RateVersion):
    at = f"rates/{rate.rate_id}/"
    assert callers.owner.patch(at, {"name": "Plain and simple"}).json()["name"] == "Plain and simple"
    planned = {"definition": {**PLAIN, "connection_fee": "2.00"}, "valid_from": SOON.isoformat()}
    number = callers.owner.post(f"{at}versions/", planned).json()["number"]
    assert callers.stranger.post(f"{at}versions/{number}/withdraw/", {}).status_code == 404
    assert callers.owner.post(f"{at}versions/{number}/withdraw/", {}).status_code == 200
    assert callers.owner.post(f"{at}versions/1/withdraw/", {}).status_code == 409
    assert AuditEntry.objects.filter(verb="rate.changed").get().after == {"name": "Plain and simple"}


def test_a_host_says_who_it_is_and_how_it_looks(callers: Callers, world: World):
    assert [one["slug"] for one in callers.owner.get("hosts/").json()["results"]] == ["sunset"]
    company = callers.owner.patch("hosts/sunset/", {"legal_name": "Sunset Stays LLC"}).json()
    assert (company["legal_name"], company["name"]) == ("Sunset Stays LLC", "Sunset Stays")
    seller = callers.owner.patch("hosts/sunset/seller/", {"taxpayer_number": "12-3456789"}).json()
    assert seller["taxpayer_number"] == "…6789"
    assert AuditEntry.objects.latest("pk").after == {"changed": ["taxpayer_number"]}
    out = io.BytesIO()
    Image.new("RGB", (90, 30), "navy").save(out, format="PNG")
    logo = base64.b64encode(out.getvalue()).decode()
    brand = callers.owner.patch("hosts/sunset/branding/", {"colour": "#0b5cad", "logo": logo}).json()
    assert (brand["colour"], brand["logo_url"].endswith("/brand/sunset/logo.png")) == ("#0b5cad", True)
    assert callers.owner.patch("hosts/sunset/branding/", {"colour": "#ffff00"}).status_code == 400
    assert callers.owner.patch("hosts/sunset/branding/", {"logo": None}).json()["logo_url"] is None
    state = callers.owner.get("hosts/sunset/onboarding/").json()
    assert {"code", "title", "done", "missing", "url"} == set(state["steps"][0])
    assert (state["steps"][0]["code"], state["next"]) == ("company", "company")
    for address in ("hosts/sunset/", "hosts/sunset/branding/", "hosts/sunset/seller/", "hosts/sunset/onboarding/"):
        assert callers.stranger.get(address).status_code == 404
    assert callers.owner.put("hosts/sunset/statement-mails/", {"wanted": True}).status_code == 403
    mine = Api(str(ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner)[1]))
    assert mine.put("hosts/sunset/statement-mails/", {"wanted": True}).json() == {"wanted": True}


def test_webhooks_are_steered(callers: Callers, world: World):
    endpoint, _ = deliveries.add(world.host, url="https://example.com/x", kinds=None, by="user:o@example.com", now=SOON)
    at = f"webhook-endpoints/{endpoint.pk}/"
    assert callers.owner.post(f"{at}disable/", {}).json()["disabled_at"] is not None
    assert callers.owner.post(f"{at}enable/", {}).json()["disabled_at"] is None
    assert callers.owner.post(f"{at}test/", {}).status_code == 200
    assert len(callers.owner.post(f"{at}secret/", {}).json()["secret"]) > 20
    sent = callers.owner.get("webhook-deliveries/").json()["results"][0]["id"]
    assert callers.owner.post(f"webhook-deliveries/{sent}/send-again/", {}).status_code in {200, 409}
    assert callers.stranger.post(f"{at}disable/", {}).status_code == 404
    assert WebhookEndpoint.objects.get().disabled_at is None


def test_refunds_are_read_and_cases_are_for_agents(callers: Callers, world: World, paid: Session):
    wanted = {"lines": ["connection"], "reason": "goodwill", "explanation": "Sorry"}
    made = callers.owner.post(f"sessions/{paid.pk}/refunds/", wanted).json()
    assert callers.owner.get(f"refunds/{made['id']}/").json()["state"] == "done"
    assert callers.stranger.get(f"refunds/{made['id']}/").status_code == 404
    for way, body in (("decline", {}), ("send-again", {}), ("given-otherwise", {"note": "In cash"})):
        assert callers.owner.post(f"refunds/{made['id']}/{way}/", body).status_code == 409
    for address in ("movements/", "plan-refunds/"):
        assert callers.owner.get(address).status_code == 404
        assert callers.agent.get(address).json()["results"] is not None
    assert callers.owner.post("receivables/1/give-up/", {"reason": "x"}).status_code == 404
    assert callers.owner.post("disputes/1/answer/", {"text": "x"}).status_code == 404
