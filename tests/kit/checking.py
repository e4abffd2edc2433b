"""What the tests of site_file.checking and site_file.existing share."""

from typing import Any

from backoffice.site_file import checking, reading
from backoffice.site_file.existing_rows import Existing

HOSTS = [
    {"slug": "sunset", "name": "Sunset Stays", "currency": "USD"},
    {"slug": "lakeside", "name": "Lakeside Lofts", "currency": "USD"},
]


def place(slug: str, host: str = "sunset", **more: Any) -> dict[str, Any]:
    return {"slug": slug, "host": host, "name": slug, "time_zone": "America/New_York", **more}


def charger(charger_id: str, property_slug: str = "sunset-1", **more: Any) -> dict[str, Any]:
    return {"id": charger_id, "station_id": f"S-{charger_id}", "property": property_slug, **more}


def problems_of(content: dict[str, Any], existing: Existing | None = None) -> dict[str, str]:
    problems: list[checking.Problem] = []
    site = reading.read(content, problems=problems)
    assert problems == []
    checking.check(site, existing or Existing(), problems=problems)
    return {problem.path: problem.message for problem in problems}
