"""A CSV file of new chargers, read with every error at its cell."""

import pytest

from chargers.models import Charger, Property, Unit
from chargers.pages import import_file
from chargers.text import spreadsheets
from chargers.text.spreadsheets import FileError
from tests.kit.hardware import replace

HEADER = "charger_id,property,station_id,unit,connectors,plug,power_kw,ocpp_version,security_profile"


def read(world, *lines: str, header: str = HEADER):
    return import_file.read("\n".join((header, *lines)), properties=list(Property.objects.filter(host=world.host)))


def test_a_whole_row_is_a_registration(world):
    unit = Unit.objects.create(property=world.site, name="Apartment 2B", slug="2b")

    [row] = read(world, "EVB-1,sunset 1,SUN009,apartment 2b,2,Type 2,22.08,1.6,2")

    assert row.faults == {}
    assert row.details is not None
    assert (row.details.charger_id, row.details.station_id, row.details.property) == ("EVB-1", "SUN009", world.site)
    assert (row.details.unit, row.details.version, row.details.security_profile) == (unit, "1.6", 2)
    assert row.details.outlets == type(row.details.outlets)(2, "IEC_62196_T2", 22_080)


def test_only_id_and_property_are_needed_and_the_separator_may_be_a_semicolon(world):
    [row] = read(world, "sunset-1;EVB-1", header="Property;Charger_ID")

    assert row.details is not None
    assert (row.details.station_id, row.details.outlets.count, row.details.outlets.standard) == ("EVB-1", 1, "")


@pytest.mark.parametrize(
    ("line", "column", "part"),
    [
        ("a b,sunset-1,SUN009,,,,,,", "charger_id", "without blanks"),
        ("cp1,sunset-1,SUN009,,,,,,", "charger_id", "The id cp1 is taken"),
        ("map,sunset-1,SUN009,,,,,,", "charger_id", "the address of a page of ours"),
        ("EVB-1,sunset-1,sun001,,,,,,", "station_id", "The Station ID sun001 is taken"),
        ("EVB-1,Elsewhere,,,,,,,", "property", "You manage no property “Elsewhere”"),
        ("EVB-1,,,,,,,,", "property", "Say at which property"),
        ("EVB-1,sunset-1,,Penthouse,,,,,", "unit", "Sunset 1 has no unit “Penthouse”"),
        ("EVB-1,sunset-1,,,21,,,,", "connectors", "from 1 to 20"),
        ("EVB-1,sunset-1,,,²,,,,", "connectors", "from 1 to 20"),
        ("EVB-1,sunset-1,,,,Schuko,,,", "plug", "“Schuko” is not one of: Type 2"),
        ("EVB-1,sunset-1,,,,,0.5,,", "power_kw", "from 1 to 1,000"),
        ("EVB-1,sunset-1,,,,,NaN,,", "power_kw", "from 1 to 1,000"),
        ("EVB-1,sunset-1,,,,,,1.5,", "ocpp_version", "1.6, 2.0.1, 2.1"),
        ("EVB-1,sunset-1,,,,,,,3", "security_profile", "Use 1 or 2"),
        ("EVB-1,sunset-1,,,,,,,,more", "", "It has 10 cells"),
    ],
)
def test_an_error_is_at_its_cell(world, line, column, part):
    [row] = read(world, line)

    assert row.details is None
    assert part in row.faults[column]
    assert len(row.faults) == 1


def test_the_same_id_twice_in_a_file_is_refused_the_second_time(world):
    first, second = read(world, "EVB-1,sunset-1,,,,,,,", "evb-1,sunset-1,SUN009,,,,,,")

    assert first.faults == {}
    assert second.faults == {"charger_id": "Row 2 has it already."}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "“charger_id” is missing"),
        ("charger_id,colour,property\n", "There is no column “colour”"),
        ("charger_id,property,property\n", "named twice"),
        ("charger_id,property\n\n , \n", "names no charger"),
        ("charger_id,property\n" + "x,y\n" * 1001, "more than 1,000 rows"),
        ("charger_id\x00", "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(world, text, part):
    with pytest.raises(FileError, match=part):
        import_file.read(text, properties=[world.site])


def test_its_queries_do_not_grow_with_the_rows(world, django_assert_num_queries):
    with django_assert_num_queries(5):
        read(world, *(f"EVB-{number},sunset-1,,,,,,," for number in range(200)))


def test_the_example_is_read_where_its_property_exists(world):
    [row] = import_file.read(spreadsheets.decode_file(import_file.template()), properties=[world.site])

    assert row.faults == {}
    assert not Charger.objects.filter(charger_id="EVB-0001").exists()


def test_the_former_id_of_replaced_hardware_is_taken(world):
    replace(world, "CP9")

    [row] = read(world, "cp1,sunset-1,SUN009,,,,,,")

    assert "The id cp1 is taken" in row.faults["charger_id"]
