"""Why we gave something back by ourselves, as a code with its amounts: guests read it in their language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0029_outlet_taken_by_the_hold")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="explanation_reason",
            field=models.JSONField(
                help_text="Of one that we made: its code and amounts, for other languages than English.", null=True
            ),
        ),
    ]
