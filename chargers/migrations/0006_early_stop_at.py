from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chargers", "0005_guessed_stop_id")]

    operations = [
        migrations.AddField(
            model_name="transaction",
            name="early_stop_at",
            field=models.DateTimeField(
                blank=True,
                null=True,
                help_text="When it stopped as the charger says, where that is before its start.",
            ),
        ),
    ]
