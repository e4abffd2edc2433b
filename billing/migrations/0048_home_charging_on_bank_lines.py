"""Bank lines that are payments of home charging."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0047_matches_know_the_state_before"),
    ]

    operations = [
        migrations.CreateModel(
            name="HomeMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("reference", "By its reference and amount"),
                            ("file", "As the sum of a file of payments"),
                            ("day", "By its amount and day"),
                            ("sum", "As a sum of payouts of one day"),
                            ("person", "By a person"),
                        ],
                        max_length=9,
                    ),
                ),
                ("has_paid", models.BooleanField(help_text="The line recorded the payment; else a person had.")),
                ("amount_minor", models.BigIntegerField()),
                ("matched_by", models.CharField(blank=True, max_length=150)),
                ("matched_at", models.DateTimeField()),
                (
                    "invoice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_match",
                        to="billing.homeinvoice",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="home_matches", to="billing.bankline"
                    ),
                ),
                (
                    "payout",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_match",
                        to="billing.homepayout",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "home matches",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("invoice__isnull", False), ("payout__isnull", True)),
                            models.Q(("invoice__isnull", True), ("payout__isnull", False)),
                            _connector="OR",
                        ),
                        name="homematch_is_one",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="homematch_is_something"),
                ],
            },
        ),
    ]
