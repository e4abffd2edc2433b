"""How commands ended: codes with facts in place of English text.

What fits no sentence of that time is kept word for word, as free text.
"""

from typing import Any

from django.db import migrations, models

from chargers.migrations._command_sentences import COMMANDS
from chargers.migrations._stored_sentences import Reader, move

_READER = Reader(COMMANDS)


def to_codes(apps: Any, _editor: Any) -> None:
    move(apps.get_model("chargers", "Command"), {"outcome": "outcome_sentences"}, _READER.read)


def to_english(apps: Any, _editor: Any) -> None:
    command = apps.get_model("chargers", "Command")
    move(command, {"outcome_sentences": "outcome"}, lambda stored: _READER.english(stored)[:255])


class Migration(migrations.Migration):
    dependencies = [("chargers", "0018_transactions_by_decision")]

    operations = [
        migrations.AddField(
            "command",
            "outcome_sentences",
            models.JSONField(blank=True, default=tuple, editable=False, help_text="How it ended."),
        ),
        migrations.RunPython(to_codes, to_english, elidable=True),
        migrations.RemoveField("command", "outcome"),
    ]
