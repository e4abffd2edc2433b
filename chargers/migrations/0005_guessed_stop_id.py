from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chargers", "0004_first_charger_models")]

    operations = [
        migrations.AddField(
            model_name="transaction",
            name="guessed_stop_id",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The id, not ours, of a stop that was matched by card and outlet; ours replaces it.",
                max_length=255,
            ),
        ),
    ]
