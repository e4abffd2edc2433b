"""Stores who decided about a token, and the other verdicts. Runs in the journal's transaction."""

from datetime import UTC, datetime

import pytest

from chargers.proxy import verdicts
from tests.kit.proxy_pages import upstream
from tests.kit.world import tap

pytestmark = pytest.mark.fresh_log_in
PAGE = "/chargers/CP1/proxy/"
NOW = datetime.now(tz=UTC)
CARD = "04A1B2C3D4"


def test_a_card_that_it_has_accepted_is_not_listed(world, client_of):
    row = upstream(world)
    message = tap(world.charger, CARD)
    verdicts.build_opinion(message.decision_id, voice="follower", name="Partner", status="Accepted", at=NOW).save()

    assert "has accepted each of your cards" in client_of(world.owner).get(f"{PAGE}{row.pk}/leader/").text
