"""Pictures of a property by API: what guests see, in which order, and what it shows."""

import base64
import io

import pytest
from PIL import Image

from authorization.models import AuditEntry
from chargers.models import PropertyPicture
from tests.kit.callers import Callers

pytestmark = pytest.mark.django_db
PLACE = "properties/sunset-1/pictures/"


def picture(colour: str) -> str:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, format="PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_pictures_are_added_described_ordered_and_removed(callers: Callers):
    red, blue = (callers.owner.post(PLACE, {"content": picture(colour)}).json() for colour in ("red", "blue"))
    assert (red["alt"], red["width"], red["url"].endswith(f"{red['id']}.jpg")) == ("", 60, True)
    assert callers.owner.patch(f"{PLACE}{red['id']}/", {"alt": "The gate"}).json()["alt"] == "The gate"
    ordered = callers.owner.put(f"{PLACE}order/", {"ids": [blue["id"], red["id"]]}).json()["results"]
    assert [one["id"] for one in ordered] == [blue["id"], red["id"]]
    assert callers.owner.put(f"{PLACE}order/", {"ids": [blue["id"]]}).status_code == 400
    assert callers.owner.get(PLACE).json()["results"] == ordered

    assert callers.owner.post(PLACE, {"content": "bm90IGEgcGljdHVyZQ=="}).status_code == 400
    assert callers.owner.post(PLACE, {"content": "%%%"}).status_code == 400
    assert callers.stranger.post(PLACE, {"content": picture("red")}).status_code == 404
    assert callers.stranger.delete(f"{PLACE}{red['id']}/").status_code == 404
    assert callers.owner.delete(f"{PLACE}{red['id']}/").status_code == 204
    assert PropertyPicture.objects.get().hash == blue["id"]
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "property.picture_added", "property.picture_added", "property.picture_described", "property.pictures_arranged",
        "property.picture_removed",
    ]  # fmt: skip
