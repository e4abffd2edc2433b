"""Objects against the tables of their version: each defect has its place."""

from decimal import Decimal
from typing import Any

import pytest

from billing.roaming.docket import forms
from billing.roaming.docket.forms import DefectKind
from tests.kit import ocpi_tables
from tests.kit.exchanges import VERSIONS, cdr, location, replaced, session, tariff, token, without


def defects(name: str, value: Any, version: str = "2.2.1", **options: Any) -> list[tuple[str, str, str]]:
    found = forms.examine(name, value, version=version, **options)
    return [(defect.kind, defect.owner, defect.path) for defect in found]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "build"),
    [("Token", token), ("Location", location), ("Tariff", tariff), ("Session", session), ("CDR", cdr)],
)
def test_a_correct_object_has_none_here_and_in_the_tables_of_the_tests(name, build, version):
    complaints: list[str] = []
    if name != "Token":  # the tests' tables are about what a CPO sends
        ocpi_tables.check(name, build(version), version=version, complaints=complaints)

    assert complaints == []
    assert defects(name, exact(build(version)), version) == []


def exact(value: Any) -> Any:
    """As the docket reads JSON: numbers with a point are Decimals."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(member) for member in value]
    return Decimal(str(value)) if isinstance(value, float) else value


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"valid": 1}, (DefectKind.TYPE, "Token", "$.valid")),
        ({"uid": 5}, (DefectKind.TYPE, "Token", "$.uid")),
        ({"uid": "x" * 37}, (DefectKind.LENGTH, "Token", "$.uid")),
        ({"issuer": None}, (DefectKind.MISSING, "Token", "$.issuer")),
        ({"whitelist": "ON"}, (DefectKind.VALUE, "Token", "$.whitelist")),
        ({"whitelist": "Always"}, (DefectKind.CASE, "Token", "$.whitelist")),
        ({"whitelist": True}, (DefectKind.TYPE, "Token", "$.whitelist")),
        ({"energy_contract": "green"}, (DefectKind.TYPE, "Token", "$.energy_contract")),
    ],
)
def test_fields_of_a_token(change, expected):
    assert defects("Token", token(**change)) == [expected]


def test_members_of_lists_are_named_by_their_index():
    body = replaced(location(), "evses.0.connectors.0.format", "PLUG")

    assert defects("Location", body) == [(DefectKind.VALUE, "Connector", "$.evses[0].connectors[0].format")]
    assert defects("Location", location(evses="none")) == [(DefectKind.TYPE, "Location", "$.evses")]
    assert defects("Location", location(evses=[5])) == [(DefectKind.TYPE, "Location", "$.evses[0]")]


def test_of_a_patch_nothing_is_missing():
    assert defects("Token", {"valid": False}, is_patch=True) == []
    assert defects("Token", {"valid": "no"}, is_patch=True) == [(DefectKind.TYPE, "Token", "$.valid")]


def test_an_enumeration_that_may_grow_has_no_unknown_values():
    assert defects("Token", token(type="FACE"), "2.3.0") == []
    assert defects("Token", token(type="FACE")) == [(DefectKind.VALUE, "Token", "$.type")]


def test_a_version_without_tables_has_no_defects():
    assert defects("Token", {}, "9.9.9") == []
    assert list(forms.list_times("Token", token(), version="9.9.9")) == []


def test_every_time_is_listed_with_its_path():
    body = without(cdr(), "tariffs")

    assert {path for path, _ in forms.list_times("CDR", body, version="2.2.1")} == {
        "$.start_date_time", "$.end_date_time", "$.last_updated", "$.charging_periods[0].start_date_time",
    }  # fmt: skip
    assert list(forms.list_times("CDR", {"charging_periods": [5], "cdr_token": None}, version="2.2.1")) == []
