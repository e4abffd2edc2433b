"""What banks report and are sent: imported lines, the payouts that they are, files of payments."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0040_sentences_of_payments"),
        ("chargers", "0018_transactions_by_decision"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("format", models.CharField(help_text="camt.052, camt.053, camt.054, mt940 or csv.", max_length=10)),
                ("imported_by", models.CharField(max_length=150)),
                ("imported_at", models.DateTimeField()),
                ("lines_count", models.PositiveIntegerField(default=0, help_text="New lines.")),
                ("doubled_count", models.PositiveIntegerField(default=0)),
                ("refused_count", models.PositiveIntegerField(default=0)),
                (
                    "problems",
                    models.JSONField(
                        default=list, help_text="What does not add up: place, sentence, difference_minor."
                    ),
                ),
                (
                    "difference_minor",
                    models.BigIntegerField(default=0, help_text="Sum of what the balances differ by."),
                ),
                ("first_on", models.DateField(help_text="The oldest booking day of the file.", null=True)),
                ("last_on", models.DateField(help_text="The newest.", null=True)),
                (
                    "answer",
                    models.CharField(blank=True, help_text="What a person says about the difference.", max_length=400),
                ),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                (
                    "host",
                    models.ForeignKey(
                        help_text="Null: the platform's own accounts.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_imports",
                        to="chargers.host",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BankLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("statement", models.PositiveIntegerField(help_text="Of the file, from 1.")),
                (
                    "place",
                    models.CharField(help_text="In the file: `line 7`, or the path of the entry.", max_length=80),
                ),
                ("account_masked", models.CharField(max_length=40)),
                ("account_fingerprint", models.CharField(max_length=64)),
                ("booked_on", models.DateField()),
                ("value_on", models.DateField(null=True)),
                (
                    "amount_minor",
                    models.BigIntegerField(help_text="As the account sees it: minus for money that left."),
                ),
                ("currency", models.CharField(max_length=3)),
                ("counterparty", models.CharField(blank=True, max_length=140)),
                ("counterparty_fingerprint", models.CharField(blank=True, max_length=64)),
                ("reference", models.CharField(blank=True, help_text="The end-to-end id.", max_length=140)),
                ("bank_ref", models.CharField(blank=True, max_length=140)),
                (
                    "order_ref",
                    models.CharField(blank=True, help_text="Of the order that it was booked from.", max_length=140),
                ),
                ("text", models.CharField(blank=True, max_length=500)),
                ("is_return", models.BooleanField(default=False)),
                ("return_code", models.CharField(blank=True, max_length=40)),
                ("is_doubtful", models.BooleanField(default=False, help_text="Its statement does not add up.")),
                ("fingerprint", models.CharField(max_length=64)),
                ("occurrence", models.PositiveIntegerField(default=1, help_text="Counts identical lines of one file.")),
                (
                    "match",
                    models.CharField(
                        choices=[
                            ("waiting", "Not looked at yet"),
                            ("matched", "Matched"),
                            ("unmatched", "Not matched"),
                            ("ambiguous", "Waits for a decision"),
                            ("answered", "Explained by a person"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(blank=True, help_text="What is found about it, as a code.", max_length=24)),
                ("facts", models.JSONField(default=dict, help_text="Of the sentence that says it.")),
                ("found_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=400)),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="billing.bankimport"
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_lines",
                        to="chargers.host",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BankMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "signature",
                    models.CharField(help_text="Hash of the delimiter and the names of the columns.", max_length=64),
                ),
                ("mapping", models.JSONField()),
                (
                    "chosen_by",
                    models.CharField(blank=True, help_text="Empty: the file left no question open.", max_length=150),
                ),
                ("updated_at", models.DateTimeField()),
                (
                    "host",
                    models.ForeignKey(
                        help_text="Null: the platform's own accounts.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_mappings",
                        to="chargers.host",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="bankimport",
            name="mapping",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="billing.bankmapping"
            ),
        ),
        migrations.CreateModel(
            name="BankMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("left", "Left the platform's account"),
                            ("arrived", "Arrived at the host's account"),
                            ("returned", "Came back to the platform's account"),
                        ],
                        max_length=8,
                    ),
                ),
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
                ("amount_minor", models.BigIntegerField(help_text="Of the payout.")),
                ("matched_by", models.CharField(blank=True, max_length=150)),
                ("matched_at", models.DateTimeField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="matches", to="billing.bankline"
                    ),
                ),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bank_matches", to="billing.payout"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "bank matches",
            },
        ),
        migrations.CreateModel(
            name="PaymentFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=35, unique=True)),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("pain001", "SEPA (pain.001.001.09)"),
                            ("nacha", "ACH (NACHA)"),
                            ("csv", "CSV"),
                        ],
                        max_length=8,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("execution_on", models.DateField()),
                ("total_minor", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("content_encrypted", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("made", "Made"), ("downloaded", "Downloaded"), ("withdrawn", "Withdrawn")],
                        default="made",
                        max_length=10,
                    ),
                ),
                ("made_by", models.CharField(max_length=150)),
                ("made_at", models.DateTimeField()),
                ("downloaded_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=150)),
                ("reason", models.CharField(blank=True, help_text="Why it was withdrawn.", max_length=400)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gt", 0), ("total_minor__gt", 0)), name="paymentfile_has_payments"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FilePayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("end_to_end_id", models.CharField(max_length=35, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("trace", models.CharField(blank=True, help_text="What US banks name with a return.", max_length=15)),
                ("is_withdrawn", models.BooleanField(default=False)),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="file_payments", to="billing.payout"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="billing.paymentfile"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(fields=["file", "id"], name="bankline_by_file"),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                condition=models.Q(("match__in", ["matched", "answered"]), _negated=True),
                fields=["currency", "amount_minor"],
                name="bankline_open_by_amount",
            ),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(fields=["host", "-booked_on"], name="bankline_by_day"),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.UniqueConstraint(
                fields=("host", "fingerprint"), name="bankline_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("match", "answered"), _negated=True),
                    models.Q(("answer", ""), _negated=True),
                    _connector="OR",
                ),
                name="bankline_answer_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankmapping",
            constraint=models.UniqueConstraint(
                fields=("host", "signature"), name="bankmapping_one", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="bankimport",
            index=models.Index(fields=["host", "-id"], name="bankimport_by_host"),
        ),
        migrations.AddConstraint(
            model_name="bankmatch",
            constraint=models.UniqueConstraint(fields=("payout", "kind"), name="bankmatch_one_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="bankmatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="bankmatch_is_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="filepayment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_withdrawn", False)), fields=("payout",), name="filepayment_payout_in_one_file"
            ),
        ),
        migrations.AddConstraint(
            model_name="filepayment",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="filepayment_positive"),
        ),
    ]
