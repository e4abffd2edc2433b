"""A refund keeps its base and tax by rate, so that the next one can be taxed by what is left of each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0023_refused_money_of_plans")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="taxes",
            field=models.JSONField(null=True, help_text="Base and tax by rate; null: of before these were kept."),
        )
    ]
