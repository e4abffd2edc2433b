"""Payouts: agreements and bank accounts of hosts, each payment to them and the postings that it consists of."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

_GUARD = """
CREATE TRIGGER billing_payoutallocation_grows_only BEFORE UPDATE OR DELETE ON billing_payoutallocation
    FOR EACH ROW EXECUTE FUNCTION billing_books_grow_only();
"""
_UNGUARD = "DROP TRIGGER billing_payoutallocation_grows_only ON billing_payoutallocation"


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0036_entries_of_sessions"),
        ("chargers", "0018_transactions_by_decision"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                (
                    "scheme",
                    models.CharField(choices=[("iban", "IBAN"), ("us", "Routing and account number")], max_length=5),
                ),
                ("holder", models.CharField(max_length=140)),
                ("number_encrypted", models.TextField()),
                ("routing", models.CharField(blank=True, help_text="BIC, or the US routing number.", max_length=11)),
                ("last4", models.CharField(max_length=4)),
                ("fingerprint", models.CharField(help_text="Keyed hash of the number, to find it by.", max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "Waits for a second person"),
                            ("confirmed", "Confirmed"),
                            ("errored", "Refused by the bank"),
                            ("replaced", "Replaced"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="unconfirmed",
                        max_length=12,
                    ),
                ),
                ("failure", models.CharField(blank=True, help_text="The bank's or processor's code.", max_length=40)),
                ("processor_ref", models.CharField(blank=True, max_length=255)),
                ("entered_by", models.CharField(max_length=150)),
                ("entered_at", models.DateTimeField()),
                ("confirmed_by", models.CharField(blank=True, max_length=150)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("usable_from", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bank_accounts", to="chargers.host"
                    ),
                ),
                (
                    "property",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_accounts",
                        to="chargers.property",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PayoutAgreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("number", models.PositiveIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("platform_fee_pct", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                (
                    "processing",
                    models.CharField(
                        choices=[
                            ("included", "Included in the platform fee"),
                            ("actual", "As the card processor charges it"),
                            ("agreed", "At an agreed price"),
                        ],
                        default="actual",
                        max_length=10,
                    ),
                ),
                ("processing_pct", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("processing_fixed_minor", models.BigIntegerField(default=0, help_text="Of each payment.")),
                ("subscription_minor", models.BigIntegerField(default=0, help_text="For each calendar month.")),
                (
                    "cycle",
                    models.CharField(
                        choices=[
                            ("weekly", "Every week, Monday to Sunday"),
                            ("monthly", "Every calendar month"),
                            ("manual", "When somebody asks for it"),
                        ],
                        default="monthly",
                        max_length=10,
                    ),
                ),
                (
                    "delay_days",
                    models.PositiveSmallIntegerField(default=2, help_text="From the end of the period to the payout."),
                ),
                (
                    "threshold_minor",
                    models.BigIntegerField(default=0, help_text="What is less is carried to the next payout."),
                ),
                ("reserve_minor", models.BigIntegerField(default=0, help_text="Always kept back.")),
                (
                    "tax_remitter",
                    models.CharField(
                        choices=[("platform", "The platform remits the tax"), ("host", "The host remits the tax")],
                        default="platform",
                        max_length=10,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("processor", "Through the card processor"),
                            ("bank_file", "By a file for the platform's bank"),
                        ],
                        default="processor",
                        max_length=10,
                    ),
                ),
                (
                    "two_people_above_minor",
                    models.BigIntegerField(help_text="Null: one person is enough for any amount.", null=True),
                ),
                (
                    "self_billing",
                    models.BooleanField(default=False, help_text="The platform issues the host's invoice to itself."),
                ),
                ("made_by", models.CharField(max_length=150)),
                ("made_at", models.DateTimeField()),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_agreements",
                        to="chargers.host",
                    ),
                ),
                (
                    "property",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_agreements",
                        to="chargers.property",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Payout",
            fields=[
                ("id", models.UUIDField(help_text="UUIDv7 of `created_at`.", primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("number", models.PositiveIntegerField(help_text="Counts the host's payouts.")),
                ("begins_at", models.DateTimeField(help_text="The first moment of its period.")),
                ("ends_at", models.DateTimeField(help_text="The first moment after it.")),
                ("time_zone", models.CharField(help_text="In which the period is meant.", max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("closing", "Closing"),
                            ("calculated", "Waits for approval"),
                            ("held", "Held for review"),
                            ("approved", "Approved"),
                            ("submitted", "Being sent"),
                            ("in_transit", "On its way to the bank"),
                            ("paid", "Paid"),
                            ("reconciled", "Found on the bank statement"),
                            ("carried", "Carried to the next payout"),
                            ("failed", "Failed"),
                            ("returned", "Returned by the bank"),
                            ("reissued", "Paid again by a later payout"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("opening_minor", models.BigIntegerField(default=0)),
                ("moved_minor", models.BigIntegerField(default=0)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("carried_minor", models.BigIntegerField(default=0)),
                ("bridge", models.JSONField(default=list, help_text="Rows from the dashboard's figure to the amount.")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("processor", "Through the card processor"),
                            ("bank_file", "By a file for the platform's bank"),
                        ],
                        max_length=10,
                    ),
                ),
                ("expected_on", models.DateField(null=True)),
                ("hold_reason", models.CharField(blank=True, help_text="Why a person held it.", max_length=400)),
                ("approved_by", models.CharField(blank=True, max_length=150)),
                ("approved_at", models.DateTimeField(null=True)),
                ("second_by", models.CharField(blank=True, max_length=150)),
                (
                    "generation",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts what was asked of the processor or the bank."
                    ),
                ),
                ("transfer_ref", models.CharField(blank=True, max_length=255)),
                ("processor_ref", models.CharField(blank=True, max_length=255)),
                (
                    "transferred_minor",
                    models.BigIntegerField(default=0, help_text="What lies in the host's processor account for it."),
                ),
                ("trace", models.CharField(blank=True, help_text="What the host's bank finds it by.", max_length=140)),
                ("failure", models.CharField(blank=True, help_text="The processor's or bank's code.", max_length=40)),
                (
                    "waits_for",
                    models.CharField(blank=True, help_text="Why it was not sent yet, in one sentence.", max_length=400),
                ),
                ("calculated_at", models.DateTimeField(null=True)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("reconciled_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "bank_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="billing.bankaccount",
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payouts", to="chargers.host"
                    ),
                ),
                (
                    "property",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="chargers.property",
                    ),
                ),
                (
                    "reissues",
                    models.OneToOneField(
                        help_text="The failed payout it pays again.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reissue",
                        to="billing.payout",
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="billing.payoutagreement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PayoutAllocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="The row of the bridge that it is in.", max_length=20)),
                ("amount_minor", models.BigIntegerField(help_text="For the host if positive.")),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="billing.payout"
                    ),
                ),
                (
                    "posting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocation", to="billing.posting"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PayoutCarry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("threshold", "Less than the smallest payout"),
                            ("negative", "The host owes it"),
                            ("no_account", "No bank account"),
                            ("cooling_off", "The bank account is new"),
                            ("errored", "The bank account was refused"),
                            ("review", "Held for review"),
                            ("reserve", "Reserve"),
                            ("failed", "It failed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="carries", to="billing.payout"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="billing.payout",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "payout carries",
            },
        ),
        migrations.CreateModel(
            name="ProcessorAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("processor", models.CharField(max_length=20)),
                (
                    "ref",
                    models.CharField(blank=True, help_text="Empty until the processor has answered.", max_length=255),
                ),
                ("is_enabled", models.BooleanField(default=False, help_text="The processor pays out from it.")),
                (
                    "missing",
                    models.JSONField(
                        default=list, help_text="What the processor still wants to know of the host, as codes."
                    ),
                ),
                ("disabled_reason", models.CharField(blank=True, max_length=60)),
                ("seen_at", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField()),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="processor_accounts",
                        to="chargers.host",
                    ),
                ),
                (
                    "property",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="processor_accounts",
                        to="chargers.property",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bankaccount",
            index=models.Index(fields=["host", "currency", "-id"], name="bankaccount_by_host"),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "unconfirmed")),
                fields=("host", "property", "currency"),
                name="bankaccount_one_unconfirmed",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["confirmed", "errored"]), _negated=True),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("usable_from__isnull", False),
                        models.Q(("confirmed_by", models.F("entered_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="bankaccount_confirmed_by_a_second_person",
            ),
        ),
        migrations.AddIndex(
            model_name="payoutagreement",
            index=models.Index(fields=["host", "currency", "-valid_from"], name="payoutagreement_in_force"),
        ),
        migrations.AddConstraint(
            model_name="payoutagreement",
            constraint=models.UniqueConstraint(
                fields=("host", "property", "currency", "number"), name="payoutagreement_number", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delay_days__lte", 60),
                    ("platform_fee_pct__gte", 0),
                    ("platform_fee_pct__lte", 100),
                    ("processing_fixed_minor__gte", 0),
                    ("processing_pct__gte", 0),
                    ("processing_pct__lte", 100),
                    ("reserve_minor__gte", 0),
                    ("subscription_minor__gte", 0),
                    ("threshold_minor__gte", 0),
                ),
                name="payoutagreement_amounts",
            ),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(fields=["host", "-ends_at"], name="payout_by_host"),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["closing", "calculated", "held", "approved", "submitted", "in_transit"])
                ),
                fields=["state"],
                name="payout_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(fields=("host", "number"), name="payout_number"),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reissues", None)),
                fields=("host", "property", "currency", "ends_at"),
                name="payout_one_a_period",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins_at__lt", models.F("ends_at"))), name="payout_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gte", 0)), name="payout_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "closing"]),
                    (
                        "opening_minor",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("amount_minor"), "+", models.F("carried_minor")
                            ),
                            "-",
                            models.F("moved_minor"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="payout_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["submitted", "in_transit", "paid", "reconciled"]), _negated=True),
                    models.Q(("amount_minor__gt", 0), ("bank_account__isnull", False)),
                    _connector="OR",
                ),
                name="payout_goes_to_a_bank",
            ),
        ),
        migrations.AddIndex(
            model_name="payoutallocation",
            index=models.Index(fields=["payout", "kind"], name="payoutallocation_by_kind"),
        ),
        migrations.AddConstraint(
            model_name="payoutcarry",
            constraint=models.UniqueConstraint(fields=("payout", "kind"), name="payoutcarry_one_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="payoutcarry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="payoutcarry_is_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="processoraccount",
            constraint=models.UniqueConstraint(
                fields=("host", "property", "processor"), name="processoraccount_one", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="processoraccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ref", ""), _negated=True),
                fields=("processor", "ref"),
                name="processoraccount_ref_unique",
            ),
        ),
        migrations.RunSQL(_GUARD, _UNGUARD),
    ]
