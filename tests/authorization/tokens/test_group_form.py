"""The form of a local group: its name, the doors that it opens, when it opens them."""

import pytest

from authorization.models import TokenGroup
from chargers.models import Property
from tests.kit.groups_pages import said, text_of

pytestmark = pytest.mark.django_db
ADD = "/authorization/groups/add/"
NO_WINDOW = {"window-TOTAL_FORMS": "0", "window-INITIAL_FORMS": "0"}


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", "", "name"),
        ("active_to", "2020-01-01T00:00", "active_to"),
        ("active_from", "soon", "active_from"),
        ("chargers", ["0"], "chargers"),
    ],
)
def test_it_names_what_is_wrong_and_saves_nothing(world, client_of, field, value, named):
    response = client_of(world.owner).post(ADD, said(active_from="2026-05-01T00:00") | {field: value})

    assert list(response.context["form"].errors) == [named]
    assert TokenGroup.objects.count() == 1


def test_it_refuses_times_that_are_none(world, client_of):
    windows = {"window-TOTAL_FORMS": "1", "window-INITIAL_FORMS": "0", "window-0-start": "25:00"}

    response = client_of(world.owner).post(ADD, said(**windows))

    assert response.status_code == 200
    assert response.context["windows"].errors[0]["start"]


def test_it_offers_no_doors_of_other_hosts(world, client_of):
    foreign = Property.objects.create(
        host=world.stranger.memberships.get().host, slug="lofts", name="Lofts", time_zone="UTC"
    )

    response = client_of(world.owner).post(ADD, said(properties=[foreign.pk]))

    assert response.context["form"].errors["properties"]
    assert "Lofts" not in text_of(client_of(world.owner).get(ADD))
