"""A guest's page that is open leaves a note, by which a worker asks the card processor in its place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0033_late_stop_refunds_wait")]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="watched_at",
            field=models.DateTimeField(
                help_text="When its payer's page was last open, while the processor had not decided.", null=True
            ),
        ),
    ]
