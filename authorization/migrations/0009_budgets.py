"""Adds budgets: what cards may use in a calendar month."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authorization", "0008_plain_help_texts"),
        ("chargers", "0004_first_charger_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[("card", "Each card"), ("group", "All cards together")], default="card", max_length=5
                    ),
                ),
                ("limit_wh", models.PositiveBigIntegerField(help_text="Null: it limits money.", null=True)),
                (
                    "limit_minor",
                    models.PositiveBigIntegerField(
                        help_text="Minor units, with tax; null: it limits energy.", null=True
                    ),
                ),
                ("currency", models.CharField(blank=True, help_text="ISO 4217 code; empty for energy.", max_length=3)),
                (
                    "stops_sessions",
                    models.BooleanField(
                        default=False, help_text="Whether a running session is stopped once it is used up."
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="budgets",
                        to="authorization.tokengroup",
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="budgets", to="chargers.host"
                    ),
                ),
                (
                    "token",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="budget",
                        to="authorization.token",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group", None), ("scope", "card"), ("token__isnull", False)),
                            models.Q(("group__isnull", False), ("token", None)),
                            _connector="OR",
                        ),
                        name="budget_of_a_card_or_of_a_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("currency", ""), ("limit_minor", None), ("limit_wh__gt", 0)),
                            models.Q(
                                ("limit_minor__gt", 0), ("limit_wh", None), models.Q(("currency", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="budget_in_energy_or_money",
                    ),
                    models.UniqueConstraint(fields=("group", "scope"), name="budget_once_in_a_scope"),
                ],
            },
        ),
    ]
