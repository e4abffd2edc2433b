from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0007_first_charger_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="PowerLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enabled", models.BooleanField(default=False)),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=1,
                        max_digits=9,
                        validators=[django.core.validators.MinValueValidator(Decimal("1"))],
                    ),
                ),
                (
                    "unit",
                    models.CharField(choices=[("A", "A per phase"), ("W", "W in all")], default="A", max_length=1),
                ),
                ("phases", models.PositiveSmallIntegerField(choices=[(1, "One"), (3, "Three")], default=3)),
                (
                    "voltage_v",
                    models.PositiveSmallIntegerField(
                        default=230,
                        help_text="Of one phase.",
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(500),
                        ],
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[("equal", "Equal"), ("first_come", "First come, first served")],
                        default="equal",
                        max_length=10,
                    ),
                ),
                (
                    "minimum_a",
                    models.DecimalField(
                        decimal_places=1,
                        default=Decimal("6"),
                        help_text="Below it a car is paused: no car charges with less than 6 A (IEC 61851-1).",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("6")),
                            django.core.validators.MaxValueValidator(Decimal("32")),
                        ],
                    ),
                ),
                (
                    "offline_a",
                    models.DecimalField(
                        decimal_places=1,
                        default=Decimal("6"),
                        help_text="What a car may draw before it is told anything else, also while its charger is offline.",
                        max_digits=4,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                (
                    "looked_at",
                    models.DateTimeField(blank=True, help_text="When the shares were last worked out.", null=True),
                ),
                (
                    "property",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="power_limit", to="chargers.property"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PowerOutlet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("takes_part", models.BooleanField(default=True)),
                (
                    "wiring",
                    models.CharField(
                        choices=[
                            ("RST", "L1 L2 L3 (RST)"),
                            ("STR", "L2 L3 L1 (STR)"),
                            ("TRS", "L3 L1 L2 (TRS)"),
                            ("RTS", "L1 L3 L2 (RTS)"),
                            ("SRT", "L2 L1 L3 (SRT)"),
                            ("TSR", "L3 L2 L1 (TSR)"),
                            ("R", "L1 only"),
                            ("S", "L2 only"),
                            ("T", "L3 only"),
                        ],
                        default="RST",
                        max_length=3,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(choices=[(0, "In turn"), (1, "Goes first")], default=0)),
                (
                    "unit",
                    models.CharField(
                        blank=True, help_text="Accepted ChargingRateUnit; empty: not known.", max_length=1
                    ),
                ),
                (
                    "phases_used",
                    models.PositiveSmallIntegerField(help_text="As measured; null: all that are wired.", null=True),
                ),
                ("allotted_a", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ("kind", models.CharField(blank=True, max_length=10)),
                ("sentence", models.CharField(blank=True, max_length=300)),
                ("drawing_a", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ("wants_a", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ("less_since", models.DateTimeField(null=True)),
                ("served_since", models.DateTimeField(null=True)),
                ("waiting_since", models.DateTimeField(null=True)),
                (
                    "evse",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="power", to="chargers.evse"
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="chargers.transaction",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PowerSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("drawn_a", models.DecimalField(decimal_places=1, max_digits=7)),
                ("allotted_a", models.DecimalField(decimal_places=1, max_digits=7)),
                ("limit_a", models.DecimalField(decimal_places=1, max_digits=7)),
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="samples", to="chargers.powerlimit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SentProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[("TxDefaultProfile", "Before it is told anything else"), ("TxProfile", "Now")],
                        max_length=20,
                    ),
                ),
                (
                    "in_force_a",
                    models.DecimalField(
                        decimal_places=1, help_text="Null: nothing confirmed.", max_digits=6, null=True
                    ),
                ),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "asked_a",
                    models.DecimalField(decimal_places=1, help_text="Null: to be removed.", max_digits=6, null=True),
                ),
                ("asked_unit", models.CharField(blank=True, max_length=1)),
                ("asked_at", models.DateTimeField(null=True)),
                ("command_id", models.UUIDField(help_text="The command that is under way.", null=True)),
                (
                    "refusal",
                    models.CharField(
                        blank=True, help_text="Why the charger did not take it, in words.", max_length=255
                    ),
                ),
                ("refused_at", models.DateTimeField(null=True)),
                ("tried_units", models.CharField(blank=True, help_text="The units that it refused.", max_length=2)),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="profiles", to="chargers.poweroutlet"
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="chargers.transaction",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WithheldPower",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="Null: it lasts.", null=True)),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="withheld_power",
                        to="chargers.transaction",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="powerlimit",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="powerlimit_above_zero"),
        ),
        migrations.AddIndex(
            model_name="powersample",
            index=models.Index(fields=["limit", "at"], name="powersample_by_time"),
        ),
        migrations.AddConstraint(
            model_name="sentprofile",
            constraint=models.UniqueConstraint(fields=("outlet", "purpose"), name="sentprofile_one_of_each_purpose"),
        ),
        migrations.AddConstraint(
            model_name="withheldpower",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("transaction",), name="withheldpower_one_at_a_time"
            ),
        ),
    ]
