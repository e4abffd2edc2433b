"""Names of our rows in OCPI: short ones as they are, long ones cut so that two stay two."""

from authorization.roaming import ocpi_ids
from authorization.roaming.ocpi_ids import MAX_CHARACTERS


def test_a_name_that_fits_stays():
    assert ocpi_ids.shorten("a" * MAX_CHARACTERS) == "a" * MAX_CHARACTERS
    assert ocpi_ids.evse_uid("CP1", 2) == "CP1-2"
    assert ocpi_ids.location_id("sunset-1") == "sunset-1"


def test_a_longer_one_is_cut_and_keeps_its_beginning():
    cut = ocpi_ids.shorten("sunset-" + "a" * 60)

    assert len(cut) == MAX_CHARACTERS
    assert cut.startswith("sunset-aaa")


def test_two_long_names_that_begin_alike_stay_two_and_each_stays_itself():
    long = "c" * 48

    assert ocpi_ids.evse_uid(long, 1) != ocpi_ids.evse_uid(long, 2)
    assert ocpi_ids.evse_uid(long, 1) == ocpi_ids.evse_uid(long, 1)
