"""The pages of the portal and what is done there, found by their names and by what people call them."""

import pytest

from backoffice.portal.search import portal_pages
from backoffice.portal.search.portal_pages import PAGES
from tests.kit.world import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["owner", "manager", "operator", "finance", "read_only", "installer", "agent"])
def test_every_page_that_is_offered_opens(role, world, client_of):
    user = world.agent if role == "agent" else make_user(f"{role}2@example.com", world.host, role)
    client = client_of(user)

    hits = {hit.url: hit for hit in portal_pages.find_by_titles(user, [page.title for page in PAGES])}

    assert len(hits) >= 15
    assert [hit for url, hit in hits.items() if client.get(url, follow=True).status_code != 200] == []
