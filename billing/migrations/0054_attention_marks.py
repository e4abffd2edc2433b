"""What people decided about rows of the attention list."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0053_postings_checked_together"),
        ("chargers", "0022_state_spans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AttentionMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subject",
                    models.CharField(help_text="Such as charger:CP1, property:sunset-1 or host:sunset.", max_length=80),
                ),
                ("snoozed_by", models.CharField(blank=True, max_length=150)),
                ("snoozed_at", models.DateTimeField(null=True)),
                ("snoozed_until", models.DateTimeField(null=True)),
                ("snoozed_causes", models.JSONField(help_text="Null: whatever it is about, until then.", null=True)),
                ("assigned_by", models.CharField(blank=True, max_length=150)),
                ("assigned_at", models.DateTimeField(null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attention_marks", to="chargers.host"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("host", "subject"), name="attentionmark_one_a_row"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("snoozed_at", None), ("snoozed_causes", None), ("snoozed_until", None)),
                            models.Q(
                                ("snoozed_at__isnull", False),
                                ("snoozed_causes", None),
                                ("snoozed_until__isnull", False),
                            ),
                            models.Q(
                                ("snoozed_at__isnull", False),
                                ("snoozed_causes__isnull", False),
                                ("snoozed_until", None),
                            ),
                            _connector="OR",
                        ),
                        name="attentionmark_snooze_has_an_end",
                    ),
                ],
            },
        ),
    ]
