"""Bank lines and entries in suspense are posted to a named account."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0048_home_charging_on_bank_lines"),
        ("chargers", "0019_outcomes_of_commands"),
    ]

    operations = [
        migrations.CreateModel(
            name="Clearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("guest_receivable", "Owed by drivers"),
                            ("roaming_receivable", "Owed by roaming partners"),
                            ("employer_receivable", "Owed by employers"),
                            ("processor_clearing", "At the card processor"),
                            ("processor_fees", "Fees of the card processor"),
                            ("tax_payable", "Taxes to remit"),
                            ("host_payable", "Owed to the host"),
                            ("host_reserve", "Kept back for the host"),
                            ("employee_payable", "Owed to employees"),
                            ("platform_revenue", "Earned by the platform"),
                            ("subscription_deferred", "Paid for plans, not earned yet"),
                            ("payout_in_transit", "Paid out, on its way"),
                            ("bank", "At the bank"),
                            ("bank_suspense", "At the bank, not explained yet"),
                            ("dispute_hold", "Disputed by cardholders"),
                            ("written_off", "Given up"),
                            ("host_claims", "Owed to the host by its own customers"),
                            ("host_sales", "Sold by the host itself"),
                        ],
                        max_length=25,
                    ),
                ),
                (
                    "amount_minor",
                    models.BigIntegerField(help_text="As the bank's account, or suspense, has it: debits positive."),
                ),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=400)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second person"),
                            ("posted", "Posted"),
                            ("declined", "Declined"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("second_by", models.CharField(blank=True, max_length=150)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "entry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearings",
                        to="billing.ledgerentry",
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        help_text="In whose books.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearings",
                        to="chargers.host",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearings",
                        to="billing.bankline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "declined"), _negated=True),
                        fields=("line",),
                        name="clearing_line_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "declined"), _negated=True),
                        fields=("entry",),
                        name="clearing_entry_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry__isnull", True), ("line__isnull", False)),
                            models.Q(("entry__isnull", False), ("line__isnull", True)),
                            _connector="OR",
                        ),
                        name="clearing_of_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="clearing_is_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("second_by", models.F("asked_by")), _negated=True),
                        name="clearing_second_person",
                    ),
                ],
            },
        ),
    ]
