"""`manage.py translations`: brings the .po files up to the texts of the code, and makes the .mo files of them."""

import gettext

import pytest
from django.core.management import CommandError, call_command

from backoffice import translations
from tests.kit.language import elsewhere

__all__ = ["elsewhere"]


def test_its_command_adds_drops_and_compiles(elsewhere, capsys):
    elsewhere('msgid "Try again"\nmsgstr "Probeer het opnieuw"\nmsgid "Nobody says this"\nmsgstr "Niemand zegt dit"\n')

    with pytest.raises(CommandError):
        call_command("translations")

    entries = translations.read("nl")
    assert entries["Try again"] == "Probeer het opnieuw"
    assert entries["You pay nothing."] == ""
    assert "Nobody says this" not in entries
    with translations.path("nl", ending="mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Try again") == "Probeer het opnieuw"
    assert "“You pay nothing.”: It is not translated." in capsys.readouterr().out


def test_its_command_writes_nothing_where_all_is_well(capsys):
    before = translations.path("de", ending="po").read_text()

    call_command("translations", check=True)

    assert translations.path("de", ending="po").read_text() == before
    assert "texts in 4 languages." in capsys.readouterr().out
