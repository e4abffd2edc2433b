"""Connections to property systems, and which unit each listing is, into rows."""

import pytest

from authorization.models import (
    PmsConnection,
    PmsListing,
)
from tests.kit.import_site import SITE, apply, refused

pytestmark = pytest.mark.django_db
PMS = {
    "key": "villa-ical", "host": "sunset", "kind": "ical", "url": "http://127.0.0.1:9/villa.ics",
    "units": {"*": "sunset-1/2b"},
}  # fmt: skip


def test_it_connects_property_systems_and_the_same_file_changes_nothing(tmp_path):
    guesty = {
        "key": "ours", "host": "sunset", "kind": "guesty", "credentials": {"client_id": "id", "client_secret": "s"},
        "units": {"l1": "sunset-1/3a", "l2": "sunset-1"},
    }  # fmt: skip
    site = {**SITE, "pms_connections": [PMS, guesty]}

    assert apply(site, tmp_path)["kinds"]["pms_connections"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert apply(site, tmp_path)["kinds"]["pms_connections"] == {"created": 0, "updated": 0, "unchanged": 2}
    mapped = PmsListing.objects.order_by("key").values_list("key", "property__slug", "unit__slug")
    assert list(mapped) == [("*", "sunset-1", "2b"), ("l1", "sunset-1", "3a"), ("l2", "sunset-1", None)]
    moved = {**site, "pms_connections": [{**PMS, "units": {"*": "sunset-1/3a"}}]}
    assert apply(moved, tmp_path)["kinds"]["pms_connections"] == {"created": 0, "updated": 1, "unchanged": 0}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "opera"}, "pms_connections[0].kind"),
        ({"url": None}, "pms_connections[0]"),
        ({"url": "ftp://x"}, "pms_connections[0].url"),
        ({"credentials": {"token": "x"}}, "pms_connections[0].credentials.token"),
        ({"kind": "guesty", "credentials": {"client_id": "x"}}, "pms_connections[0].credentials.client_secret"),
        ({"units": {"l1": "sunset-1/2b"}}, "pms_connections[0].units.l1"),
        ({"units": {"*": "sunset-1/9z"}}, "pms_connections[0].units.*"),
        ({"units": {"*": 7}}, "pms_connections[0].units.*"),
        ({"host": "moon"}, "pms_connections[0].host"),
        ({"colour": "red"}, "pms_connections[0].colour"),
    ],
)
def test_it_names_the_place_of_each_mistake_about_a_property_system(tmp_path, changes, path):
    found = refused({**SITE, "pms_connections": [{**PMS, **changes}]}, tmp_path)

    assert path in {one["path"] for one in found}
    assert not PmsConnection.objects.exists()
