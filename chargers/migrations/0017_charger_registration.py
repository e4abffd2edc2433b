"""Whether a charger is served: chargers that are there are accepted, also for code that does not know the column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chargers", "0016_transactions_by_stop")]

    operations = [
        migrations.AddField(
            model_name="charger",
            name="registration",
            field=models.CharField(
                choices=[("accepted", "Accepted"), ("pending", "Pending"), ("rejected", "Rejected")],
                db_default="accepted",
                default="accepted",
                help_text="What its BootNotification is answered; only an accepted charger is served.",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="charger",
            constraint=models.CheckConstraint(
                condition=models.Q(registration__in=["accepted", "pending", "rejected"]),
                name="charger_registration_known",
            ),
        ),
    ]
