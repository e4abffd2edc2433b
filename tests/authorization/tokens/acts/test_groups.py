"""A host's local group: added, changed, deleted."""

import pytest

from authorization.models import TokenGroup
from tests.kit.groups_pages import address, said, text_of

pytestmark = pytest.mark.django_db
ADD = "/authorization/groups/add/"
NO_WINDOW = {"window-TOTAL_FORMS": "0", "window-INITIAL_FORMS": "0"}


@pytest.mark.parametrize(
    ("person", "may"), [("owner", True), ("teammate", False), ("stranger", False), ("agent", True)]
)
def test_only_managers_change_it(world, client_of, person, may):
    client = client_of(getattr(world, person))

    for act in ("edit", "delete"):
        assert client.get(address(world.group, act)).status_code == (200 if may else 404)
    assert ("Change group" in text_of(client.get("/authorization/groups/residents/"))) is may
    assert client.post(address(world.group, "edit"), said()).status_code == (302 if may else 404)
    assert client.post(address(world.group, "delete")).status_code == (302 if may else 404)
    assert TokenGroup.objects.filter(pk=world.group.pk).exists() is not may


def test_a_teammate_cannot_add_one(world, client_of):
    assert client_of(world.teammate).get(ADD).status_code == 404
    assert client_of(world.teammate).post(f"{ADD}?host=sunset", said()).status_code == 404
