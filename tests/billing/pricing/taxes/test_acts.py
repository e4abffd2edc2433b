"""The tax of a property, stated by a person."""

import pytest


@pytest.mark.parametrize(("who", "status"), [("owner", 302), ("teammate", 404), ("stranger", 404), ("agent", 302)])
def test_it_is_stated_by_managers_and_agents_only(world, client_of, who, status):
    assert client_of(getattr(world, who)).post("/rates/taxes/sunset-1/", {"percentage": "21"}).status_code == status
