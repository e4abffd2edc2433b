"""The formats are those of the catalogue; what is stored stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0014_licence_reminders"),
    ]

    operations = [
        migrations.AlterField(
            model_name="paymentfile",
            name="format",
            field=models.CharField(max_length=8),
        ),
    ]
