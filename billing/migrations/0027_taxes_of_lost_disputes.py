"""A lost dispute keeps base and tax by rate: the host loses its net, and the tax is not payable any more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0026_correct_sales_of_hosts")]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="taxes",
            field=models.JSONField(
                null=True, help_text="Of a lost one: base and tax by rate of what the session's receipt lost with it."
            ),
        )
    ]
