import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backoffice.site_file import reading
from billing.engine.rate import json_input

HOST = {"slug": "sunset", "name": "Sunset Stays", "currency": "USD"}
PLACE = {"slug": "sunset-1", "host": "sunset", "name": "Sunset 1", "time_zone": "America/New_York"}
CHARGER = {"id": "CP1", "station_id": "SUN001", "property": "sunset-1"}
UPSTREAM = {"name": "Partner", "url": "ws://partner.example/ocpp", "role": "leader"}
TOKEN = {"uid": "04A1B2C3D4", "host": "sunset"}
RATE = {"slug": "day", "host": "sunset", "currency": "USD", "rate": {"energy": [{"name": "day", "price": "0.35"}]}}


def read(content: Any) -> reading.Site:
    problems: list[reading.Problem] = []
    site = reading.read(json_input.parse(json.dumps(content)), problems=problems)
    assert problems == []
    return site


def problems_of(content: Any) -> dict[str, str]:
    problems: list[reading.Problem] = []
    reading.read(json_input.parse(json.dumps(content)), problems=problems)
    return {problem.path: problem.message for problem in problems}


def test_it_reads_a_file_without_lists():
    assert read({}) == reading.Site((), (), (), (), (), (), (), (), (), (), (), (), ())


def test_it_gives_a_charger_the_defaults_of_the_interface():
    charger = read({"chargers": [CHARGER]}).chargers[0]

    assert (charger.security_profile, charger.configured, charger.password, charger.unit) == (1, True, "", "")
    assert (charger.licence.state, charger.licence.expires_on) == ("active", None)
    assert charger.upstreams == ()
    assert charger.connectors is None


def test_it_takes_null_for_left_out():
    left_out = read({"chargers": [CHARGER]})
    null = {"unit": None, "password": None, "security_profile": None, "licence": None, "configured": None}

    assert read({"chargers": [{**CHARGER, **null, "connectors": None, "upstreams": None}]}) == left_out


def test_it_gives_cards_the_defaults_of_the_interface():
    site = read({"tokens": [TOKEN], "roaming_tokens": [{"uid": "GOODCARD", "msp": "NL-EMS"}]})

    token, roaming = site.tokens[0], site.roaming_tokens[0]
    assert (token.valid, token.blocked, token.groups, token.expires_at, token.parent) == (True, False, (), None, "")
    assert (roaming.valid, roaming.whitelist) == (True, "NEVER")


def test_it_makes_a_property_private_unless_told_otherwise():
    assert read({"properties": [PLACE]}).properties[0].access == "private"
    assert read({"properties": [{**PLACE, "access": "guest"}]}).properties[0].access == "guest"


def test_it_takes_the_connector_number_for_the_evse():
    connectors = [{"number": 2}, {"evse": 5, "number": 1}]

    charger = read({"chargers": [{**CHARGER, "connectors": connectors}]}).chargers[0]

    assert [(connector.evse_number, connector.number) for connector in charger.connectors or ()] == [(2, 2), (5, 1)]


def test_it_reads_days_times_and_coordinates():
    site = read(
        {
            "properties": [{**PLACE, "latitude": "38.3365", "longitude": -75.0849}],
            "chargers": [{**CHARGER, "licence": {"expires_on": "2027-12-31"}}],
            "tokens": [{**TOKEN, "expires_at": "2027-01-01T00:00:00+02:00"}],
        }
    )

    assert (site.properties[0].latitude, site.properties[0].longitude) == (Decimal("38.3365"), Decimal("-75.0849"))
    assert site.chargers[0].licence.expires_on == date(2027, 12, 31)
    assert site.tokens[0].expires_at == datetime(2026, 12, 31, 22, tzinfo=UTC)


def test_it_keeps_a_uid_as_it_was_written_and_finds_its_one_spelling():
    token = read({"tokens": [{**TOKEN, "uid": "04:a1:b2:c3:d4"}]}).tokens[0]

    assert (token.uid, token.canonical_uid) == ("04:a1:b2:c3:d4", "04A1B2C3D4")


def test_it_shortens_a_notation_that_is_longer_than_the_uid():
    spelled = ":".join(["0A"] * 14)

    assert read({"tokens": [{**TOKEN, "uid": spelled}]}).tokens[0].uid == "0A" * 14


def test_it_keeps_a_password_to_the_last_blank():
    assert read({"chargers": [{**CHARGER, "password": " p w "}]}).chargers[0].password == " p w "


def test_it_stores_the_decimals_of_a_rate_as_text():
    rate = {"energy": [{"name": "day", "price": 0.35}], "min_billable_wh": 100}
    content = json_input.parse(json.dumps({"rates": [{**RATE, "rate": rate}]}))

    site = reading.read(content, problems=[])

    assert site.rates[0].definition == {"energy": [{"name": "day", "price": "0.35"}], "min_billable_wh": 100}


