"""What tells entries of an import file apart, and what they keep to themselves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backoffice.site_file.entries import AssignmentEntry, MobilityProviderEntry

PROVIDER = MobilityProviderEntry(
    path="msps[0]",
    country_code="NL",
    party_id="EMS",
    name="Example eMSP",
    blocked=False,
    versions_url="",
    token_a="token-of-the-partner",
    authorize_url="",
    authorize_token="their-token",
    authorize_timeout_s=None,
)
ASSIGNMENT = AssignmentEntry("rate_assignments[0]", "standard", "sunset-1", "guest")


@pytest.mark.parametrize(
    ("country_code", "party_id", "key"), [("NL", "EMS", "NL-EMS"), ("NL", "", ""), ("", "EMS", ""), ("", "", "")]
)
def test_a_provider_is_named_by_both_parts_of_its_key(country_code: str, party_id: str, key: str):
    assert replace(PROVIDER, country_code=country_code, party_id=party_id).key == key


def test_secrets_are_not_shown():
    assert "token-of-the-partner" not in repr(PROVIDER)
    assert "their-token" not in repr(PROVIDER)


@pytest.mark.parametrize(
    "changes",
    [
        {"charger": "CP1"}, {"audience": "member"}, {"group": "residents"}, {"msp": "NL-EMS"},
        {"active_from": datetime(2026, 3, 10, tzinfo=UTC)},
    ],
)  # fmt: skip
def test_assignments_for_different_drivers_or_times_differ(changes: dict):
    assert replace(ASSIGNMENT, **changes).natural_key() != ASSIGNMENT.natural_key()


def test_the_rate_and_its_rank_do_not_tell_assignments_apart():
    assert (
        replace(ASSIGNMENT, path="rate_assignments[1]", rate="night", priority=5).natural_key()
        == ASSIGNMENT.natural_key()
    )
