"""A stopped session is called finishing: its price is provisional."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0056_branding_of_hosts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="session",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting for the plug"),
                    ("charging", "Charging"),
                    ("stopped", "Finishing (provisional price)"),
                    ("settled", "Settled"),
                    ("held", "Held for review"),
                    ("failed", "Nothing to pay"),
                ],
                max_length=10,
            ),
        ),
    ]
