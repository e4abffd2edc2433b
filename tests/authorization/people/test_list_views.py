"""Which saved views a person sees, and how a list opens for them."""

import pytest

from authorization.models import ListPreference, SavedView, User
from authorization.people import list_views
from chargers.models import Host
from tests.kit.world import LONG_AGO, World

pytestmark = pytest.mark.django_db


def view(user: User, name: str, *, host: Host | None = None, page: str = "chargers") -> SavedView:
    return SavedView.objects.create(user=user, name=name, host=host, page=page, created_at=LONG_AGO)


def names(user: User, *, page: str = "chargers") -> set[str]:
    return {row.name for row in list_views.visible_saved_views(user, page=page)}


def test_a_person_sees_their_own_and_those_that_are_shared_with_their_host(world: World):
    view(world.owner, "own")
    view(world.owner, "shared", host=world.host)
    view(world.owner, "of another page", page="sessions")

    assert names(world.owner) == {"own", "shared"}
    assert names(world.teammate) == {"shared"}
    assert names(world.stranger) == set()
    assert names(world.owner, page="sessions") == {"of another page"}


def test_a_list_opens_as_it_was_chosen_or_without_a_choice(world: World):
    chosen = view(world.owner, "own")
    ListPreference.objects.create(user=world.owner, page="chargers", default_view=chosen)

    assert list_views.preference(world.owner, page="chargers").default_view == chosen
    none = list_views.preference(world.owner, page="sessions")
    assert (none.pk, none.default_view, none.user) == (None, None, world.owner)
