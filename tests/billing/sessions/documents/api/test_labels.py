"""The REST API about QR labels: of one charger, or of many on a common sheet."""

import pytest

from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_labels_and_codes_are_given_out(callers: Callers, world: World):
    sheet = callers.owner.post("labels/", {"chargers": ["CP1"], "sheet": "l7160", "each_connector": True})
    assert (sheet.headers["Content-Type"], sheet.content[:5]) == ("application/pdf", b"%PDF-")
    assert callers.owner.get("chargers/CP1/labels.pdf").content[:5] == b"%PDF-"
    assert callers.stranger.post("labels/", {"chargers": ["CP1"], "sheet": "l7160"}).status_code == 400
    assert callers.owner.post(f"tokens/{world.member.pk}/claim-code/", {}).json()["secret"]
    assert callers.stranger.post(f"tokens/{world.member.pk}/claim-code/", {}).status_code == 404
