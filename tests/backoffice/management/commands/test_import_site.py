import copy
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import (
    AccessRule,
    Membership,
    MobilityProvider,
    PmsConnection,
    PmsListing,
    ReimbursementContract,
    Token,
    TokenGroup,
    User,
)
from billing.models import BankAccount, Letter, Rate, RateAssignment, RateVersion
from billing.payouts.payees import bank_accounts
from chargers.lib import secrets
from chargers.models import Charger, Connector, Evse, Host, Licence, Property, Unit, Upstream
from chargers.security import keys

pytestmark = pytest.mark.django_db

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
    """Created and updated, of the kinds in which anything happened."""
    found = {kind: (counts["created"], counts["updated"]) for kind, counts in summary["kinds"].items()}
    return {kind: counts for kind, counts in found.items() if counts != (0, 0)}


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


def test_it_keeps_passwords_hashed_and_secrets_encrypted(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)

    charger = Charger.objects.get(charger_id="CP1")
    upstream, provider = charger.upstreams.get(name="Partner"), MobilityProvider.objects.get()
    assert charger.key_kind == "imported"
    assert keys.matches(charger, "cp1-secret-key")
    assert not keys.matches(charger, "cp1-secret-key ")
    assert secrets.decrypt(upstream.password_encrypted) == "upstream-secret"
    assert secrets.decrypt(provider.token_a_encrypted) == "token-of-the-partner"
    host, agent = User.objects.get(email="host@example.com"), User.objects.get(email="agent@example.com")
    assert (host.check_password("a-long-password"), host.is_agent, agent.is_agent) == (True, False, True)
    assert Membership.objects.get().role == "owner"
    stored = charger.key_hash + upstream.password_encrypted + provider.token_a_encrypted + host.password
    assert not any(word in stored for word in ("secret", "partner", "a-long"))


