"""Pictures of properties, for guests who look for a charger."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0023_tags_jobs_and_expected_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="PropertyPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content",
                    models.BinaryField(
                        help_text="A JPEG that we encoded, without anything that the upload said beside."
                    ),
                ),
                ("hash", models.CharField(help_text="Of the JPEG; its address.", max_length=32)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                (
                    "caption",
                    models.CharField(
                        blank=True, help_text="What it shows; empty: the name of the property.", max_length=120
                    ),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "property",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pictures", to="chargers.property"
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("property", "hash"), name="propertypicture_once"),
                    models.CheckConstraint(
                        condition=models.Q(("height__gt", 0), ("width__gt", 0)), name="propertypicture_has_a_size"
                    ),
                ],
            },
        ),
    ]
