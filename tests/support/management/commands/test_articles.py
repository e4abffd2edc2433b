"""`manage.py articles`."""

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command

from support.knowledge import article_files
from support.knowledge.article_files import ArticleFile, ArticleFileError
from support.models import ArticleText
from tests.kit.library import changed, released
from tests.kit.world import World

__all__ = ["released"]
pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("articles")
    return capsys.readouterr().out.strip()


def test_it_says_what_became_of_each(released: list[ArticleFile], world: World, capsys: pytest.CaptureFixture[str]):
    assert run(capsys).startswith("1 added, 0 updated")

    changed(world.agent, "Never pull.", seen=1)

    assert run(capsys).endswith("1 left as agents wrote them")
    assert ArticleText.objects.get().body == "Never pull."


def test_a_file_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch):
    def read_all() -> Iterator[ArticleFile]:
        raise ArticleFileError("cable.en.md: it has no title.")

    monkeypatch.setattr(article_files, "read_all", read_all)

    with pytest.raises(CommandError, match=r"cable\.en\.md: it has no title"):
        call_command("articles")
