"""The words of an alert: starts that failed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0060_property_taxes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="incident",
            name="kind",
            field=models.CharField(
                choices=[
                    ("offline", "A charger is offline"),
                    ("faulted", "A charger or connector is faulted"),
                    ("start_failures", "Several starts in a row failed"),
                    ("complaint", "A guest says that something is wrong"),
                    ("held", "A session is held for review"),
                    ("licence", "A licence ends within 30 days"),
                    ("payout", "A payout failed"),
                    ("sync", "A connection to another system is broken"),
                ],
                max_length=15,
            ),
        ),
    ]
