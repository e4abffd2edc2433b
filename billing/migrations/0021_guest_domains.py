"""Adds the domains at which hosts' guest pages answer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0020_push_messages"),
        ("chargers", "0004_first_charger_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="GuestDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(help_text="In lower case, as DNS has it (xn--… outside ASCII).", max_length=253),
                ),
                (
                    "token",
                    models.CharField(
                        help_text="A part of the address that proves the name.", max_length=64, unique=True
                    ),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "confirmed_at",
                    models.DateTimeField(
                        blank=True, help_text="When it was seen to lead here; null: not yet", null=True
                    ),
                ),
                (
                    "removed_at",
                    models.DateTimeField(blank=True, help_text="When the host gave it up; null: in use.", null=True),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="guest_domains", to="chargers.host"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)), fields=("host",), name="guest_domain_one_a_host"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at__isnull", False)),
                        fields=("name",),
                        name="guest_domain_of_one_host",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "^[a-z0-9.-]+$")), name="guest_domain_spelling"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("removed_at", None), ("confirmed_at__isnull", False), _connector="OR"),
                        name="guest_domain_former_was_confirmed",
                    ),
                ],
            },
        ),
    ]
