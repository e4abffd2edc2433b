"""What the database holds already, as far as a file can refer to it or collide with it."""

from backoffice.site_file.existing_rows import Existing, ExistingCharger
from tests.kit.checking import HOSTS, charger, place, problems_of


def test_it_lets_entries_refer_to_the_file_and_to_the_database():
    existing = Existing(hosts=frozenset({"sunset"}), properties={"old": "sunset"}, units={"old": frozenset({"2b"})})
    content = {
        "properties": [place("new")],
        "chargers": [charger("CP1", "new"), charger("CP2", "old", unit="2b")],
        "token_groups": [
            {"slug": "all", "host": "sunset", "name": "All", "properties": ["old", "new"], "chargers": ["CP1"]}
        ],
        "tokens": [{"uid": "04A1B2C3D4", "host": "sunset", "groups": ["all"]}],
    }

    assert problems_of(content, existing) == {}


def test_it_opens_no_other_hosts_doors():
    group = {"slug": "all", "host": "sunset", "name": "All", "properties": ["lofts"], "chargers": ["CP-LAKE"]}
    existing = Existing(properties={"lofts": "lakeside"}, chargers={"CP-LAKE": ExistingCharger("L1", "lofts")})

    problems = problems_of({"hosts": HOSTS, "token_groups": [group]}, existing)

    assert list(problems) == ["token_groups[0].properties[0]", "token_groups[0].chargers[0]"]
    assert "belongs to lakeside" in problems["token_groups[0].chargers[0]"]


def test_it_moves_no_property_or_charger_to_another_host():
    existing = Existing(
        properties={"lofts": "lakeside", "sunset-1": "sunset"}, chargers={"CP1": ExistingCharger("L1", "lofts")}
    )

    problems = problems_of(
        {"hosts": HOSTS, "properties": [place("lofts", "sunset")], "chargers": [charger("CP1")]}, existing
    )

    assert "belongs to lakeside" in problems["properties[0].host"]
    assert "CP1 belongs to lakeside" in problems["chargers[0].property"]


def test_it_takes_no_label_from_a_charger_that_keeps_it():
    existing = Existing(
        hosts=frozenset({"sunset"}),
        properties={"sunset-1": "sunset"},
        chargers={"CP1": ExistingCharger("LABEL", "sunset-1")},
    )
    new = charger("CP2", station_id="LABEL")

    alone = problems_of({"chargers": [new]}, existing)
    swapped = problems_of({"chargers": [new, charger("CP1", station_id="OTHER")]}, existing)

    assert alone == {"chargers[0].station_id": "“LABEL” is on the label of CP1 already."}
    assert swapped == {}


def test_it_keeps_the_currency_of_a_rate():
    existing = Existing(hosts=frozenset({"sunset"}), rate_currencies={("sunset", "day"): "USD"})
    rate = {"slug": "day", "host": "sunset", "currency": "EUR", "rate": {"energy": [{"name": "d", "price": "1"}]}}

    assert list(problems_of({"rates": [rate]}, existing)) == ["rates[0].currency"]


def test_it_drops_no_unit_that_guests_have_booked():
    existing = Existing(
        hosts=frozenset({"sunset"}), properties={"sunset-1": "sunset"}, units_in_use={"sunset-1": frozenset({"2b"})}
    )

    assert list(problems_of({"properties": [place("sunset-1", units=[])]}, existing)) == ["properties[0].units"]
    assert problems_of({"properties": [place("sunset-1")]}, existing) == {}