@pytest.mark.parametrize(
    ("content", "path", "sentence"),
    [
        ([], "", "Expected an object, found a list."),
        ({"charger": []}, "charger", "did you mean chargers?"),
        ({"hosts": {}}, "hosts", "Expected a list"),
        ({"hosts": [None]}, "hosts[0]", "Expected an object"),
        ({"hosts": [{**HOST, "nmae": "x"}]}, "hosts[0].nmae", "did you mean name?"),
        ({"hosts": [{"slug": "a", "currency": "USD"}]}, "hosts[0].name", "name is missing."),
        ({"hosts": [{**HOST, "slug": "sun set"}]}, "hosts[0].slug", "use only letters"),
        ({"hosts": [{**HOST, "slug": 7}]}, "hosts[0].slug", "Expected a text"),
        ({"hosts": [{**HOST, "name": "x" * 201}]}, "hosts[0].name", "It has 201 characters: use at most 200."),
        ({"hosts": [{**HOST, "name": "a\u0000b"}]}, "hosts[0].name", "Character 2 (U+0000)"),
        ({"hosts": [{**HOST, "name": "a\ud800b"}]}, "hosts[0].name", "Character 2 (U+D800)"),
        ({"hosts": [{**HOST, "currency": "usd"}]}, "hosts[0].currency", "write it in capitals"),
        ({"hosts": [{**HOST, "country": "USA"}]}, "hosts[0].country", "such as US"),
        ({"hosts": [{**HOST, "ocpi": {"country_code": "US"}}]}, "hosts[0].ocpi.party_id", "missing"),
        ({"users": [{"email": "host.example.com"}]}, "users[0].email", "not an e-mail address"),
        ({"users": [{"email": "a@b.ch", "is_agent": "yes"}]}, "users[0].is_agent", "true or false"),
        (
            {"users": [{"email": "a@b.ch", "memberships": [{"host": "sunset", "role": "boss"}]}]},
            "users[0].memberships[0].role",
            "use owner, manager",
        ),
        ({"properties": [{**PLACE, "time_zone": "America/NewYork"}]}, "properties[0].time_zone", "America/New_York?"),
        ({"properties": [{**PLACE, "access": "public"}]}, "properties[0].access", "public_roaming"),
        ({"properties": [{**PLACE, "latitude": "91", "longitude": "0"}]}, "properties[0].latitude", "at most 90"),
        ({"properties": [{**PLACE, "latitude": "1"}]}, "properties[0]", "belong together"),
        ({"properties": [{**PLACE, "units": [{"slug": "2b"}]}]}, "properties[0].units[0].name", "missing"),
        ({"chargers": [{**CHARGER, "id": "CP/1"}]}, "chargers[0].id", "“/”"),
        ({"chargers": [{**CHARGER, "id": "CP:1"}]}, "chargers[0].id", "“:”"),
        ({"chargers": [{**CHARGER, "id": ".."}]}, "chargers[0].id", "“..”"),
        ({"chargers": [{**CHARGER, "id": "x" * 49}]}, "chargers[0].id", "at most 48"),
        ({"chargers": [{**CHARGER, "station_id": "SUN 1"}]}, "chargers[0].station_id", "a space"),
        ({"chargers": [{**CHARGER, "password": 1234}]}, "chargers[0].password", "text in quotes"),
        ({"chargers": [{**CHARGER, "password": ""}]}, "chargers[0].password", "null for none"),
        ({"chargers": [{**CHARGER, "security_profile": 4}]}, "chargers[0].security_profile", "between 0 and 3"),
        ({"chargers": [{**CHARGER, "security_profile": True}]}, "chargers[0].security_profile", "whole number"),
        ({"chargers": [{**CHARGER, "licence": {"state": "on"}}]}, "chargers[0].licence.state", "active, inactive"),
        (
            {"chargers": [{**CHARGER, "licence": {"expires_on": "2027-02-30"}}]},
            "chargers[0].licence.expires_on",
            "not a day of the calendar",
        ),
        (
            {"chargers": [{**CHARGER, "licence": {"expires_on": 20271231}}]},
            "chargers[0].licence.expires_on",
            "not a day of the calendar",
        ),
        ({"chargers": [{**CHARGER, "connectors": [{"number": 0}]}]}, "chargers[0].connectors[0].number", "between 1"),
        (
            {"chargers": [{**CHARGER, "connectors": [{"number": 1, "standard": "IEC_62196_T22"}]}]},
            "chargers[0].connectors[0].standard",
            "did you mean IEC_62196_T2?",
        ),
        (
            {"chargers": [{**CHARGER, "upstreams": [{**UPSTREAM, "url": "http://partner.example"}]}]},
            "chargers[0].upstreams[0].url",
            "begins with ws:// or wss://",
        ),
        (
            {"chargers": [{**CHARGER, "upstreams": [{**UPSTREAM, "url": "ws://a:b@partner.example"}]}]},
            "chargers[0].upstreams[0].url",
            "take it out",
        ),
        (
            {"chargers": [{**CHARGER, "upstreams": [{**UPSTREAM, "url": "ws://partner.example:99999"}]}]},
            "chargers[0].upstreams[0].url",
            "1 to 65535",
        ),
        (
            {"token_groups": [{"slug": "a", "host": "b", "name": "c", "properties": ["x", "y", "x"]}]},
            "token_groups[0].properties[2]",
            "already, at token_groups[0].properties[0]",
        ),
        ({"tokens": [{**TOKEN, "uid": "04A1B2C3D4Ω"}]}, "tokens[0].uid", "greek capital letter omega"),
        ({"tokens": [{**TOKEN, "uid": "x" * 37}]}, "tokens[0].uid", "at most 36"),
        ({"tokens": [{**TOKEN, "uid": 4}]}, "tokens[0].uid", "text in quotes"),
        ({"tokens": [{**TOKEN, "type": "CARD"}]}, "tokens[0].type", "use RFID"),
        ({"tokens": [{**TOKEN, "expires_at": "2027-01-01T00:00:00"}]}, "tokens[0].expires_at", "has no offset"),
        ({"tokens": [{**TOKEN, "expires_at": "tomorrow"}]}, "tokens[0].expires_at", "Expected a time such as"),
        (
            {"roaming_tokens": [{"uid": "A", "msp": "NL-EMS", "whitelist": "SOMETIMES"}]},
            "roaming_tokens[0].whitelist",
            "use ALWAYS",
        ),
        (
            {"msps": [{"country_code": "NL", "party_id": "EMSP", "name": "x"}]},
            "msps[0].party_id",
            "three capitals or digits",
        ),
        (
            {"rates": [{**RATE, "rate": {"energy": [{"name": "day", "price": "-1"}]}}]},
            "rates[0].rate.energy[0].price",
            "negative",
        ),
        (
            {"rates": [{**RATE, "rate": {"energy": [{"name": "d\u0000", "price": "1"}]}}]},
            "rates[0].rate.energy[0].name",
            "cannot be printed",
        ),
    ],
)
def test_it_says_where_a_file_is_wrong_and_how_to_mend_it(content: Any, path: str, sentence: str):
    problems = problems_of(content)

    assert list(problems) == [path]
    assert sentence in problems[path]


