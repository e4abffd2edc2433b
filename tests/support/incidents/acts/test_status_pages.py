"""A host's public status page: shown by who manages the host, and written down when that changes."""

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from support.incidents.acts import status_pages
from support.models import StatusPage
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_only_who_manages_the_host_shows_it(world: World, person: str):
    with pytest.raises(NotAllowedError):
        status_pages.publish(world.host, is_public=True, by=getattr(world, person), now=NOW)

    assert not StatusPage.objects.exists()


@pytest.mark.parametrize(
    ("steps", "verbs"),
    [
        ([True, True], ["published"]),
        ([False], []),
        ([True, False, False, True], ["published", "withdrawn", "published"]),
    ],
)
def test_what_changes_nothing_is_not_written_down(world: World, steps: list[bool], verbs: list[str]):
    for is_public in steps:
        row = status_pages.publish(world.host, is_public=is_public, by=world.owner, now=NOW)

    assert row.is_public is steps[-1]
    written = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert [verb.removeprefix("status_page.") for verb in written] == verbs
