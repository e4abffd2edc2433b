"""Credentials: ours as they are written, and a partner's as they are read, with roles and without."""

from typing import Any

import pytest

from billing.roaming.credentials import forms
from billing.roaming.credentials.forms import Role
from billing.roaming.versions import catalogue

WITH_ROLES, WITH_PARTY = catalogue.ALL["2.2.1"], catalogue.ALL["2.1.1"]
SUN, HAR = Role("NL", "SUN", "Sunset Stays"), Role("DE", "HAR", "Harbour")
ROLE = {"role": "EMSP", "country_code": "nl", "party_id": "ems", "business_details": {"name": "Example eMSP"}}
ROLES = {"token": "abc", "url": "https://example.com/ocpi/versions", "roles": [ROLE]}
PARTY = {
    "token": "abc", "url": "https://example.com/ocpi/versions", "country_code": "nl", "party_id": "ems",
    "business_details": {"name": "Example eMSP"},
}  # fmt: skip


def written(*roles: Role, version) -> dict[str, Any]:
    return forms.build_credentials(token="t", url="https://us.example/ocpi/versions", roles=roles, version=version)


def errors(data: dict[str, Any], version=WITH_ROLES) -> set[str]:
    form = forms.form(version)(data=data)
    form.is_valid()
    return set(form.errors)


def test_ours_name_every_party_where_the_version_has_roles():
    made = written(SUN, HAR, version=WITH_ROLES)

    assert [(role["role"], role["country_code"], role["party_id"]) for role in made["roles"]] == [
        ("CPO", "NL", "SUN"),
        ("CPO", "DE", "HAR"),
    ]
    assert "party_id" not in made


def test_without_roles_the_first_party_stands_for_all():
    made = written(SUN, HAR, version=WITH_PARTY)

    assert (made["country_code"], made["party_id"]) == ("NL", "SUN")
    assert made["business_details"] == {"name": "Sunset Stays"}
    assert "roles" not in made
    assert written(version=WITH_PARTY)["party_id"] == ""


@pytest.mark.parametrize("version", [WITH_ROLES, WITH_PARTY], ids=str)
def test_a_long_name_ends_where_its_field_does(version):
    made = written(Role("NL", "SUN", "x" * 120), version=version)
    business = made["roles"][0]["business_details"] if version.has_roles else made["business_details"]

    assert len(business["name"]) == 100


def test_credentials_of_either_form_are_taken():
    assert errors(ROLES) == set()
    assert errors(PARTY, WITH_PARTY) == set()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"token": ""}, "token"),
        ({"token": "with\nline"}, "token"),
        ({"token": "x" * 65}, "token"),
        ({"url": "ftp://example.com"}, "url"),
        ({"roles": []}, "roles"),
        ({"roles": [ROLE | {"party_id": "EMSX"}]}, "roles"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], name: str):
    assert errors(ROLES | changes) == {name}


def test_without_its_party_credentials_of_2_1_1_are_not_taken():
    assert errors({"token": "abc", "url": "https://example.com"}, WITH_PARTY) == {
        "party_id", "country_code", "business_details",
    }  # fmt: skip


@pytest.mark.parametrize(("data", "version"), [(ROLES, WITH_ROLES), (PARTY, WITH_PARTY)])
def test_both_are_read_as_roles_with_codes_in_capitals(data: dict[str, Any], version):
    form = forms.form(version)(data=data)
    form.is_valid(raise_exception=True)

    theirs = forms.parse_credentials(form.validated_data, version=version)

    assert (theirs.token, theirs.url) == ("abc", "https://example.com/ocpi/versions")
    assert theirs.roles == (
        {"role": "EMSP", "country_code": "NL", "party_id": "EMS", "business_details": {"name": "Example eMSP"}},
    )
