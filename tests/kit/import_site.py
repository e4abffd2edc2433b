"""What the tests of applying.banks and its neighbours share."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

SITE: dict[str, Any] = {
    "hosts": [{"slug": "sunset", "name": "Sunset Stays", "currency": "USD", "country": "US"}],
    "users": [
        {
            "email": "Host@Example.com", "password": "a-long-password",
            "memberships": [{"host": "sunset", "role": "owner"}],
        },
        {"email": "agent@example.com", "password": "another-password", "is_agent": True},
    ],
    "properties": [
        {
            "slug": "sunset-1", "host": "sunset", "name": "Sunset 1", "time_zone": "America/New_York",
            "latitude": "38.3365", "longitude": "-75.0849",
            "units": [{"slug": "2b", "name": "Apartment 2B"}, {"slug": "3a", "name": "Apartment 3A"}],
        }
    ],
    "chargers": [
        {
            "id": "CP1", "station_id": "SUN001", "property": "sunset-1", "unit": "2b", "password": "cp1-secret-key",
            "licence": {"state": "active", "expires_on": "2027-12-31"},
            "connectors": [{"number": 1, "standard": "IEC_62196_T2", "max_power_w": 11000, "evse_id": "US*SUN*E1"}],
            "upstreams": [
                {"name": "Partner", "url": "wss://partner.test/ocpp", "role": "leader", "password": "upstream-secret"},
                {"name": "Analytics", "url": "wss://data.example/ocpp", "role": "follower"},
            ],
        },
        {"id": "CP2", "station_id": "SUN002", "property": "sunset-1", "security_profile": 0},
    ],
    "token_groups": [
        {"slug": "residents", "host": "sunset", "name": "Residents", "properties": ["sunset-1"], "chargers": []}
    ],
    "tokens": [{"uid": "04:A1:B2:C3", "host": "sunset", "groups": ["residents"], "expires_at": "2027-01-01T00:00:00Z"}],
    "msps": [
        {
            "country_code": "NL", "party_id": "EMS", "name": "Example eMSP", "versions_url": "https://e.example/v",
            "token_a": "token-of-the-partner",
        }
    ],
    "roaming_tokens": [{"uid": "GOODCARD", "msp": "NL-EMS", "whitelist": "ALWAYS"}],
    "rates": [
        {
            "slug": "standard", "host": "sunset", "currency": "USD",
            "rate": {"energy": [{"name": "day", "price": "0.35"}]},
        }
    ],
    "rate_assignments": [{"rate": "standard", "property": "sunset-1", "audience": "guest"}],
}  # fmt: skip


@pytest.fixture
def site() -> dict[str, Any]:
    return copy.deepcopy(SITE)


def apply(content: Any, folder: Path) -> dict[str, Any]:
    file = folder / "site.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    out = io.StringIO()
    call_command("import_site", str(file), stdout=out)
    return json.loads(out.getvalue())


def refused(content: Any, folder: Path) -> list[dict[str, str]]:
    file = folder / "site.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    out = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("import_site", str(file), stdout=out)
    assert raised.value.returncode == 2
    return json.loads(out.getvalue())["errors"]


def changes(summary: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Returns the numbers of created and updated rows, for kinds with any."""
    found = {kind: (counts["created"], counts["updated"]) for kind, counts in summary["kinds"].items()}
    return {kind: counts for kind, counts in found.items() if counts != (0, 0)}
