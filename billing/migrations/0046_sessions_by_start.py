"""Lists of sessions are ordered by the moment they began."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce

BEGAN = Coalesce("started_at", "opened_at")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0045_letters_about_bank_accounts")]

    operations = [
        AddIndexConcurrently(
            model_name="session",
            index=models.Index(models.F("host"), BEGAN.desc(), models.F("id").desc(), name="session_by_start_at_host"),
        ),
        AddIndexConcurrently(
            model_name="session",
            index=models.Index(BEGAN.desc(), models.F("id").desc(), name="session_by_start"),
        ),
    ]
