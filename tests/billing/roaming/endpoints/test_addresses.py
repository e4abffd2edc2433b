"""The modules that we offer in each version, at our public address."""

import pytest

from billing.roaming.endpoints import addresses
from billing.roaming.versions import catalogue
from billing.roaming.versions.entry import KnownVersion


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_BASE_URL = "https://charge.example.com"


def test_each_version_has_its_address_the_oldest_first():
    versions = addresses.versions()

    assert [each["version"] for each in versions] == list(catalogue.ALL)[::-1]
    assert all(each["url"] == f"https://charge.example.com/ocpi/{each['version']}" for each in versions)


@pytest.mark.parametrize("version", catalogue.ALL.values(), ids=str)
def test_every_module_is_named_once_and_with_our_role_where_there_are_roles(version: KnownVersion):
    details = addresses.details(version)
    by_module = {each["identifier"]: each for each in details["endpoints"]}

    assert len(by_module) == len(details["endpoints"]) == 7
    assert by_module["tokens"]["url"] == f"https://charge.example.com/ocpi/{version}/tokens"
    assert ("role" in by_module["cdrs"]) is version.has_roles
    if version.has_roles:
        assert (by_module["cdrs"]["role"], by_module["tokens"]["role"]) == ("SENDER", "RECEIVER")
