"""Articles by API: listed, searched, read."""

from datetime import UTC, datetime

import pytest

from authorization.models import ApiKey
from support.knowledge import library
from tests.kit.callers import Api, Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded():
    library.load(now=datetime.now(tz=UTC))


def test_a_host_finds_what_guests_and_hosts_read(world: World, callers: Callers):
    everything = callers.owner.get("articles/").json()["results"]
    assert {one["audience"] for one in everything} == {"guest", "host"}

    found = callers.owner.get("articles/?q=payuot&audience=host").json()["results"]
    assert (found[0]["slug"], found[0]["topic"], found[0]["url"]) == ("payouts", 10, "/support/articles/payouts/")
    dutch = callers.owner.get("articles/?q=terugbetaling&audience=guest&language=nl").json()["results"]
    assert ("charged-too-much", "nl") in [(one["slug"], one["language"]) for one in dutch]

    whole = callers.owner.get(f"articles/{found[0]['id']}/").json()
    assert whole["body"].startswith("## Why it differs")
    reason = next(one for one in everything if one["reason"] == "token_blocked" and one["audience"] == "guest")
    whole = callers.owner.get(f"articles/{reason['id']}/?language=de").json()
    assert (whole["language"], len(whole["steps"])) == ("de", 2)


def test_notes_for_agents_are_for_agents(world: World, callers: Callers):
    agents = Api(str(ApiKey.objects.create_key(name="x", is_agent=True)[1]))
    note = agents.get("articles/?audience=agent").json()["results"][0]

    assert callers.owner.get("articles/?audience=agent").json()["results"] == []
    assert agents.get(f"articles/{note['id']}/").status_code == 200
    assert callers.owner.get(f"articles/{note['id']}/").status_code == 404


def test_what_is_misspelt_is_refused(world: World, callers: Callers):
    for query, name in (("lang=nl", "lang"), ("language=xx", "language"), ("audience=all", "audience")):
        answer = callers.owner.get(f"articles/?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, name)
