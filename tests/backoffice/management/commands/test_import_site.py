import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import (
    AccessRule,
    Token,
    TokenGroup,
    User,
)
from billing.models import RateAssignment
from chargers.fleet import hardware_swaps
from chargers.models import Charger, Connector, Host, Unit
from chargers.security import keys
from tests.kit.import_site import apply, refused, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_sets_up_everything_that_the_file_names(site: dict[str, Any], tmp_path: Path):
    summary = apply(site, tmp_path)

    assert (summary["created"], summary["updated"], summary["unchanged"]) == (12, 0, 0)
    charger = Charger.objects.get(charger_id="CP1")
    assert (charger.station_id, str(charger.property), str(charger.unit)) == ("SUN001", "Sunset 1", "Apartment 2B")
    assert (charger.security_profile, charger.configured, charger.passwordless_until) == (1, True, None)
    assert charger.licence.expires_on == datetime(2027, 12, 31, tzinfo=UTC).date()
    connector = Connector.objects.get(evse__charger=charger)
    assert (connector.evse.evse_id, connector.standard, connector.max_power_w) == ("US*SUN*E1", "IEC_62196_T2", 11000)
    token = Token.objects.get(host__slug="sunset")
    assert (token.uid, token.canonical_uid, token.groups.get().slug) == ("04:A1:B2:C3", "04A1B2C3", "residents")
    assert TokenGroup.objects.get().properties.get().slug == "sunset-1"
    assert Token.objects.get(msp__party_id="EMS").whitelist == "ALWAYS"
    assert RateAssignment.objects.get().rate.versions.get().definition == site["rates"][0]["rate"]


def test_it_changes_nothing_the_second_time(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)

    again = apply(site, tmp_path)

    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 12)


def test_it_tells_all_errors_and_writes_nothing(site: dict[str, Any], tmp_path: Path):
    site["chargers"] += [
        {"id": f"X{n}", "station_id": f"X{n}", "property": "sunset-1", "password": f"password-{n}"} for n in range(1000)
    ]
    site["chargers"][12]["password"] = 12
    site["chargers"][900]["property"] = "sunset-9"
    site["chargers"][901]["id"] = "CP1"

    errors = refused(site, tmp_path)

    assert [error["path"] for error in errors] == [
        "chargers[12].password",
        "chargers[900].property",
        "chargers[901].id",
    ]
    assert all(error["message"] for error in errors)
    assert (Host.objects.count(), Charger.objects.count(), User.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "path", "sentence"),
    [
        ("{", "", "not JSON"),
        ("", "", "not JSON"),
        ("[1]", "", "Expected an object"),
        ('{"hosts": [], "hosts": []}', "hosts", "twice"),
        ('{"hosts": NaN}', "", "NaN"),
        ("[" * 100_000, "", "nested too deeply"),
    ],
)
def test_it_says_what_is_wrong_with_a_file_that_is_no_site(text: str, path: str, sentence: str, tmp_path: Path):
    (error,) = refused(text, tmp_path)

    assert error["path"] == path
    assert sentence in error["message"]


def test_it_says_that_a_file_is_not_there(tmp_path: Path):
    out = io.StringIO()

    with pytest.raises(CommandError) as raised:
        call_command("import_site", str(tmp_path / "none.json"), stdout=out)

    assert raised.value.returncode == 2
    assert "none.json cannot be read: No such file or directory." in json.loads(out.getvalue())["errors"][0]["message"]


def test_it_reads_standard_input(site: dict[str, Any]):
    out = io.StringIO()

    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(site).encode()))):
        call_command("import_site", "-", stdout=out)

    assert json.loads(out.getvalue())["created"] == 12


