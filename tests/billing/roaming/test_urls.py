"""Addresses of OCPI: the version that they name, and a slash at the end."""

import pytest
from django.urls import resolve

from billing.roaming.urls import VersionConverter
from billing.roaming.versions import catalogue


@pytest.mark.parametrize("name", list(catalogue.ALL))
def test_a_version_that_we_speak_is_read_and_written_by_its_name(name: str):
    version = VersionConverter().to_python(name)

    assert version is catalogue.ALL[name]
    assert VersionConverter().to_url(version) == name


def test_one_that_we_do_not_speak_is_no_address_of_a_module():
    with pytest.raises(ValueError, match=r"We do not speak OCPI 9\.9"):
        VersionConverter().to_python("9.9")
    assert resolve("/ocpi/9.9/locations").func.view_class.__name__ == "NothingThere"


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("path", "view", "given"),
    [
        ("locations", "LocationList", {}),
        (
            "locations/sunset-1/CP1-1",
            "LocationObject",
            {"location_id": "sunset-1", "evse_uid": "CP1-1"},
        ),
        ("tokens/NL/EMS/04A1", "TokenObject", {"country_code": "NL", "party_id": "EMS", "uid": "04A1"}),
        ("commands/START_SESSION", "Commands", {"name": "START_SESSION"}),
    ],
)
def test_a_slash_at_the_end_changes_nothing(path, view, given, slash):
    found = resolve(f"/ocpi/2.2.1/{path}{slash}")

    assert found.func.view_class.__name__ == view
    assert found.kwargs == {"version": catalogue.ALL["2.2.1"], **given}
