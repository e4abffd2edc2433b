"""Charging profiles as every version of OCPP writes them."""

from decimal import Decimal

import pytest

from chargers.commands import builder
from chargers.power import profiles
from chargers.power.profiles import Profile, Purpose, Unit
from chargers.protocol.frames import Version


def profile(**fields):
    known = {
        "evse_number": 2, "purpose": Purpose.TRANSACTION, "amps": Decimal("6.66"), "unit": Unit.AMPERES, "phases": 3,
        "voltage_v": 230, "transaction_id": "17",
    }  # fmt: skip
    return Profile(**{**known, **fields})


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("unit", list(Unit))
def test_every_version_takes_both_profiles_by_its_schema(version, purpose, unit):
    payload = profiles.set_payload(profile(purpose=purpose, unit=unit), version=version.value)
    builder.check("SetChargingProfile", payload, version=version)
    clear = profiles.clear_payload(purpose, evse_number=2, version=version.value)
    builder.check("ClearChargingProfile", clear, version=version)


def test_a_transaction_is_named_in_the_words_of_its_version():
    old = profiles.set_payload(profile(), version="1.6")
    new = profiles.set_payload(profile(transaction_id="abc"), version="2.0.1")
    assert (old["connectorId"], old["csChargingProfiles"]["transactionId"]) == (2, 17)
    assert (new["evseId"], new["chargingProfile"]["transactionId"]) == (2, "abc")


def test_a_limit_is_rounded_down_in_either_unit():
    assert profiles.limit(profile()) == 6.6
    assert profiles.limit(profile(unit=Unit.WATTS)) == 4595
    assert profiles.limit(profile(unit=Unit.WATTS, phases=1, amps=Decimal(10))) == 2300


def test_no_two_profiles_of_a_charger_share_an_id():
    numbers = [profiles.number_of(purpose, evse_number=n) for n in range(1, 50) for purpose in Purpose]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("told", "unit"),
    [("Current", "A"), ("Current,Power", "A"), ("Power", "W"), ("A,W", "A"), ("W", "W"), ("", None), (None, None)],
)
def test_it_reads_which_unit_a_charger_takes(told, unit):
    assert profiles.unit_of(told) == unit
