"""`manage.py articles`: loads this release's articles into the knowledge base; `up` runs it at each start."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError

from chargers.lib.quick_command import QuickCommand
from support.knowledge import library
from support.knowledge.article_files import ArticleFileError


class Command(QuickCommand):
    help = (
        "Loads the articles of this release. What an agent has written is left alone; doing it again changes nothing."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            load_result = library.load(now=datetime.now(tz=UTC))
        except ArticleFileError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(
            f"{load_result.added} added, {load_result.updated} updated, {load_result.unchanged} left as agents wrote "
            "them"
        )
