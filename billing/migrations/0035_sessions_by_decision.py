"""Which decisions a session is explained by: asked before old ones are deleted."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0034_watched_holds")]

    operations = [
        AddIndexConcurrently(
            model_name="session", index=models.Index(fields=["decision_id"], name="session_by_decision")
        )
    ]
