from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0025_picture_order_and_licence_jobs"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="charger",
            index=models.Index(
                condition=models.Q(
                    ("connection_id", None),
                    models.Q(("registration", "accepted"), _negated=True),
                    ("status", "Faulted"),
                    _connector="OR",
                ),
                fields=["property"],
                name="charger_not_well",
            ),
        ),
        migrations.AddIndex(
            model_name="connector",
            index=models.Index(
                condition=models.Q(("status__in", ("Faulted", "Unavailable"))),
                fields=["evse"],
                name="connector_troubled",
            ),
        ),
    ]
