"""People and their cars by API: requests to be let in, stays that change, autocharge, saved views."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, MobilityProvider
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db
AT = datetime.now(tz=UTC).replace(microsecond=0)


def test_who_asks_is_let_in_until_a_day_or_declined(callers: Callers, world: World):
    first, second = (
        access_requests.request(world.charger, Visitor(name=name, uid=""), now=AT) for name in ("Kim", "Lee")
    )
    listed = callers.owner.get("access-requests/", state="open").json()["results"]
    assert [one["name"] for one in listed] == ["Lee", "Kim"]
    until = (AT + timedelta(days=3)).isoformat()
    assert callers.stranger.post(f"access-requests/{first.pk}/grant/", {"until": until}).status_code == 404
    assert callers.owner.post(f"access-requests/{first.pk}/grant/", {"until": AT.isoformat()}).status_code == 400

    granted = callers.owner.post(f"access-requests/{first.pk}/grant/", {"until": until, "answer": "Welcome"})
    assert (granted.json()["state"], granted.json()["open_until"] is not None) == ("granted", True)
    assert callers.owner.post(f"access-requests/{first.pk}/decline/", {}).status_code == 409
    assert callers.owner.post(f"access-requests/{first.pk}/withdraw/", {}).status_code == 200
    assert callers.owner.post(f"access-requests/{second.pk}/decline/", {"answer": "No"}).json()["state"] == "declined"


def test_a_stay_moves_and_its_card_stays(callers: Callers, world: World):
    unit = world.site.units.create(slug="2b", name="2B")
    new = {
        "property": "sunset-1", "unit": "2b", "guest_name": "Robin", "arrives_at": "2027-07-03T15:00:00-04:00",
        "departs_at": "2027-07-05T11:00:00-04:00", "cards": ["04:FF:EE:00:42"],
    }  # fmt: skip
    stay = callers.owner.post("stays/", new).json()[0]
    at = f"stays/{stay['id']}/"

    moved = callers.owner.patch(at, {"departs_at": "2027-07-09T11:00:00-04:00"}).json()
    assert (moved["unit"], moved["uid"], moved["departs_at"][:10]) == (unit.slug, stay["uid"], "2027-07-09")
    assert callers.owner.patch(at, {"unit": None}).json()["unit"] is None
    assert callers.owner.patch(at, {"departs_at": "2027-07-01T11:00:00-04:00"}).status_code == 400
    assert callers.owner.patch(at, {"unit": "9z"}).status_code == 400
    assert callers.stranger.patch(at, {"guest_name": "X"}).status_code == 404


def test_cards_are_exported_and_fetched_again(callers: Callers, world: World):
    text = callers.owner.get("tokens/export.csv").content.decode("utf-8-sig")
    assert "04A1B2C3D4" in text
    assert callers.agent.get("tokens/export.csv").status_code == 400
    assert "04A1B2C3D4" not in callers.stranger.get("tokens/export.csv").content.decode()
    assert AuditEntry.objects.filter(verb="tokens.exported").count() == 2
    MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example", authorize_url="")
    assert callers.owner.post("providers/NL-EMS/resync/", {}).status_code == 409
    assert callers.owner.post("providers/NL-XXX/resync/", {}).status_code == 404
