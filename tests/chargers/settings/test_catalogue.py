"""The catalogue of models: which entry a charger belongs to."""

import pytest

from chargers.models import Charger, ChargerModel
from chargers.settings import catalogue


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("vendor", "model", "name"),
    [
        ("Keba AG", "KC-P30-ES240012-00K", "KEBA KeContact P30"),
        ("KEBA", "kc-p20-ec130110", "KEBA KeContact P20"),
        ("Bender GmbH Co. KG", "CC613", "Bender CC61x controller with RFID reader"),
        ("ABL", "eMH3", "ABL Wallbox eMH3"),
        ("Circutor", "anything", "Circutor URBAN and Wallbox ePark"),
        ("Nobody", "Nothing", None),
        ("", "", None),
    ],
)
def test_it_knows_a_few_models_by_what_they_say_of_themselves(vendor, model, name):
    found = catalogue.model_of(Charger(vendor=vendor, model=model, firmware_version="1.0"))

    assert (found.name if found else None) == name


@pytest.mark.django_db
def test_it_takes_the_most_exact_entry():
    ChargerModel.objects.create(name="All of KEBA", vendor_pattern="keba*")
    pattern = {"vendor_pattern": "keba*", "model_pattern": "*P30*"}
    ChargerModel.objects.create(name="P30 since 1.10", firmware_from="1.10", **pattern)

    told = [("KC-P30", "1.9.3"), ("KC-P30", "1.12.0"), ("M20", "1.12.0")]
    found = [
        catalogue.model_of(Charger(vendor="Keba AG", model=model, firmware_version=version)) for model, version in told
    ]

    assert [str(entry) for entry in found] == ["KEBA KeContact P30", "P30 since 1.10", "All of KEBA"]


@pytest.mark.parametrize(
    ("version", "first", "last", "fits"),
    [
        ("1.9.3", "", "", True),
        ("1.9.3", "1.10", "", False),
        ("1.10.0", "1.9", "1.10", True),
        ("1.11", "1.9", "1.10", False),
        ("unknown", "1.0", "", False),
        ("", "", "2", False),
    ],
)
def test_it_compares_versions_by_their_numbers(version, first, last, fits):
    assert catalogue.is_between(version, first=first, last=last) is fits
