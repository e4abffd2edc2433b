"""A property as an OCPI Location, and what keeps it from being one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from authorization.roaming.transport.routing import Party
from billing.roaming.locations import stored_form
from billing.roaming.locations.stored_form import ConnectorFacts, EvseFacts, LocationFacts

PLUG = ConnectorFacts(number=1, standard="IEC_62196_T2", max_power_w=11_000, tariffs_by_provider={})
EVSE = EvseFacts(
    charger_id="CP1", station_id="SUN-001", number=1, evse_id="", status="Available", is_heard=True, is_set_up=True,
    is_served=True, is_reservable=False, connectors=(PLUG,),
)  # fmt: skip
SITE = LocationFacts(
    slug="sunset-1", name="Sunset 1", address="Keizersgracht 1", city="Amsterdam", postal_code="1015 CJ", country="NL",
    latitude=Decimal("52.3702"), longitude=Decimal("4.8952"), time_zone="Europe/Amsterdam", opening_hours={},
    operator="Sunset Stays", party=Party("NL", "SUN"), evses=(EVSE,),
)  # fmt: skip


def test_a_whole_property_has_nothing_that_keeps_it():
    assert stored_form.obstacles(SITE) == []
    made = stored_form.location(SITE)
    assert (made["id"], made["country"], made["postal_code"]) == ("sunset-1", "NLD", "1015 CJ")
    assert made["coordinates"] == {"latitude": "52.37020", "longitude": "4.89520"}
    assert "postal_code" not in stored_form.location(replace(SITE, postal_code=""))


def test_all_that_is_missing_is_named():
    bare = replace(SITE, address="", city="", country="", longitude=None, evses=())

    assert stored_form.obstacles(bare) == [
        "its address", "its city", "its country", "its position on the map",
        "a charger whose connector type is known",
    ]  # fmt: skip


def test_an_outlet_without_a_known_plug_is_left_out():
    unknown = replace(EVSE, number=2, connectors=(replace(PLUG, standard=""),))

    assert len(stored_form.location(replace(SITE, evses=(EVSE, unknown)))["evses"]) == 1


@pytest.mark.parametrize(
    ("degrees", "text"),
    [("52", "52.00000"), ("4.8952", "4.89520"), ("-0.12345678", "-0.1234568"), ("4.1234567", "4.1234567")],
)
def test_degrees_have_five_to_seven_decimals(degrees: str, text: str):
    assert stored_form.degrees(Decimal(degrees)) == text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "AVAILABLE"),
        ({"status": "SuspendedEV"}, "CHARGING"),
        ({"status": "Faulted"}, "OUTOFORDER"),
        ({"status": "Strange"}, "UNKNOWN"),
        ({"status": ""}, "UNKNOWN"),
        ({"is_heard": False}, "UNKNOWN"),
        ({"is_served": False, "is_heard": False}, "INOPERATIVE"),
        ({"is_set_up": False, "is_served": False}, "PLANNED"),
    ],
)
def test_the_chargers_word_counts_only_while_it_is_connected_and_served(changes, status):
    assert stored_form.status(replace(EVSE, **changes)) == status


def test_an_id_that_was_entered_stays_and_another_is_made_of_the_label():
    assert stored_form.evse_id(replace(EVSE, evse_id="NL*SUN*E7"), party=SITE.party) == "NL*SUN*E7"
    assert stored_form.evse_id(EVSE, party=SITE.party) == "NL*SUN*ESUN001*1"


def test_reservations_are_a_capability_of_those_that_take_them():
    capabilities = [
        "RESERVABLE" in stored_form.evse(replace(EVSE, is_reservable=is_reservable), facts=SITE)["capabilities"]
        for is_reservable in (True, False)
    ]

    assert capabilities == [True, False]


@pytest.mark.parametrize(
    ("hours", "regular"),
    [
        ({"mon": ["08:00", "18:00"]}, [(1, "08:00", "18:00")]),
        ({"sun": ["22:00", "02:00"]}, [(1, "00:00", "02:00"), (7, "22:00", "23:59")]),
        ({"fri": ["18:00", "00:00"]}, [(5, "18:00", "23:59")]),
    ],
)
def test_hours_that_end_on_the_next_day_are_cut_at_midnight(hours, regular):
    made = stored_form.opening_times(hours)

    assert not made["twentyfourseven"]
    assert [(day["weekday"], day["period_begin"], day["period_end"]) for day in made["regular_hours"]] == regular


def test_without_hours_it_is_always_open():
    assert stored_form.opening_times({}) == {"twentyfourseven": True}


@pytest.mark.parametrize(
    ("standard", "watts", "country", "figures"),
    [
        ("IEC_62196_T2", 11_000, "NL", ("SOCKET", "AC_3_PHASE", 230, 16)),
        ("IEC_62196_T2", 3_680, "NL", ("SOCKET", "AC_1_PHASE", 230, 16)),
        ("IEC_62196_T1", 7_680, "US", ("CABLE", "AC_1_PHASE", 240, 32)),
        ("IEC_62196_T2_COMBO", None, "NL", ("CABLE", "DC", 500, 100)),
        ("DOMESTIC_F", 100, "NL", ("SOCKET", "AC_1_PHASE", 230, 1)),
        ("IEC_60309_2_three_16", None, "NL", ("SOCKET", "AC_3_PHASE", 230, 16)),
    ],
)
def test_volts_and_amperes_come_of_the_power(standard, watts, country, figures):
    made = stored_form.connector(replace(PLUG, standard=standard, max_power_w=watts), country=country)

    assert (made["format"], made["power_type"], made["max_voltage"], made["max_amperage"]) == figures
    assert ("max_electric_power" in made) is (watts is not None)


def test_rates_of_single_partners_are_kept_for_us():
    own = replace(PLUG, tariff_ids=("standard",), tariffs_by_provider={"NL-EMS": ("special",)})

    made = stored_form.connector(own, country="NL")

    assert (made["tariff_ids"], made["_tariffs_of"]) == (["standard"], {"NL-EMS": ["special"]})
    assert not {"tariff_ids", "_tariffs_of"} & set(stored_form.connector(PLUG, country="NL"))