def test_it_changes_a_password_only_when_it_is_another(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["chargers"][0]["password"] = "cp1-new-secret"
    site["users"][0]["password"] = "a-longer-password"

    assert changes(apply(site, tmp_path)) == {"chargers": (0, 1), "users": (0, 1)}
    assert keys.matches(Charger.objects.get(charger_id="CP1"), "cp1-new-secret")
    assert User.objects.get(email="host@example.com").check_password("a-longer-password")


def test_it_leaves_a_generated_key_alone_that_the_file_repeats(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    charger = Charger.objects.get(charger_id="CP1")
    key = keys.generate()
    keys.set_generated(charger, key)
    charger.save()
    site["chargers"][0]["password"] = key

    assert changes(apply(site, tmp_path)) == {}
    charger.refresh_from_db()
    assert charger.key_kind == "generated"


def test_it_takes_a_password_away_that_the_file_leaves_out(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    del site["chargers"][0]["password"]
    del site["users"][0]["password"]

    assert changes(apply(site, tmp_path)) == {"chargers": (0, 1), "users": (0, 1)}
    assert not keys.matches(Charger.objects.get(charger_id="CP1"), "cp1-secret-key")
    assert not User.objects.get(email="host@example.com").has_usable_password()
    assert changes(apply(site, tmp_path)) == {}


def test_it_lets_a_charger_of_profile_0_in_without_password_for_30_days(site: dict[str, Any], tmp_path: Path):
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC), tick=False):
        apply(site, tmp_path)
    with time_machine.travel(datetime(2031, 3, 20, 12, tzinfo=UTC), tick=False):
        assert changes(apply(site, tmp_path)) == {}
    assert Charger.objects.get(charger_id="CP2").passwordless_until == datetime(2031, 3, 31, 12, tzinfo=UTC)
    assert Charger.objects.get(charger_id="CP1").passwordless_until is None

    with time_machine.travel(datetime(2031, 4, 1, 12, tzinfo=UTC), tick=False):
        assert changes(apply(site, tmp_path)) == {"chargers": (0, 1)}
    assert Charger.objects.get(charger_id="CP2").passwordless_until == datetime(2031, 5, 1, 12, tzinfo=UTC)


def test_it_ends_the_passwordless_time_when_there_is_a_password(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["chargers"][1]["password"] = "now-it-has-one"

    apply(site, tmp_path)

    charger = Charger.objects.get(charger_id="CP2")
    assert (charger.passwordless_until, keys.matches(charger, "now-it-has-one")) == (None, True)


@pytest.mark.django_db(transaction=True)
def test_it_remembers_the_passwords_that_it_has_just_hashed(site: dict[str, Any], tmp_path: Path):
    cache.clear()
    apply(site, tmp_path)

    assert keys.matches_quickly(Charger.objects.get(charger_id="CP1"), "cp1-secret-key")
    assert not keys.matches_quickly(Charger.objects.get(charger_id="CP1"), "wrong")


def test_it_replaces_lists(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    charger = site["chargers"][0]
    charger["connectors"] = [{"number": 2, "standard": "CHADEMO"}]
    charger["upstreams"] = [{"name": "Analytics", "url": "wss://data.example/ocpp", "role": "leader"}]
    site["chargers"][0]["unit"] = None
    site["properties"][0]["units"] = [{"slug": "3a", "name": "Suite 3A"}]
    site["token_groups"][0] |= {"properties": [], "chargers": ["CP2"]}
    site["tokens"][0]["groups"] = []
    site["users"][0]["memberships"] = []

    summary = apply(site, tmp_path)

    assert changes(summary) == {
        "users": (0, 1),
        "properties": (0, 1),
        "chargers": (0, 1),
        "token_groups": (0, 1),
        "tokens": (0, 1),
    }
    assert list(Connector.objects.values_list("evse__number", "standard")) == [(2, "CHADEMO")]
    assert list(Evse.objects.values_list("number", flat=True)) == [2]
    assert list(Upstream.objects.values_list("name", "role")) == [("Analytics", "leader")]
    assert list(Unit.objects.values_list("slug", "name")) == [("3a", "Suite 3A")]
    group = TokenGroup.objects.get()
    assert (group.properties.count(), [str(charger) for charger in group.chargers.all()]) == (0, ["SUN002"])
    assert Token.objects.get(host__slug="sunset").groups.count() == 0
    assert Membership.objects.count() == 0
    assert changes(apply(site, tmp_path)) == {}


def test_it_leaves_lists_alone_that_the_file_leaves_out_but_for_upstreams_and_groups(
    site: dict[str, Any], tmp_path: Path
):
    apply(site, tmp_path)
    for entry, key in (
        (site["chargers"][0], "connectors"),
        (site["chargers"][0], "upstreams"),
        (site["properties"][0], "units"),
        (site["token_groups"][0], "properties"),
        (site["tokens"][0], "groups"),
        (site["users"][0], "memberships"),
    ):
        del entry[key]

    assert changes(apply(site, tmp_path)) == {"chargers": (0, 1), "tokens": (0, 1)}
    assert (Connector.objects.count(), Unit.objects.count(), Membership.objects.count()) == (1, 2, 1)
    assert (Upstream.objects.count(), Token.objects.get(host__slug="sunset").groups.count()) == (0, 0)


def test_it_puts_fields_that_are_left_out_back_to_their_defaults(site: dict[str, Any], tmp_path: Path):
    full = copy.deepcopy(site)
    full["chargers"][0] |= {"configured": False, "security_profile": 2, "licence": {"state": "inactive"}}
    full["properties"][0] |= {"access": "public_roaming", "city": "Ocean City"}
    full["tokens"][0] |= {"blocked": True, "valid": False, "parent": "FLEET"}
    apply(full, tmp_path)
    del site["chargers"][0]["licence"]

    apply(site, tmp_path)

    charger, place, token = (
        Charger.objects.get(charger_id="CP1"),
        Property.objects.get(),
        Token.objects.get(host__slug="sunset"),
    )
    assert (charger.configured, charger.security_profile, charger.licence.state) == (True, 1, "active")
    assert (place.access, place.city) == ("private", "")
    assert (token.blocked, token.valid, token.parent) == (False, True, "")


def test_it_keeps_what_the_file_cannot_say(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    Connector.objects.update(status="Charging")
    Charger.objects.update(name="By the pool", vendor="ABB", ocpp_version="1.6")
    Rate.objects.update(name="Our rate")
    TokenGroup.objects.update(enabled=False)
    site["chargers"][0]["connectors"][0]["max_power_w"] = 22000
    site["chargers"][0]["configured"] = False

    apply(site, tmp_path)

    assert Connector.objects.get().status == "Charging"
    charger = Charger.objects.get(charger_id="CP1")
    assert (charger.name, charger.vendor, charger.ocpp_version, charger.configured) == (
        "By the pool",
        "ABB",
        "1.6",
        False,
    )
    assert (Rate.objects.get().name, TokenGroup.objects.get().enabled) == ("Our rate", False)


def test_a_card_may_charge_at_several_chargers_at_once_where_the_file_says_so(site: dict[str, Any], tmp_path: Path):
    def allowed() -> bool:
        return Token.objects.get(canonical_uid="04A1B2C3").may_charge_concurrently

    apply(site, tmp_path)
    assert not allowed()
    site["tokens"][0]["may_charge_concurrently"] = True
    apply(site, tmp_path)
    assert allowed()
    del site["tokens"][0]["may_charge_concurrently"]
    apply(site, tmp_path)
    assert allowed()
    site["tokens"][0]["may_charge_concurrently"] = False
    apply(site, tmp_path)
    assert not allowed()


def test_it_leaves_entries_alone_that_the_file_does_not_name(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    host = Host.objects.get()
    Token.objects.create(host=host, uid="KEPT", canonical_uid="KEPT")

    apply({"tokens": [{"uid": "NEW", "host": "sunset"}]}, tmp_path)

    assert set(Token.objects.filter(host=host).values_list("uid", flat=True)) == {"04:A1:B2:C3", "KEPT", "NEW"}
    assert (Charger.objects.count(), Licence.objects.count()) == (2, 2)


def test_it_swaps_labels_and_leaders(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    first, second = site["chargers"]
    first["station_id"], second["station_id"] = second["station_id"], first["station_id"]
    first["upstreams"][0]["role"], first["upstreams"][1]["role"] = "follower", "leader"

    apply(site, tmp_path)

    assert dict(Charger.objects.values_list("charger_id", "station_id")) == {"CP1": "SUN002", "CP2": "SUN001"}
    assert dict(Upstream.objects.values_list("name", "role")) == {"Partner": "follower", "Analytics": "leader"}


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


def test_it_says_what_is_doubtful_about_a_rate_and_writes_it_all_the_same(site: dict[str, Any], tmp_path: Path):
    site["rates"][0]["rate"] = {"energy": [{"name": "day", "price": "0.40", "from": "06:00", "to": "22:00"}]}
    file, out, doubts = tmp_path / "site.json", io.StringIO(), io.StringIO()
    file.write_text(json.dumps(site))

    call_command("import_site", str(file), stdout=out, stderr=doubts)

    told = doubts.getvalue()
    assert told.startswith(f"rates[0] “{site['rates'][0]['slug']}”: No price per kWh holds on Mon from 00:00")
    assert "Add a price without days and times as the last one" in told
    assert json.loads(out.getvalue())["created"] > 0


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


def test_it_marks_a_changed_card_as_changed_now(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    long_ago = datetime.now(tz=UTC) - timedelta(days=9)
    Token.objects.update(updated_at=long_ago)
    site["tokens"][0]["blocked"] = True

    apply(site, tmp_path)

    assert Token.objects.get(host__slug="sunset").updated_at > long_ago
    assert Token.objects.get(msp__party_id="EMS").updated_at == long_ago


@pytest.mark.django_db
def test_it_says_how_a_provider_is_asked_and_leaves_it_when_the_file_does_not(site: dict[str, Any], tmp_path: Path):
    live = {"authorize_url": "https://e.example/tokens", "authorize_token": "their-token", "authorize_timeout_s": 8}
    site["msps"][0] |= live
    apply(site, tmp_path)
    for name in live:
        del site["msps"][0][name]
    assert apply(site, tmp_path)["unchanged"] == 12

    provider = MobilityProvider.objects.get()
    assert (provider.authorize_url, provider.authorize_timeout_s) == ("https://e.example/tokens", 8)
    assert secrets.decrypt(provider.authorize_token_encrypted) == "their-token"

    site["msps"][0] |= {"authorize_url": "ftp://e.example", "authorize_timeout_s": 0}
    assert [fault["path"] for fault in refused(site, tmp_path)] == [
        "msps[0].authorize_url",
        "msps[0].authorize_timeout_s",
    ]


CONTRACT: dict[str, Any] = {
    "host": "sunset", "uid": "04:FF:EE:00:42", "name": "Kim, at home", "employer": "Acme", "chargers": ["CP1"],
    "monthly_cap_minor": 15000, "service_fee_minor": 250, "service_tax_pct": "21",
    "active_from": "2026-01-01T00:00:00Z",
    "rates": [{"from": "2026-01-01", "per_kwh": "0.29"}, {"from": "2026-07-01", "per_kwh": "0.31"}],
}  # fmt: skip


def test_it_brings_reimbursement_contracts_once(tmp_path):
    site = SITE | {"reimbursements": [CONTRACT]}

    first, second = apply(site, tmp_path), apply(site, tmp_path)

    assert first["kinds"]["reimbursements"] == {"created": 1, "updated": 0, "unchanged": 0}
    assert second["kinds"]["reimbursements"] == {"created": 0, "updated": 0, "unchanged": 1}
    made = ReimbursementContract.objects.get()
    assert (made.token.host, made.token.canonical_uid, made.currency) == (made.host, "04FFEE0042", "USD")
    assert [charger.charger_id for charger in made.chargers.all()] == ["CP1"]
    assert [str(rate.per_kwh) for rate in made.rates.order_by("from_date")] == ["0.29000", "0.31000"]
    assert (made.service_fee_minor, made.service_tax_pct) == (250, 21)

    changed = CONTRACT | {"chargers": [], "rates": CONTRACT["rates"][:1]}
    third = apply(SITE | {"reimbursements": [changed]}, tmp_path)
    assert third["kinds"]["reimbursements"]["updated"] == 1
    assert (made.chargers.count(), made.rates.count()) == (0, 1)


def test_it_names_what_is_wrong_with_a_contract(tmp_path):
    twice = [*CONTRACT["rates"], {"from": "2026-01-01", "per_kwh": "-1"}]
    wrong = CONTRACT | {"chargers": ["CP9"], "active_to": "2025-01-01T00:00:00Z", "rates": twice}

    errors = refused(SITE | {"reimbursements": [wrong, CONTRACT]}, tmp_path)

    assert {error["path"] for error in errors} == {
        "reimbursements[0].chargers[0]",
        "reimbursements[0].active_to",
        "reimbursements[0].rates[2].per_kwh",
        "reimbursements[0].rates[2].from",
        "reimbursements[1].name",
    }
    assert not ReimbursementContract.objects.exists()


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


PMS = {
    "key": "villa-ical", "host": "sunset", "kind": "ical", "url": "http://127.0.0.1:9/villa.ics",
    "units": {"*": "sunset-1/2b"},
}  # fmt: skip


def test_it_connects_property_systems_and_the_same_file_changes_nothing(tmp_path):
    guesty = {
        "key": "ours", "host": "sunset", "kind": "guesty", "credentials": {"client_id": "id", "client_secret": "s"},
        "units": {"l1": "sunset-1/3a", "l2": "sunset-1"},
    }  # fmt: skip
    site = {**SITE, "pms_connections": [PMS, guesty]}

    assert apply(site, tmp_path)["kinds"]["pms_connections"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert apply(site, tmp_path)["kinds"]["pms_connections"] == {"created": 0, "updated": 0, "unchanged": 2}
    mapped = PmsListing.objects.order_by("key").values_list("key", "property__slug", "unit__slug")
    assert list(mapped) == [("*", "sunset-1", "2b"), ("l1", "sunset-1", "3a"), ("l2", "sunset-1", None)]
    moved = {**site, "pms_connections": [{**PMS, "units": {"*": "sunset-1/3a"}}]}
    assert apply(moved, tmp_path)["kinds"]["pms_connections"] == {"created": 0, "updated": 1, "unchanged": 0}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "opera"}, "pms_connections[0].kind"),
        ({"url": None}, "pms_connections[0]"),
        ({"url": "ftp://x"}, "pms_connections[0].url"),
        ({"credentials": {"token": "x"}}, "pms_connections[0].credentials.token"),
        ({"kind": "guesty", "credentials": {"client_id": "x"}}, "pms_connections[0].credentials.client_secret"),
        ({"units": {"l1": "sunset-1/2b"}}, "pms_connections[0].units.l1"),
        ({"units": {"*": "sunset-1/9z"}}, "pms_connections[0].units.*"),
        ({"units": {"*": 7}}, "pms_connections[0].units.*"),
        ({"host": "moon"}, "pms_connections[0].host"),
        ({"colour": "red"}, "pms_connections[0].colour"),
    ],
)
def test_it_names_the_place_of_each_mistake_about_a_property_system(tmp_path, changes, path):
    found = refused({**SITE, "pms_connections": [{**PMS, **changes}]}, tmp_path)

    assert path in {one["path"] for one in found}
    assert not PmsConnection.objects.exists()


BANK = {
    "host": "sunset", "holder": "Sunset Stays LLC", "iban": "NL91 ABNA 0417 1643 00", "currency": "EUR",
    "confirmed": True,
}  # fmt: skip


def test_it_enters_bank_accounts_and_the_same_file_changes_nothing(tmp_path):
    american = {
        "host": "sunset", "property": "sunset-1", "holder": "Sunset 1", "routing": "021000021", "number": "12345678",
        "currency": "USD",
    }  # fmt: skip
    site = {**SITE, "bank_accounts": [BANK, american]}

    assert apply(site, tmp_path)["kinds"]["bank_accounts"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert apply(site, tmp_path)["kinds"]["bank_accounts"] == {"created": 0, "updated": 0, "unchanged": 2}
    ours, theirs = BankAccount.objects.order_by("pk")
    assert (ours.state, ours.last4, ours.property, bank_accounts.number(ours)) == (
        "confirmed", "4300", None, "NL91ABNA0417164300",
    )  # fmt: skip
    assert bank_accounts.why_not(ours, now=datetime.now(UTC)) is None
    assert (theirs.state, theirs.property.slug) == ("unconfirmed", "sunset-1")
    confirmed = {**site, "bank_accounts": [BANK, american | {"confirmed": True}]}
    assert apply(confirmed, tmp_path)["kinds"]["bank_accounts"] == {"created": 0, "updated": 1, "unchanged": 1}


def test_another_bank_account_waits_and_is_announced(tmp_path):
    apply({**SITE, "bank_accounts": [BANK]}, tmp_path)
    other = BANK | {"iban": "DE89370400440532013000"}

    assert apply({**SITE, "bank_accounts": [other]}, tmp_path)["kinds"]["bank_accounts"]["created"] == 1

    before, after = BankAccount.objects.order_by("pk")
    assert (before.state, after.state) == ("replaced", "confirmed")
    assert "is new, and is used from" in bank_accounts.why_not(after, now=datetime.now(UTC))
    assert {letter.address for letter in Letter.objects.filter(bank_account=after)} == {"host@example.com"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"iban": "NL91ABNA0417164301"}, "bank_accounts[0].iban"),
        ({"iban": None}, "bank_accounts[0]"),
        ({"iban": None, "routing": "021000021"}, "bank_accounts[0]"),
        ({"number": "12345678"}, "bank_accounts[0].iban"),
        ({"holder": " "}, "bank_accounts[0].holder"),
        ({"currency": "EURO"}, "bank_accounts[0].currency"),
        ({"confirmed": "yes"}, "bank_accounts[0].confirmed"),
        ({"host": "moon"}, "bank_accounts[0].host"),
        ({"property": "moon-1"}, "bank_accounts[0].property"),
        ({"account": "x"}, "bank_accounts[0].account"),
    ],
)
def test_it_names_the_place_of_each_mistake_about_a_bank_account(tmp_path, changes, path):
    found = refused({**SITE, "bank_accounts": [{**BANK, **changes}]}, tmp_path)

    assert path in {one["path"] for one in found}
    assert not BankAccount.objects.exists()


def test_two_bank_accounts_for_the_same_money_are_refused(tmp_path):
    found = refused({**SITE, "bank_accounts": [BANK, BANK | {"iban": "DE89370400440532013000"}]}, tmp_path)

    assert [one["path"] for one in found] == ["bank_accounts[1].currency"]
