"""Properties and their units into rows."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chargers.models import Property, Unit
from tests.kit.import_site import apply, changes, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def units() -> list[tuple[str, str]]:
    return list(Unit.objects.order_by("slug").values_list("slug", "name"))


def test_a_property_comes_with_its_place_and_its_units(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)

    row = Property.objects.get()
    assert (row.time_zone, row.latitude, row.longitude) == (
        "America/New_York", Decimal("38.3365"), Decimal("-75.0849"),
    )  # fmt: skip
    assert units() == [("2b", "Apartment 2B"), ("3a", "Apartment 3A")]
    assert changes(apply(site, tmp_path)) == {}


def test_a_unit_that_has_another_name_changes_its_property(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    kept = Unit.objects.get(slug="3a").pk
    site["properties"][0]["units"][1]["name"] = "Suite 3A"

    assert changes(apply(site, tmp_path)) == {"properties": (0, 1)}
    assert Unit.objects.get(name="Suite 3A").pk == kept


def test_units_that_the_list_leaves_out_are_removed_and_without_a_list_they_stay(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["properties"][0]["units"] = [{"slug": "2b", "name": "Apartment 2B"}]
    apply(site, tmp_path)
    assert units() == [("2b", "Apartment 2B")]

    del site["properties"][0]["units"]
    apply(site, tmp_path)
    assert units() == [("2b", "Apartment 2B")]


def test_the_same_unit_name_may_stand_at_two_properties(site: dict[str, Any], tmp_path: Path):
    site["properties"].append(site["properties"][0] | {"slug": "sunset-2", "name": "Sunset 2"})

    apply(site, tmp_path)

    assert Unit.objects.filter(slug="2b").count() == 2
