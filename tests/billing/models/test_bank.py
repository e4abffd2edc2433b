"""Lines of bank files: where they stood, and which account they name."""

import pytest

from billing.models import BankLine, BankMapping
from chargers.models import Host


@pytest.mark.parametrize(
    ("place", "line"), [("line 12", 12), ("Stmt[1]/Ntry[3]", "Stmt[1]/Ntry[3]"), ("line twelve", "line twelve")]
)
def test_a_line_of_a_text_file_has_its_number_and_one_of_xml_its_path(place: str, line: int | str):
    assert BankLine(place=place).line == line


@pytest.mark.parametrize(("masked", "is_named"), [("…4321", True), ("Current account", False), ("", False)])
def test_an_account_is_named_by_the_end_of_its_number(masked: str, is_named: bool):
    assert BankLine(account_masked=masked).is_account_named is is_named


def test_a_mapping_without_a_host_is_the_platforms():
    assert str(BankMapping()) == "Mapping of the platform"
    assert str(BankMapping(host=Host(name="Sunset Stays"))) == "Mapping of Sunset Stays"
