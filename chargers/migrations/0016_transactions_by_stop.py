"""What was open at a time in the past is found by charger or card, without reading a host's history.

The indexes are made beside the running product: chargers go on writing meanwhile.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.expressions import Func, Value
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chargers", "0015_uncontrolled_power")]

    operations = [
        AddIndexConcurrently(
            model_name="transaction",
            index=models.Index(fields=["charger", "stopped_at"], name="transaction_by_stop"),
        ),
        AddIndexConcurrently(
            model_name="transaction",
            index=models.Index(
                Upper(Func("id_token", Value(" :.-"), Value(""), function="translate")),
                models.F("stopped_at"),
                name="transaction_by_token",
            ),
        ),
    ]