@pytest.mark.django_db(transaction=True)
def test_it_keeps_nothing_of_a_file_that_fails_in_the_middle(site: dict[str, Any], tmp_path: Path):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_rateversion ADD CONSTRAINT no_new_version CHECK (number < 1)")
    try:
        with pytest.raises(Exception, match="no_new_version"):
            apply(site, tmp_path)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_rateversion DROP CONSTRAINT no_new_version")

    assert (Host.objects.count(), Charger.objects.count(), Token.objects.count()) == (0, 0, 0)


def test_it_refuses_what_collides_with_other_rows_of_the_database(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    unit = Unit.objects.get(slug="2b")
    AccessRule.objects.create(token=Token.objects.get(host__slug="sunset"), unit=unit)
    content = {
        "hosts": [{"slug": "lakeside", "name": "Lakeside Lofts", "currency": "USD"}],
        "properties": [
            {"slug": "sunset-1", "host": "sunset", "name": "Sunset 1", "time_zone": "America/New_York", "units": []},
            {"slug": "lofts", "host": "lakeside", "name": "Lofts", "time_zone": "America/Chicago"},
        ],
        "chargers": [
            {"id": "CP1", "station_id": "SUN001", "property": "lofts"},
            {"id": "CP3", "station_id": "SUN002", "property": "lofts"},
        ],
        "rates": [
            {"slug": "standard", "host": "sunset", "currency": "EUR", "rate": {"energy": [{"name": "d", "price": "1"}]}}
        ],
    }

    assert [error["path"] for error in refused(content, tmp_path)] == [
        "properties[0].units",
        "chargers[0].property",
        "chargers[1].station_id",
        "rates[0].currency",
    ]


def test_it_needs_no_more_queries_for_more_rows(site: dict[str, Any], tmp_path: Path):
    def queries(tokens: int) -> int:
        content = {"tokens": [{"uid": f"{n:08X}", "host": "sunset", "groups": ["residents"]} for n in range(tokens)]}
        with CaptureQueriesContext(connection) as captured:
            apply(content, tmp_path)
        return len(captured)

    apply(site, tmp_path)
    queries(1)

    assert queries(800) <= queries(10) + 2


def test_it_loads_the_demo_twice_without_a_change(tmp_path: Path):
    demo = (django_settings.BASE_DIR / "backoffice" / "demo.json").read_text()

    first, second = apply(demo, tmp_path), apply(demo, tmp_path)

    assert first["created"] > 20
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, first["created"])


def test_the_demo_has_one_tax_on_energy_at_each_property():
    demo = json.loads((django_settings.BASE_DIR / "backoffice" / "demo.json").read_text())
    energy_tax = {rate["slug"]: rate["rate"]["tax"]["rates"]["energy"] for rate in demo["rates"]}
    by_property: dict[str, set[str]] = {}
    for row in demo["rate_assignments"]:
        by_property.setdefault(row["property"], set()).add(energy_tax[row["rate"]])

    assert {slug: len(taxes) for slug, taxes in by_property.items() if len(taxes) > 1} == {}


def test_the_same_file_is_applied_after_hardware_was_replaced(site: dict[str, Any], tmp_path: Path):
    site["token_groups"][0]["chargers"] = ["CP1"]
    site["rate_assignments"][0]["charger"] = "CP1"
    apply(site, tmp_path)
    charger = Charger.objects.get(charger_id="CP1")
    swap = {"reason": "", "origin": "user:a@b.c", "is_paid": lambda _: False}
    password = hardware_swaps.replace(charger, "CP9", now=datetime.now(tz=UTC), **swap).password
    site["chargers"][0]["station_id"] = "SUN007"

    again = apply(site, tmp_path)

    assert (again["created"], again["updated"]) == (0, 1)
    charger = Charger.objects.get(station_id="SUN007")
    assert (charger.charger_id, charger.first_id) == ("CP9", "CP1")
    assert keys.matches(charger, password)
    assert not keys.matches(charger, "cp1-secret-key")
    assert TokenGroup.objects.get().chargers.get() == charger
    assert Charger.objects.count() == 2
