"""Colour and logo of hosts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0055_alerts"),
        ("chargers", "0020_sentences_of_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Branding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "colour",
                    models.CharField(
                        blank=True, help_text="Such as #0b5cad, in lower case; empty: ours.", max_length=7
                    ),
                ),
                ("logo", models.BinaryField(blank=True, default=b"", help_text="A PNG that we encoded; empty: none.")),
                (
                    "logo_hash",
                    models.CharField(blank=True, help_text="Of the PNG; a part of its address.", max_length=12),
                ),
                ("logo_width", models.PositiveSmallIntegerField(default=0)),
                ("logo_height", models.PositiveSmallIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
                (
                    "host",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="branding", to="chargers.host"
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("colour", ""), ("colour__regex", "^#[0-9a-f]{6}$"), _connector="OR"),
                        name="branding_colour",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("logo_hash", ""), ("logo_height", 0), ("logo_width", 0)),
                            models.Q(
                                ("logo_height__gt", 0),
                                ("logo_width__gt", 0),
                                models.Q(("logo_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="branding_logo_whole",
                    ),
                ],
            },
        ),
    ]
