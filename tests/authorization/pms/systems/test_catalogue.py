"""The systems that can be connected, collected from the folders beside the catalogue."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from authorization.pms import systems
from authorization.pms.systems import catalogue


def test_there_is_one_entry_for_each_folder():
    folders = {file.parent.name for file in Path(systems.__path__[0]).glob("*/__init__.py")}

    assert len(catalogue.ALL) == len(folders)
    assert catalogue.collect().keys() == catalogue.ALL.keys()


def test_calendars_come_first_and_accounts_by_their_names():
    entries = list(catalogue.ALL.values())
    accounts = [entry.name for entry in entries if not entry.is_calendar]

    assert [entry.is_calendar for entry in entries] == sorted((entry.is_calendar for entry in entries), reverse=True)
    assert accounts == sorted(accounts)


def test_two_folders_of_one_kind_are_refused(monkeypatch: pytest.MonkeyPatch):
    twice = replace(catalogue.ALL["mews"], kind="guesty")
    monkeypatch.setattr(sys.modules["authorization.pms.systems.mews"], "SYSTEM", twice)

    with pytest.raises(ValueError, match="the same kind"):
        catalogue.collect()


def test_the_choices_are_the_kinds_with_their_names():
    assert ("guesty", "Guesty") in catalogue.choices()
    assert [kind for kind, _ in catalogue.choices()] == list(catalogue.ALL)


def test_those_that_write_to_guests_are_named_in_a_sentence():
    *names, last = [entry.name for entry in catalogue.ALL.values() if entry.messenger is not None]

    assert catalogue.writers() == f"{', '.join(names)} or {last}"


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["A"], "A"), (["A", "B"], "A or B"), (["A", "B", "C"], "A, B or C")]
)
def test_names_are_joined_as_people_say_them(names: list[str], words: str):
    assert catalogue._join_with_or(names) == words
