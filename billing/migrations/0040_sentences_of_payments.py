"""Why money is held, refused or owed, and what late stops change: codes with facts in place of English text.

What fits no sentence of that time is kept word for word, as free text.
"""

from typing import Any

from django.db import migrations, models

from billing.migrations._billing_sentences import SENTENCES
from chargers.migrations._stored_sentences import Reader, move

_READER = Reader(SENTENCES)
_COLUMNS = {
    "hold": {"reason": "reason_sentences", "failure": "failure_sentences"},
    "receivable": {"reason": "reason_sentences"},
    "latestop": {"sentence": "sentences"},
    "subscriptionperiod": {"failure": "failure_sentences"},
    "planchange": {"failure": "failure_sentences"},
    "paymentcard": {"failure": "failure_sentences"},
}


def to_codes(apps: Any, _editor: Any) -> None:
    for model, columns in _COLUMNS.items():
        move(apps.get_model("billing", model), columns, _READER.read)


def to_english(apps: Any, _editor: Any) -> None:
    for name, columns in _COLUMNS.items():
        model = apps.get_model("billing", name)
        for old, new in columns.items():
            most = model._meta.get_field(old).max_length
            move(model, {new: old}, lambda stored, most=most: _READER.english(stored)[:most])


def _column(model: str, name: str, help_text: str) -> migrations.AddField:
    return migrations.AddField(
        model, name, models.JSONField(blank=True, default=tuple, editable=False, help_text=help_text)
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0039_sentences_of_sessions")]

    operations = [
        _column("hold", "reason_sentences", "Why this amount."),
        _column("hold", "failure_sentences", "Why it was refused."),
        _column("receivable", "reason_sentences", "Why the card did not cover it."),
        _column("latestop", "sentences", "What the late stop changes."),
        _column("subscriptionperiod", "failure_sentences", "Why it was refused."),
        _column("planchange", "failure_sentences", "Why nothing was changed."),
        _column("paymentcard", "failure_sentences", "Why it was refused."),
        migrations.RunPython(to_codes, to_english, elidable=True),
        # So that the way back has something for the rows that there are.
        migrations.AlterField("receivable", "reason", models.CharField(default="", max_length=400)),
        migrations.AlterField("latestop", "sentence", models.CharField(default="", max_length=500)),
        *(migrations.RemoveField(model, name) for model, columns in _COLUMNS.items() for name in columns),
    ]
