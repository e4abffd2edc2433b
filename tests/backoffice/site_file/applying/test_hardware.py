"""Chargers, with their licences, outlets and upstreams, into rows."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from chargers.models import Charger, Upstream
from tests.kit.import_site import apply, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_swaps_labels_and_leaders(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    first, second = site["chargers"]
    first["station_id"], second["station_id"] = second["station_id"], first["station_id"]
    first["upstreams"][0]["role"], first["upstreams"][1]["role"] = "follower", "leader"

    apply(site, tmp_path)

    assert dict(Charger.objects.values_list("charger_id", "station_id")) == {"CP1": "SUN002", "CP2": "SUN001"}
    assert dict(Upstream.objects.values_list("name", "role")) == {"Partner": "follower", "Analytics": "leader"}


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("2.0.1", "“CP1” speaks OCPP 2.0.1, and several connectors name no evse"),
        ("", "“CP1” never connected, and several connectors name no evse"),
        ("1.6", ""),
    ],
)
def test_it_says_how_connectors_without_evse_are_counted(site: dict[str, Any], tmp_path: Path, version: str, told: str):
    apply(site, tmp_path)
    Charger.objects.update(ocpp_version=version)
    site["chargers"][0]["connectors"] = [{"number": 1}, {"number": 2}]
    file, out, doubts = tmp_path / "site.json", io.StringIO(), io.StringIO()
    file.write_text(json.dumps(site))

    call_command("import_site", str(file), stdout=out, stderr=doubts)

    assert told in doubts.getvalue()
    assert bool(told) == ('write {"evse": 1, "number": 1}, {"evse": 1, "number": 2}.' in doubts.getvalue())
    assert json.loads(out.getvalue())["kinds"]["chargers"]["updated"] == 1


def test_connectors_that_name_their_evse_are_not_doubtful(site: dict[str, Any], tmp_path: Path):
    site["chargers"][0]["connectors"] = [{"evse": 1, "number": 1}, {"evse": 1, "number": 2}]
    file, doubts = tmp_path / "site.json", io.StringIO()
    file.write_text(json.dumps(site))

    call_command("import_site", str(file), stdout=io.StringIO(), stderr=doubts)

    assert "evse" not in doubts.getvalue()
