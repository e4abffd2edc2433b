"""The likely cause of a ticket, with a reply, an action and the evidence: from the catalogue and stored facts only."""

from datetime import timedelta

import pytest

from support.context import facts, suggestions
from support.tickets.lifecycle import Facts
from support.topics.details import Detail
from tests.kit.charging import YESTERDAY
from tests.kit.facts import now, paid
from tests.kit.tickets import opened

__all__ = ["paid"]
pytestmark = pytest.mark.django_db


def test_a_likely_match_shows_what_would_be_the_cause(world, paid):
    given = {Detail.AMOUNT: "9.00", Detail.ATTEMPTED_AT: f"{YESTERDAY - timedelta(hours=4):%Y-%m-%dT%H:%M}"}
    ticket = opened(topic=5, given=given, facts=Facts(host=world.host, property=world.site), now=now(), email="")

    known = facts.load(ticket, now=now())
    found = suggestions.suggest(known)

    assert (known.session, [one.certainty.value for one in known.matches]) == (None, ["Likely"])
    assert found is not None
    assert found.cause.startswith("If it is this session: The bill follows from the readings")
    assert found.reply == ""
