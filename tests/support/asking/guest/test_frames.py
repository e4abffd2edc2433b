"""In which frame a request is shown."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import translation

from authorization.models import User
from support.asking.guest import frames
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def shown(user: User | AnonymousUser, asker: str) -> tuple[str, str]:
    """The frame, and the language of the page."""
    request = RequestFactory().get("/help/t/x/")
    request.user = user
    with translation.override("de"):
        context = frames.frame(request, asker=asker)
        assert context["in_portal"] is (context["frame"] == frames.PORTAL)
        return context["frame"], translation.get_language()


def test_requests_of_a_host_s_people_stay_in_the_portal_in_english(world: World):
    assert shown(world.teammate, "host") == (frames.PORTAL, "en")


def test_others_see_the_page_of_guests_in_their_language(world: World):
    driver = User.objects.create(email="kim@example.com", sees_portal=False)

    for user, asker in ((world.owner, "guest"), (AnonymousUser(), "host"), (driver, "host")):
        assert shown(user, asker) == (frames.GUESTS, "de")
