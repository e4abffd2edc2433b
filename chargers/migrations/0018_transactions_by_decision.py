"""Which decisions a transaction is explained by: asked before old ones are deleted."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chargers", "0017_charger_registration")]

    operations = [
        AddIndexConcurrently(
            model_name="transaction", index=models.Index(fields=["decision_id"], name="transaction_by_decision")
        )
    ]
