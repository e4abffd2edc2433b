"""Rates, their versions and who pays which into rows."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from billing.models import RateAssignment, RateVersion
from tests.kit.import_site import apply, changes, refused, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_makes_a_rate_version_only_for_other_prices(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    rate = site["rates"][0]["rate"]

    rate["energy"][0]["price"] = 0.350
    assert changes(apply(site, tmp_path)) == {}
    rate["energy"][0]["price"] = "0.36"
    assert changes(apply(site, tmp_path)) == {"rates": (0, 1)}

    versions = RateVersion.objects.order_by("number").values_list("number", "definition__energy__0__price")
    assert list(versions) == [(1, "0.35"), (2, "0.36")]


def test_it_keeps_the_decimals_of_a_rate_as_text(site: dict[str, Any], tmp_path: Path):
    site["rates"][0]["rate"]["connection_fee"] = 0.1
    apply(site, tmp_path)

    assert RateVersion.objects.get().definition["connection_fee"] == "0.1"


def test_it_says_what_is_doubtful_about_a_rate_and_writes_it_all_the_same(site: dict[str, Any], tmp_path: Path):
    site["rates"][0]["rate"] = {"energy": [{"name": "day", "price": "0.40", "from": "06:00", "to": "22:00"}]}
    file, out, doubts = tmp_path / "site.json", io.StringIO(), io.StringIO()
    file.write_text(json.dumps(site))

    call_command("import_site", str(file), stdout=out, stderr=doubts)

    told = doubts.getvalue()
    assert told.startswith(f"rates[0] “{site['rates'][0]['slug']}”: No price per kWh holds on Mon from 00:00")
    assert "Add a price without days and times as the last one" in told
    assert json.loads(out.getvalue())["created"] > 0


def test_it_narrows_assignments_and_plans_versions(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["rates"].append(
        {**site["rates"][0], "slug": "night", "valid_from": "2199-01-01T00:00:00Z"},
    )
    site["rate_assignments"] += [
        {"rate": "night", "property": "sunset-1", "audience": "member", "group": "residents", "priority": 5,
         "charger": "CP1", "connector": 1, "active_from": "2026-06-01T00:00:00Z", "active_to": "2026-09-01T00:00:00Z"},
        {"rate": "night", "property": "sunset-1", "audience": "roaming", "msp": "NL-EMS"},
    ]  # fmt: skip

    first, second = apply(site, tmp_path), apply(site, tmp_path)

    assert changes(first) == {"rates": (1, 0), "rate_assignments": (2, 0)}
    assert changes(second) == {}
    narrowed = RateAssignment.objects.get(group__slug="residents")
    assert (narrowed.charger.charger_id, narrowed.evse_number, narrowed.priority) == ("CP1", 1, 5)
    assert RateVersion.objects.get(rate__slug="night").valid_from == datetime(2199, 1, 1, tzinfo=UTC)


def test_it_says_what_is_wrong_with_an_assignment(site: dict[str, Any], tmp_path: Path):
    plain = site["rate_assignments"][0]
    site["rate_assignments"] = [
        plain,
        plain | {"priority": 3},
        plain | {"audience": "member", "group": "nobody"},
        plain | {"group": "residents"},
        plain | {"audience": "roaming", "msp": "NL-XXX"},
        plain | {"connector": 1},
        plain | {"charger": "CP9"},
    ]

    assert sorted(error["path"] for error in refused(site, tmp_path)) == [
        "rate_assignments[1].audience",
        "rate_assignments[2].group",
        "rate_assignments[3].group",
        "rate_assignments[4].msp",
        "rate_assignments[5].connector",
        "rate_assignments[6].charger",
    ]
