"""Why a session costs nothing, waits or has its rate: codes with facts in place of English text.

What fits no sentence of that time is kept word for word, as free text.
"""

from typing import Any

from django.db import migrations, models

from billing.migrations._billing_sentences import SENTENCES
from chargers.migrations._command_sentences import COMMANDS
from chargers.migrations._stored_sentences import Reader, move

_READER = Reader({**COMMANDS, **SENTENCES})
_COLUMNS = {"rate_reason": "rate_sentences", "state_reason": "state_sentences"}


def to_codes(apps: Any, _editor: Any) -> None:
    move(apps.get_model("billing", "Session"), _COLUMNS, _READER.read)


def to_english(apps: Any, _editor: Any) -> None:
    back = {new: old for old, new in _COLUMNS.items()}
    move(apps.get_model("billing", "Session"), back, lambda stored: _READER.english(stored)[:500])


class Migration(migrations.Migration):
    dependencies = [("billing", "0038_refunds_of_plans_are_attempted_alike")]

    operations = [
        migrations.AddField(
            "session",
            "rate_sentences",
            models.JSONField(blank=True, default=tuple, editable=False, help_text="Why this rate, or why none."),
        ),
        migrations.AddField(
            "session",
            "state_sentences",
            models.JSONField(
                blank=True, default=tuple, editable=False, help_text="Why nothing is to pay, or it is held."
            ),
        ),
        migrations.RunPython(to_codes, to_english, elidable=True),
        # So that the way back has something for the rows that there are.
        migrations.AlterField("session", "rate_reason", models.CharField(default="", max_length=500)),
        migrations.RemoveField("session", "rate_reason"),
        migrations.RemoveField("session", "state_reason"),
    ]