def test_it_finds_every_fault_in_one_go():
    chargers = [{**CHARGER, "id": f"CP{n}", "station_id": f"S{n}"} for n in range(1000)]
    chargers[12]["password"] = 12
    chargers[900]["colour"] = "red"

    problems = problems_of({"chargers": chargers, "hosts": [{**HOST, "currency": "dollars"}]})

    assert set(problems) == {"chargers[12].password", "chargers[900].colour", "hosts[0].currency"}


def test_it_repeats_no_secret_in_a_complaint():
    secret = "s3cret\u0000" + "x" * 2000
    content = {
        "users": [{"email": "a@b.ch", "password": secret}],
        "chargers": [
            {
                **CHARGER,
                "password": secret,
                "upstreams": [{**UPSTREAM, "url": f"ftp://u:{secret}@h", "password": secret}],
            }
        ],
        "msps": [{"country_code": "NL", "party_id": "EMS", "name": "x", "token_a": secret}],
    }

    problems = problems_of(content)

    assert len(problems) == 5
    assert "s3cret" not in str(problems)


def test_it_shows_no_secret_when_an_entry_is_printed():
    site = read({"chargers": [{**CHARGER, "password": "s3cret", "upstreams": [{**UPSTREAM, "password": "s3cret"}]}]})

    assert "s3cret" not in repr(site)


def test_it_refuses_a_token_that_ocpp_has_no_characters_for_and_takes_a_providers_as_it_is():
    found = problems_of({"tokens": [{**TOKEN, "uid": "ZZ ZZ !!"}]})

    assert "has only letters, digits and * - _ = : + | @ ." in found["tokens[0].uid"]
    assert (
        read({"roaming_tokens": [{"uid": "ZZ ZZ !!", "msp": "NL-EMS"}]}).roaming_tokens[0].canonical_uid == "ZZ ZZ !!"
    )
