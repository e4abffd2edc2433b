"""A match keeps the payout's state of before, so that it can be taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0046_sessions_by_start")]

    operations = [
        migrations.AddField(
            model_name="bankmatch",
            name="state_before",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the payout, before it was matched.",
                max_length=12,
            ),
        ),
    ]
