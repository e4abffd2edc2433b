"""Why lists, profiles and credentials were not taken, and cases of transactions: codes in place of English text.

What fits no sentence of that time is kept word for word, as free text.
"""

from typing import Any

from django.db import migrations, models

from chargers.migrations._command_sentences import COMMANDS
from chargers.migrations._report_sentences import REPORTS
from chargers.migrations._stored_sentences import Reader, move

_READER = Reader({**COMMANDS, **REPORTS})
_COLUMNS = {
    "CardMemory": {
        "problem": "problem_sentences",
        "drift": "drift_sentences",
        "cache_problem": "cache_problem_sentences",
    },
    "PasswordChange": {"outcome": "outcome_sentences"},
    "CertificateRequest": {"outcome": "outcome_sentences"},
    "SentProfile": {"refusal": "refusal_sentences"},
    "Transaction": {"case_detail": "case_sentences"},
}


def to_codes(apps: Any, _editor: Any) -> None:
    for name, columns in _COLUMNS.items():
        move(apps.get_model("chargers", name), columns, _READER.read)


def to_english(apps: Any, _editor: Any) -> None:
    for name, columns in _COLUMNS.items():
        back = {new: old for old, new in columns.items()}
        move(apps.get_model("chargers", name), back, lambda stored: _READER.english(stored)[:255])


class Migration(migrations.Migration):
    dependencies = [("chargers", "0019_outcomes_of_commands")]

    operations = [
        migrations.AddField(
            "cardmemory",
            "problem_sentences",
            models.JSONField(blank=True, default=tuple, editable=False, help_text="The charger's last refusal."),
        ),
        migrations.AddField(
            "cardmemory",
            "drift_sentences",
            models.JSONField(
                blank=True, default=tuple, editable=False, help_text="How its list was found not to be ours."
            ),
        ),
        migrations.AddField(
            "cardmemory",
            "cache_problem_sentences",
            models.JSONField(blank=True, default=tuple, editable=False, help_text="Why the cache was not cleared."),
        ),
        migrations.AddField(
            "passwordchange",
            "outcome_sentences",
            models.JSONField(
                blank=True, default=tuple, editable=False, help_text="The charger's reply, or why it ended."
            ),
        ),
        migrations.AddField(
            "certificaterequest",
            "outcome_sentences",
            models.JSONField(
                blank=True, default=tuple, editable=False, help_text="The charger's reply, or why it was not signed."
            ),
        ),
        migrations.AddField(
            "sentprofile",
            "refusal_sentences",
            models.JSONField(blank=True, default=tuple, editable=False, help_text="Why the charger did not take it."),
        ),
        migrations.AddField(
            "transaction",
            "case_sentences",
            models.JSONField(blank=True, default=tuple, editable=False, help_text="Why it needs a look."),
        ),
        migrations.RunPython(to_codes, to_english, elidable=True),
        migrations.RemoveField("cardmemory", "problem"),
        migrations.RemoveField("cardmemory", "drift"),
        migrations.RemoveField("cardmemory", "cache_problem"),
        migrations.RemoveField("passwordchange", "outcome"),
        migrations.RemoveField("certificaterequest", "outcome"),
        migrations.RemoveField("sentprofile", "refusal"),
        migrations.RemoveField("transaction", "case_detail"),
    ]
