"""Lists as a person keeps them: saved, renamed, deleted, shared."""

import pytest

from authorization.members.acts import saved_views
from authorization.members.acts.saved_views import ViewError, ViewSettings
from authorization.models import AuditEntry, ListPreference, Membership, SavedView, User
from authorization.people.access import NotAllowedError
from chargers.models import Host
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def save(by: User, name: str = "Offline", *, query: str = "state=offline", host: Host | None = None) -> SavedView:
    view = ViewSettings(page="chargers", name=name, query=query, columns=["name"], host=host)
    return saved_views.save(view, by=by, now=NOW)


def test_a_view_of_the_same_name_is_replaced_in_whatever_case(world: World):
    first = save(world.owner)
    again = save(world.owner, "  OFFLINE ", query="state=offline_long")

    assert first.pk == again.pk
    assert (SavedView.objects.get().name, SavedView.objects.get().query) == ("OFFLINE", "state=offline_long")
    assert AuditEntry.objects.filter(verb="list_view.saved").count() == 2


def test_two_people_may_use_the_same_name(world: World):
    save(world.owner)
    save(world.teammate)

    assert SavedView.objects.count() == 2


@pytest.mark.parametrize(("name", "why"), [("", "Give the view a name"), (" \x00 ", "Give"), ("x" * 61, "at most 60")])
def test_a_name_that_is_none_is_refused(world: World, name: str, why: str):
    with pytest.raises(ViewError, match=why):
        save(world.owner, name)


def test_there_are_fifty_at_most_and_those_there_are_can_be_changed(world: World):
    for number in range(saved_views.LIMIT):
        save(world.owner, f"View {number}")

    with pytest.raises(ViewError, match="You have 50 views already"):
        save(world.owner, "One more")
    save(world.owner, "View 7", query="state=faulted")
    assert SavedView.objects.get(name="View 7").query == "state=faulted"


def test_only_who_sees_the_host_shares_with_it(world: World):
    save(world.teammate, host=world.host)
    with pytest.raises(NotAllowedError):
        save(world.stranger, host=world.host)


def test_only_its_person_renames_it_and_to_a_name_that_is_free(world: World):
    view, _ = save(world.owner), save(world.owner, "Faulted")

    saved_views.rename(view, "Away", by=world.owner, now=NOW)
    with pytest.raises(NotAllowedError):
        saved_views.rename(view, "Mine", by=world.teammate, now=NOW)
    with pytest.raises(ViewError, match="“Faulted” already"):
        saved_views.rename(view, "Faulted", by=world.owner, now=NOW)

    view.refresh_from_db()
    assert view.name == "Away"


def test_a_shared_view_is_deleted_by_its_person_or_by_who_manages_the_host(world: World):
    own, shared = save(world.teammate), save(world.teammate, "Shared", host=world.host)

    for view in (own, shared):
        with pytest.raises(NotAllowedError):
            saved_views.delete(view, by=world.stranger, now=NOW)
    with pytest.raises(NotAllowedError):
        saved_views.delete(own, by=world.owner, now=NOW)
    saved_views.delete(shared, by=world.owner, now=NOW)
    saved_views.delete(own, by=world.teammate, now=NOW)

    assert not SavedView.objects.exists()
    assert AuditEntry.objects.filter(verb="list_view.deleted").count() == 2


def test_a_list_opens_with_a_view_that_the_person_sees(world: World):
    own, shared = save(world.owner), save(world.owner, "Shared", host=world.host)

    saved_views.open_with(shared, page="chargers", by=world.teammate)
    with pytest.raises(NotAllowedError):
        saved_views.open_with(own, page="chargers", by=world.teammate)
    saved_views.choose_columns(["name", "state"], page="chargers", by=world.teammate)
    preference = ListPreference.objects.get()
    assert (preference.default_view, preference.columns) == (shared, ["name", "state"])

    saved_views.open_with(None, page="chargers", by=world.teammate)
    assert ListPreference.objects.get().default_view is None


def test_who_left_the_host_cannot_share_with_it_any_more(world: World):
    Membership.objects.filter(user=world.teammate).delete()

    with pytest.raises(NotAllowedError):
        save(world.teammate, host=world.host)
