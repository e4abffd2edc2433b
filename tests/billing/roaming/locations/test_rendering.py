"""A stored Location as one partner is shown it: with its own rates where it has some."""

from billing.roaming.locations import rendering
from billing.roaming.versions import catalogue

OWN = {"NL-EMS": ["special"], "DE-SLO": ["slow"]}


def evse(**connector: object) -> dict[str, object]:
    plug = {
        "id": "1", "standard": "IEC_62196_T2", "power_type": "DC", "max_voltage": 400, "max_amperage": 63, **connector,
    }  # fmt: skip
    return {"uid": "CP1-1", "connectors": [plug]}


def tariffs(providers: set[str], **connector: object) -> object:
    made = rendering.evse(evse(**connector), providers=providers)
    return made["connectors"][0].get("tariff_ids")


def test_everybodys_rates_are_shown_to_a_partner_without_its_own():
    assert tariffs({"FR-ABC"}, tariff_ids=["standard"], _tariffs_of=OWN) == ["standard"]
    assert tariffs(set(), tariff_ids=["standard"]) == ["standard"]


def test_a_partner_with_its_own_rates_is_shown_those():
    assert tariffs({"NL-EMS"}, tariff_ids=["standard"], _tariffs_of=OWN) == ["special"]


def test_of_several_parties_of_a_partner_the_first_by_its_key_decides():
    assert tariffs({"NL-EMS", "DE-SLO", "AT-XXX"}, tariff_ids=["standard"], _tariffs_of=OWN) == ["slow"]


def test_without_rates_none_are_named():
    assert tariffs({"NL-EMS"}) is None
    assert tariffs({"NL-EMS"}, tariff_ids=["standard"], _tariffs_of={"NL-EMS": []}) is None


def test_a_location_is_written_in_the_version_and_does_not_say_who_else_pays_what():
    body = {"id": "sunset-1", "party_id": "SUN", "evses": [evse(tariff_ids=["standard"], _tariffs_of=OWN)]}

    later, older = (
        rendering.location(body, version=catalogue.ALL[name], providers={"NL-EMS"}) for name in ("2.2.1", "2.1.1")
    )

    assert later["evses"][0]["connectors"][0]["tariff_ids"] == ["special"]
    assert older["evses"][0]["connectors"][0]["tariff_id"] == "special"
    assert "party_id" not in older
    assert not any("_tariffs_of" in made["evses"][0]["connectors"][0] for made in (later, older))


def test_a_location_without_evses_has_none():
    assert rendering.location({"id": "L"}, version=catalogue.ALL["2.2.1"], providers=()) == {"id": "L", "evses": []}
