from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import billing.models.bank
import billing.models.payouts
import billing.models.statements
import billing.proration.exchange
from chargers.lib.first_migration import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("authorization", "0001_initial"),
        ("chargers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                help_text="UUIDv7; in the idempotency keys.", primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("main", "Held before charging"),
                                    ("extension", "Held in addition while charging"),
                                    ("rest", "Paid afterwards, for what was not covered"),
                                    ("account", "Paid afterwards, by the driver's account"),
                                ],
                                db_default="main",
                                default="main",
                                max_length=10,
                            ),
                        ),
                        ("processor", models.CharField(max_length=20)),
                        ("processor_ref", models.CharField(blank=True, max_length=255)),
                        (
                            "card_ref",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="With which the same card is charged again.",
                                max_length=255,
                            ),
                        ),
                        ("customer_ref", models.CharField(blank=True, db_default="", default="", max_length=255)),
                        (
                            "generation",
                            models.PositiveSmallIntegerField(
                                default=1, help_text="In the idempotency keys: which attempt."
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "reason_sentences",
                            models.JSONField(blank=True, default=tuple, editable=False, help_text="Why this amount."),
                        ),
                        (
                            "fee_minor",
                            models.BigIntegerField(
                                help_text="What the processor kept of it, once it is known.", null=True
                            ),
                        ),
                        ("captured_minor", models.BigIntegerField(default=0)),
                        (
                            "refunded_minor",
                            models.BigIntegerField(
                                db_default=0, default=0, help_text="Given back, or on its way back."
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("authorising", "Being authorised"),
                                    ("authorised", "Authorised"),
                                    ("captured", "Captured"),
                                    ("voided", "Released"),
                                    ("expired", "Expired"),
                                    ("failed", "Refused"),
                                    ("unknown", "Being checked: the processor did not answer"),
                                ],
                                default="authorising",
                                max_length=12,
                            ),
                        ),
                        (
                            "doubtful_operation",
                            models.CharField(
                                blank=True, help_text="While unknown: authorize, capture or cancel.", max_length=10
                            ),
                        ),
                        (
                            "failure_sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="Why it was refused."
                            ),
                        ),
                        (
                            "next_action_url",
                            models.CharField(
                                blank=True, help_text="Where the guest pays or confirms, if asked to.", max_length=4000
                            ),
                        ),
                        ("last4", models.CharField(blank=True, max_length=4)),
                        ("capture_before", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "checked_at",
                            models.DateTimeField(help_text="When the processor was last asked about it.", null=True),
                        ),
                        (
                            "watched_at",
                            models.DateTimeField(
                                help_text="When its payer's page was last open, while the processor had not decided.",
                                null=True,
                            ),
                        ),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "warned_at",
                            models.DateTimeField(help_text="When the cost had come near what is held.", null=True),
                        ),
                        (
                            "limit_at",
                            models.DateTimeField(
                                help_text="When charging was ended because it would have passed it.", null=True
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["authorising", "authorised", "unknown"])),
                                fields=["created_at"],
                                name="hold_unfinished",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="hold_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("captured_minor__gte", 0), ("captured_minor__lte", models.F("amount_minor"))
                                ),
                                name="hold_captures_at_most_its_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_minor__gte", 0), ("refunded_minor__lte", models.F("captured_minor"))
                                ),
                                name="hold_refunds_at_most_its_capture",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("captured_minor", 0), ("state", "captured"), _connector="OR"),
                                name="hold_captured_only_when_so",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("processor_ref", ""), _negated=True),
                                fields=("processor", "processor_ref"),
                                name="hold_ref_unique",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PeriodRefund",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sending", "Being sent"),
                                    ("checking", "Being checked: the processor did not answer"),
                                    ("done", "Gone back"),
                                    ("refused", "Refused by the processor"),
                                    ("otherwise", "Given back another way"),
                                ],
                                default="sending",
                                max_length=10,
                            ),
                        ),
                        (
                            "generation",
                            models.PositiveSmallIntegerField(
                                default=1, help_text="In the idempotency key: which attempt."
                            ),
                        ),
                        (
                            "failure",
                            models.CharField(
                                blank=True, help_text="One sentence: why the processor refused it.", max_length=255
                            ),
                        ),
                        (
                            "note",
                            models.CharField(
                                blank=True, help_text="How it was given back another way.", max_length=400
                            ),
                        ),
                        (
                            "answered_by",
                            models.CharField(blank=True, help_text="Who gave it back another way.", max_length=150),
                        ),
                        ("sent_at", models.DateTimeField(help_text="When the processor was asked last.", null=True)),
                        (
                            "finished_at",
                            models.DateTimeField(help_text="When it had gone back or was refused.", null=True),
                        ),
                        ("number", models.PositiveSmallIntegerField(help_text="In the idempotency key, from 1.")),
                        ("planned_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["sending", "checking"])),
                                fields=["id"],
                                name="periodrefund_unfinished",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="periodrefund_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "otherwise"), _negated=True),
                                    models.Q(("note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="periodrefund_otherwise_says_how",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["done", "otherwise"]), _negated=True),
                                    ("finished_at__isnull", False),
                                    ("sent_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="periodrefund_ended_has_time",
                            ),
                        ],
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Rating",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("running", "Running cost"),
                                    ("provisional", "Provisional"),
                                    ("final", "Final"),
                                    ("replaced", "Replaced"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("engine_version", models.CharField(max_length=20)),
                        ("inputs", models.JSONField(help_text="What `price_session` reads: the rate and the events.")),
                        (
                            "report",
                            models.JSONField(
                                help_text="What `price_session` prints: lines, taxes, notes, inputs used."
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("total_minor", models.BigIntegerField()),
                        ("net_minor", models.BigIntegerField()),
                        ("tax_minor", models.BigIntegerField()),
                        ("energy_wh", models.BigIntegerField()),
                        (
                            "held",
                            models.JSONField(
                                blank=True, default=list, help_text="Evidence that the readings cannot be true."
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net_minor"), "+", models.F("tax_minor")
                                        ),
                                    )
                                ),
                                name="rating_total_is_net_and_tax",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total_minor__gte", 0)), name="rating_total_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("begins_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("begins_at"))), name="reportrun_in_order"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SimulatedAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(blank=True, max_length=40, unique=True)),
                        (
                            "bank",
                            models.CharField(
                                choices=[
                                    ("takes", "Takes every payout"),
                                    ("returns", "Takes payouts and returns them days later"),
                                ],
                                default="takes",
                                max_length=10,
                            ),
                        ),
                        ("name", models.CharField(blank=True, db_default="", default="", max_length=200)),
                        (
                            "missing",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What it still wants to know.",
                            ),
                        ),
                        ("disabled_reason", models.CharField(blank=True, db_default="", default="", max_length=60)),
                        (
                            "return_url",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Where its page sends the host back to.",
                                max_length=500,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="SimulatedCard",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("customer_ref", models.CharField(max_length=40)),
                        (
                            "number",
                            models.CharField(blank=True, help_text="Of a test card; empty: it is none.", max_length=16),
                        ),
                        ("brand", models.CharField(max_length=20)),
                        ("last4", models.CharField(max_length=4)),
                        ("exp_month", models.PositiveSmallIntegerField()),
                        ("exp_year", models.PositiveSmallIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requires_action", "The cardholder must confirm"),
                                    ("ready", "Can be charged"),
                                    ("declined", "Declined"),
                                    ("detached", "Removed"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("decline_code", models.CharField(blank=True, max_length=40)),
                        (
                            "return_url",
                            models.CharField(
                                blank=True, help_text="Where its page sends the cardholder back to.", max_length=500
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="SimulatedClock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ahead_s", models.BigIntegerField(default=0)),
                        (
                            "fee_pct",
                            models.DecimalField(
                                db_default=Decimal("2.9"), decimal_places=3, default=Decimal("2.9"), max_digits=5
                            ),
                        ),
                        ("fee_fixed_minor", models.PositiveIntegerField(db_default=30, default=30)),
                    ],
                ),
                migrations.CreateModel(
                    name="SummedDays",
                    fields=[
                        (
                            "of",
                            models.CharField(
                                choices=[
                                    ("books", "Postings"),
                                    ("sessions", "Settled sessions"),
                                    ("starts", "Attempts to start"),
                                ],
                                max_length=10,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("through", models.DateField()),
                    ],
                ),
                migrations.CreateModel(
                    name="AlertRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kinds", models.JSONField(help_text="Values of AlertKind.")),
                        (
                            "channel",
                            models.CharField(
                                choices=[("email", "E-mail"), ("webhook", "Webhook")], default="email", max_length=8
                            ),
                        ),
                        (
                            "minutes",
                            models.PositiveSmallIntegerField(
                                default=10, help_text="How long an outage lasts before it counts."
                            ),
                        ),
                        ("quiet_from", models.TimeField(null=True)),
                        ("quiet_to", models.TimeField(null=True)),
                        (
                            "time_zone",
                            models.CharField(
                                help_text="IANA name; of the quiet hours and of times in mails.", max_length=50
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alert_rules",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "properties",
                            models.ManyToManyField(
                                blank=True, help_text="None: all.", related_name="+", to="chargers.property"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alert_rules",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("ended_at", None)), fields=["host"], name="alertrule_live")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("quiet_from", None), ("quiet_to", None)),
                                    models.Q(("quiet_from__isnull", False), ("quiet_to__isnull", False)),
                                    _connector="OR",
                                ),
                                name="alertrule_quiet_hours_whole",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "scheme",
                            models.CharField(
                                choices=[("iban", "IBAN"), ("us", "Routing and account number")], max_length=5
                            ),
                        ),
                        ("holder", models.CharField(max_length=140)),
                        ("number_encrypted", models.TextField()),
                        (
                            "routing",
                            models.CharField(blank=True, help_text="BIC, or the US routing number.", max_length=11),
                        ),
                        ("last4", models.CharField(max_length=4)),
                        (
                            "fingerprint",
                            models.CharField(help_text="Keyed hash of the number, to find it by.", max_length=64),
                        ),
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
                        (
                            "failure",
                            models.CharField(blank=True, help_text="The bank's or processor's code.", max_length=40),
                        ),
                        ("processor_ref", models.CharField(blank=True, max_length=255)),
                        ("entered_by", models.CharField(max_length=150)),
                        ("entered_at", models.DateTimeField()),
                        ("confirmed_by", models.CharField(blank=True, max_length=150)),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("usable_from", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "confirmed_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "entered_person",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bank_accounts",
                                to="chargers.host",
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
                    options={
                        "indexes": [models.Index(fields=["host", "currency", "-id"], name="bankaccount_by_host")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "unconfirmed")),
                                fields=("host", "property", "currency"),
                                name="bankaccount_one_unconfirmed",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
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
                            models.CheckConstraint(
                                condition=models.Q(("confirmed_person", models.F("entered_person")), _negated=True),
                                name="bankaccount_two_accounts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "format",
                            models.CharField(help_text="camt.052, camt.053, camt.054, mt940 or csv.", max_length=10),
                        ),
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
                            models.CharField(
                                blank=True, help_text="What a person says about the difference.", max_length=400
                            ),
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
                    options={
                        "indexes": [models.Index(fields=["host", "-id"], name="bankimport_by_host")],
                    },
                ),
                migrations.CreateModel(
                    name="BankLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("statement", models.PositiveIntegerField(help_text="Of the file, from 1.")),
                        (
                            "place",
                            models.CharField(
                                help_text="In the file: `line 7`, or the path of the entry.", max_length=80
                            ),
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
                            models.CharField(
                                blank=True, help_text="Of the order that it was booked from.", max_length=140
                            ),
                        ),
                        ("text", models.CharField(blank=True, max_length=500)),
                        ("is_return", models.BooleanField(default=False)),
                        ("return_code", models.CharField(blank=True, max_length=40)),
                        ("is_doubtful", models.BooleanField(default=False, help_text="Its statement does not add up.")),
                        ("fingerprint", models.CharField(max_length=64)),
                        (
                            "occurrence",
                            models.PositiveIntegerField(default=1, help_text="Counts identical lines of one file."),
                        ),
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
                        (
                            "kind",
                            models.CharField(blank=True, help_text="What is found about it, as a code.", max_length=24),
                        ),
                        ("facts", models.JSONField(default=dict, help_text="Of the sentence that says it.")),
                        ("found_at", models.DateTimeField(null=True)),
                        ("answer", models.CharField(blank=True, max_length=400)),
                        ("answered_by", models.CharField(blank=True, max_length=150)),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="billing.bankimport",
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
                    bases=(billing.models.bank._Ordered, models.Model),
                    options={
                        "indexes": [
                            models.Index(fields=["file", "id"], name="bankline_by_file"),
                            models.Index(
                                condition=models.Q(("match__in", ["matched", "answered"]), _negated=True),
                                fields=["currency", "amount_minor"],
                                name="bankline_open_by_amount",
                            ),
                            models.Index(fields=["host", "-booked_on"], name="bankline_by_day"),
                            models.Index(fields=["amount_minor"], name="bankline_by_amount"),
                            models.Index(
                                condition=models.Q(("reference", ""), _negated=True),
                                fields=["reference"],
                                name="bankline_by_reference",
                            ),
                            models.Index(
                                condition=models.Q(("bank_ref", ""), _negated=True),
                                fields=["bank_ref"],
                                name="bankline_by_bank_ref",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "fingerprint"), name="bankline_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("match", "answered"), _negated=True),
                                    models.Q(("answer", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="bankline_answer_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankLineCopy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                help_text="The format, of a CSV with the key of its mapping.", max_length=40
                            ),
                        ),
                        ("fingerprint", models.CharField(max_length=64)),
                        (
                            "host",
                            models.ForeignKey(
                                help_text="The line's.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="copies",
                                to="billing.bankline",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "fingerprint"), name="banklinecopy_once", nulls_distinct=False
                            ),
                            models.UniqueConstraint(fields=("line", "source"), name="banklinecopy_one_a_source"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "signature",
                            models.CharField(
                                help_text="Hash of the delimiter and the names of the columns.", max_length=64
                            ),
                        ),
                        ("mapping", models.JSONField()),
                        (
                            "chosen_by",
                            models.CharField(
                                blank=True, help_text="Empty: the file left no question open.", max_length=150
                            ),
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
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "signature"), name="bankmapping_one", nulls_distinct=False
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="bankimport",
                    name="mapping",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="billing.bankmapping",
                    ),
                ),
                migrations.CreateModel(
                    name="Branding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "colour",
                            models.CharField(
                                blank=True, help_text="Such as #0b5cad, in lower case; empty: ours.", max_length=7
                            ),
                        ),
                        (
                            "logo",
                            models.BinaryField(
                                blank=True, default=b"", help_text="A PNG that we encoded; empty: none."
                            ),
                        ),
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("colour", ""), ("colour__regex", "^#[0-9a-f]{6}$"), _connector="OR"
                                ),
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
                        "base_manager_name": "objects",
                    },
                ),
                migrations.CreateModel(
                    name="ChangedDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "of",
                            models.CharField(
                                choices=[
                                    ("books", "Postings"),
                                    ("sessions", "Settled sessions"),
                                    ("starts", "Attempts to start"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("day", models.DateField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["of", "day"], name="changedday_by_kind")],
                    },
                ),
                migrations.CreateModel(
                    name="ChargingStateReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("state", models.CharField(help_text="OCPP 2.x ChargingStateEnumType.", max_length=30)),
                        (
                            "at",
                            models.DateTimeField(help_text="The stated time if plausible, else the time of receipt."),
                        ),
                        ("received_at", models.DateTimeField()),
                        (
                            "transaction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="charging_state_reports",
                                to="chargers.transaction",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["transaction", "at"], name="chargingstate_by_transaction")],
                    },
                ),
                migrations.CreateModel(
                    name="ClaimCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code_hash", models.CharField(max_length=64, unique=True)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=150)),
                        (
                            "token",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="claim_code",
                                to="authorization.token",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DayOfSessions",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("is_home", models.BooleanField(help_text="An employer pays them back to an employee.")),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("sessions", models.BigIntegerField()),
                        ("billed", models.BigIntegerField()),
                        ("energy_wh", models.BigIntegerField()),
                        ("total_minor", models.BigIntegerField()),
                        (
                            "host",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chargers.property"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["day"], name="dayofsessions_by_day")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "day", "property", "is_home", "currency"),
                                name="dayofsessions_one_a_kind",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayOfStarts",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("attempts", models.BigIntegerField()),
                        ("accepted", models.BigIntegerField()),
                        (
                            "host",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["day"], name="dayofstarts_by_day")],
                        "constraints": [models.UniqueConstraint(fields=("host", "day"), name="dayofstarts_one_a_day")],
                    },
                ),
                migrations.CreateModel(
                    name="Driver",
                    fields=[
                        (
                            "id",
                            models.UUIDField(help_text="UUIDv7 of `created_at`.", primary_key=True, serialize=False),
                        ),
                        ("name", models.CharField(blank=True, max_length=100)),
                        ("language", models.CharField(default="en", help_text="Of their mails.", max_length=2)),
                        ("created_at", models.DateTimeField()),
                        ("deleted_at", models.DateTimeField(null=True)),
                        (
                            "deletion_asked_at",
                            models.DateTimeField(
                                help_text="Since then it is deleted as soon as nothing is open.", null=True
                            ),
                        ),
                        (
                            "deletion_due_at",
                            models.DateTimeField(
                                help_text="By then it is deleted, or they hear what hinders it.", null=True
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                help_text="Null: the account was deleted.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="driver",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("deletion_asked_at", None), ("deletion_due_at", None)),
                                    models.Q(
                                        ("deleted_at", None),
                                        ("deletion_asked_at__isnull", False),
                                        ("deletion_due_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="driver_deletion_has_both_times",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deleted_at", None), models.Q(("name", ""), ("user", None)), _connector="OR"
                                ),
                                name="driver_deleted_has_no_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dispute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("processor", models.CharField(max_length=20)),
                        ("processor_ref", models.CharField(max_length=255)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("needs_response", "Waits for our evidence"),
                                    ("under_review", "The bank reads our evidence"),
                                    ("won", "Won: the money is back"),
                                    ("lost", "Lost"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("reason", models.CharField(help_text="The bank's code.", max_length=60)),
                        ("amount_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField(default=0)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "taxes",
                            models.JSONField(
                                help_text="Of a lost one: base and tax by rate of what the session's receipt lost with it.",
                                null=True,
                            ),
                        ),
                        ("evidence", models.TextField(blank=True, help_text="What we handed in.")),
                        ("answered_by", models.CharField(blank=True, max_length=150)),
                        ("opened_at", models.DateTimeField()),
                        ("respond_before", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="chargers.host"
                            ),
                        ),
                        (
                            "hold",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="billing.hold"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host", "-id"], name="dispute_by_host")],
                        "constraints": [
                            models.UniqueConstraint(fields=("processor", "processor_ref"), name="dispute_ref_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0), ("fee_minor__gte", 0)),
                                name="dispute_amounts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HoldPolicy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "energy_kwh",
                            models.PositiveIntegerField(
                                blank=True, help_text="So much energy the hold is to cover.", null=True
                            ),
                        ),
                        ("least_minor", models.PositiveBigIntegerField(blank=True, null=True)),
                        ("most_minor", models.PositiveBigIntegerField(blank=True, null=True)),
                        (
                            "at_limit",
                            models.CharField(
                                choices=[
                                    ("end", "End charging"),
                                    ("extend", "Hold once more on the same card; end charging where that is refused"),
                                ],
                                default="end",
                                max_length=10,
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hold_policies",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hold_policies",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "property"), name="holdpolicy_one", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("least_minor", None),
                                    ("most_minor", None),
                                    ("least_minor__lte", models.F("most_minor")),
                                    _connector="OR",
                                ),
                                name="holdpolicy_least_at_most_most",
                            ),
                        ],
                        "verbose_name_plural": "hold policies",
                    },
                ),
                migrations.CreateModel(
                    name="HomeInvoice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("employer", models.CharField(max_length=200)),
                        ("employer_contact", models.CharField(blank=True, max_length=200)),
                        (
                            "month",
                            models.DateField(help_text="Its first day, by the calendar of each charger's property."),
                        ),
                        ("series", models.CharField(max_length=10)),
                        ("number", models.PositiveIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "total_minor",
                            models.BigIntegerField(help_text="What employees get, the service fee and its tax."),
                        ),
                        ("service_fee_minor", models.BigIntegerField(default=0, help_text="Before tax.")),
                        ("service_tax_minor", models.BigIntegerField(default=0)),
                        ("energy_wh", models.BigIntegerField()),
                        (
                            "printed",
                            models.JSONField(
                                blank=True,
                                db_default={},
                                default=dict,
                                help_text="The company as its papers name it, as it was when it was issued.",
                            ),
                        ),
                        ("issued_at", models.DateTimeField()),
                        ("paid_at", models.DateTimeField(help_text="When the employer's money came.", null=True)),
                        ("paid_reference", models.CharField(blank=True, max_length=140)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="home_invoices",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host", "-month"], name="homeinvoice_by_month")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "series", "number"), name="homeinvoice_number_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total_minor__gte", 0)), name="homeinvoice_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("service_fee_minor__gte", 0),
                                    ("service_tax_minor__gte", 0),
                                    (
                                        "total_minor__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("service_fee_minor"), "+", models.F("service_tax_minor")
                                        ),
                                    ),
                                ),
                                name="homeinvoice_fee_is_part_of_it",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomePayout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "over_cap_minor",
                            models.BigIntegerField(default=0, help_text="What was charged beyond the month's cap."),
                        ),
                        (
                            "service_fee_minor",
                            models.BigIntegerField(default=0, help_text="What the employer pays the host for it."),
                        ),
                        ("service_tax_pct", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                        ("energy_wh", models.BigIntegerField()),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("paid_reference", models.CharField(blank=True, max_length=140)),
                        (
                            "contract",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="authorization.reimbursementcontract",
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="billing.homeinvoice",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("invoice", "contract"), name="homepayout_one_a_contract"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gte", 0), ("over_cap_minor__gte", 0)),
                                name="homepayout_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeMatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        (
                            "has_paid",
                            models.BooleanField(help_text="The line recorded the payment; else a person had."),
                        ),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="home_matches",
                                to="billing.bankline",
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("invoice__isnull", False), ("payout__isnull", True)),
                                    models.Q(("invoice__isnull", True), ("payout__isnull", False)),
                                    _connector="OR",
                                ),
                                name="homematch_is_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="homematch_is_something"
                            ),
                        ],
                        "verbose_name_plural": "home matches",
                    },
                ),
                migrations.CreateModel(
                    name="Incident",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("offline", "A charger is offline"),
                                    ("faulted", "A charger or connector is faulted"),
                                    ("start_failures", "Several starts in a row failed"),
                                    ("complaint", "A guest says that something is wrong"),
                                    ("held", "A session is held for review"),
                                    ("licence", "A licence ends within 30 days"),
                                    ("payout", "A payout failed"),
                                    ("sync", "A connection to another system is broken"),
                                ],
                                max_length=15,
                            ),
                        ),
                        ("key", models.CharField(help_text="What it is about; one is open for each.", max_length=120)),
                        ("title", models.CharField(help_text="The name of the thing, such as SUN001.", max_length=120)),
                        ("place", models.CharField(blank=True, max_length=200)),
                        ("detail", models.CharField(blank=True, max_length=300)),
                        ("page", models.CharField(help_text="Where in the portal it is put right.", max_length=200)),
                        ("began_at", models.DateTimeField()),
                        (
                            "gone_at",
                            models.DateTimeField(
                                help_text="When it was last seen to be over, while it may come back.", null=True
                            ),
                        ),
                        ("cleared_at", models.DateTimeField(null=True)),
                        (
                            "times",
                            models.PositiveIntegerField(
                                default=1, help_text="How often it came back within the same incident, and 1."
                            ),
                        ),
                        (
                            "charger",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="incidents",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="incidents",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="incidents",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host", "-id"], name="incident_by_host")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("cleared_at", None)),
                                fields=("host", "key"),
                                name="incident_one_open_of_a_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cleared_at", None), ("gone_at", models.F("cleared_at")), _connector="OR"
                                ),
                                name="incident_gone_first",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JoinCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(help_text="Without its dash.", max_length=12, unique=True)),
                        ("name", models.CharField(help_text="Where it is posted, or for whom.", max_length=100)),
                        (
                            "role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("owner", "Owner"),
                                    ("manager", "Manager"),
                                    ("operator", "Operator"),
                                    ("finance", "Finance"),
                                    ("read_only", "Read only"),
                                    ("installer", "Installer"),
                                ],
                                help_text="Of the portal; empty: residents who charge.",
                                max_length=10,
                            ),
                        ),
                        ("needs_approval", models.BooleanField(default=True)),
                        (
                            "most",
                            models.PositiveIntegerField(help_text="How many may join; null: any number.", null=True),
                        ),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("made_at", models.DateTimeField()),
                        ("stopped_at", models.DateTimeField(null=True)),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True, related_name="join_codes", to="authorization.tokengroup"
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="join_codes",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="join_codes",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host", "-id"], name="joincode_by_host")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("role", ""), ("needs_approval", True), _connector="OR"),
                                name="joincode_role_is_approved",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("role", "owner"), _negated=True), name="joincode_makes_no_owner"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("made_at")), _connector="OR"
                                ),
                                name="joincode_ends_later",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("most", None), ("most__gt", 0), _connector="OR"),
                                name="joincode_for_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Join",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=100)),
                        (
                            "email",
                            models.EmailField(
                                blank=True, help_text="In lower case; of residents it is confirmed.", max_length=254
                            ),
                        ),
                        ("note", models.CharField(blank=True, help_text="Such as the apartment.", max_length=200)),
                        (
                            "uid",
                            models.CharField(
                                blank=True, help_text="Canonical; empty: they start on their phone.", max_length=36
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Waits for your answer"),
                                    ("joined", "Joined"),
                                    ("declined", "Declined"),
                                    ("removed", "Taken out"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "answer",
                            models.CharField(blank=True, help_text="What the host says to them.", max_length=255),
                        ),
                        (
                            "answered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "answered_by_key",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="authorization.apikey",
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="joins",
                                to="authorization.token",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                help_text="Null: deleted, or only an address.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="joins",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "code",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="joins", to="billing.joincode"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("state", "open")), fields=["code"], name="join_open")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("open", "joined")), models.Q(("email", ""), _negated=True)
                                ),
                                fields=("code", "email", "uid"),
                                name="join_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state", "open"), ("answered_at__isnull", False), _connector="OR"),
                                name="join_answered_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                                    ("subscription_deferred", "Invoiced, not earned yet"),
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
                        ("currency", models.CharField(max_length=3)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ledger_accounts",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "code", "currency"), name="ledgeraccount_unique_in_host"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayOfBooks",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("source_type", models.CharField(max_length=20)),
                        ("kind", models.CharField(max_length=20)),
                        ("moved_minor", models.BigIntegerField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.ledgeraccount",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["day"], name="dayofbooks_by_day")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "day", "source_type", "kind"), name="dayofbooks_one_a_kind"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source_type", models.CharField(help_text="receipt, hold, refund ...", max_length=20)),
                        ("source_id", models.CharField(max_length=40)),
                        (
                            "kind",
                            models.CharField(
                                help_text="What of the source: issued, captured, refunded ...", max_length=20
                            ),
                        ),
                        ("generation", models.PositiveIntegerField(default=1)),
                        ("memo", models.CharField(help_text="One sentence for a person.", max_length=255)),
                        ("occurred_at", models.DateTimeField(help_text="When it happened.")),
                        ("posted_at", models.DateTimeField(help_text="When it was written down.")),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ledger_entries",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="billing.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["host", "-id"], name="ledgerentry_by_host"),
                            models.Index(fields=["posted_at", "host"], name="ledgerentry_by_posting"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source_type", "source_id", "kind", "generation"),
                                name="ledgerentry_posted_once",
                            )
                        ],
                        "verbose_name_plural": "ledger entries",
                    },
                ),
                migrations.CreateModel(
                    name="Clearing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                                    ("subscription_deferred", "Invoiced, not earned yet"),
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
                            models.BigIntegerField(
                                help_text="As the bank's account, or suspense, has it: debits positive."
                            ),
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
                                    ("reversed", "Taken back"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("asked_by", models.CharField(max_length=150)),
                        ("asked_at", models.DateTimeField()),
                        ("second_by", models.CharField(blank=True, max_length=150)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("reversed_by", models.CharField(blank=True, db_default="", default="", max_length=150)),
                        ("reversed_at", models.DateTimeField(null=True)),
                        ("reversed_because", models.CharField(blank=True, db_default="", default="", max_length=400)),
                        (
                            "asked_person",
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
                        (
                            "second_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clearings",
                                to="billing.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["declined", "reversed"]), _negated=True),
                                fields=("line",),
                                name="clearing_line_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["declined", "reversed"]), _negated=True),
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
                            models.CheckConstraint(
                                condition=models.Q(("second_person", models.F("asked_person")), _negated=True),
                                name="clearing_two_accounts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Letter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "page",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Address of the page that it is about.",
                                max_length=200,
                            ),
                        ),
                        (
                            "headers",
                            models.JSONField(
                                blank=True,
                                db_default={},
                                default=dict,
                                help_text="Of the mail, beside the usual ones: threading, Reply-To.",
                            ),
                        ),
                        ("key", models.CharField(blank=True, help_text="What it is about: told once.", max_length=80)),
                        ("subject", models.CharField(blank=True, max_length=200)),
                        ("text", models.TextField(blank=True, help_text="Without a document: what it says.")),
                        (
                            "address",
                            models.EmailField(help_text="As the driver left it; hosts see it masked.", max_length=254),
                        ),
                        ("language", models.CharField(default="en", max_length=2)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits to be sent"),
                                    ("sending", "Being sent"),
                                    ("sent", "Sent"),
                                    ("given_up", "Given up"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "failure",
                            models.CharField(blank=True, help_text="What the mail server said last.", max_length=255),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "due_at",
                            models.DateTimeField(
                                help_text="When it is tried next; while it is being sent: when that is taken for lost."
                            ),
                        ),
                        ("sent_at", models.DateTimeField(null=True)),
                        (
                            "alert_rule",
                            models.ForeignKey(
                                help_text="Which it is for.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="letters",
                                to="billing.alertrule",
                            ),
                        ),
                        (
                            "bank_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="billing.bankaccount",
                            ),
                        ),
                        (
                            "driver",
                            models.ForeignKey(
                                help_text="Whose plan it is about.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="letters",
                                to="billing.driver",
                            ),
                        ),
                        (
                            "home_invoice",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="billing.homeinvoice",
                            ),
                        ),
                        (
                            "home_payout",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="billing.homepayout",
                            ),
                        ),
                        (
                            "payee",
                            models.ForeignKey(
                                help_text="Whose payout agreement it is about.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "sending"])),
                                fields=["due_at"],
                                name="letter_due",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("key", ""), _negated=True),
                                fields=("key",),
                                name="letter_once_a_key",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "sent"), _negated=True),
                                    ("sent_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="letter_sent_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phase", models.CharField(choices=[("opened", "Began"), ("cleared", "Over")], max_length=8)),
                        ("made_at", models.DateTimeField()),
                        (
                            "due_at",
                            models.DateTimeField(help_text="The end of the quiet hours, where it came in them."),
                        ),
                        (
                            "queued_at",
                            models.DateTimeField(
                                help_text="When it was handed to the outbox or the webhook queue.", null=True
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to="billing.alertrule",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to="billing.incident",
                            ),
                        ),
                        (
                            "letter",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="alert_notices",
                                to="billing.letter",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("queued_at", None)), fields=["due_at"], name="alertnotice_due"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("rule", "incident", "phase"), name="alertnotice_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MutedMail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(choices=[("payout_paid", "A payout was paid")], max_length=15)),
                        ("since", models.DateTimeField()),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="muted_mails",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="muted_mails",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "host", "kind"), name="mutedmail_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentCard",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                help_text="UUIDv7; in the idempotency keys.", primary_key=True, serialize=False
                            ),
                        ),
                        ("processor", models.CharField(max_length=20)),
                        ("ref", models.CharField(blank=True, max_length=255)),
                        ("customer_ref", models.CharField(blank=True, max_length=255)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("saving", "Being saved"),
                                    ("ready", "Ready"),
                                    ("declined", "Declined"),
                                    ("removed", "Removed"),
                                ],
                                default="saving",
                                max_length=10,
                            ),
                        ),
                        ("brand", models.CharField(blank=True, max_length=20)),
                        ("last4", models.CharField(blank=True, max_length=4)),
                        ("exp_month", models.PositiveSmallIntegerField(null=True)),
                        ("exp_year", models.PositiveSmallIntegerField(null=True)),
                        (
                            "is_default",
                            models.BooleanField(
                                default=False, help_text="Which one pays where nothing else was chosen."
                            ),
                        ),
                        (
                            "failure_sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="Why it was refused."
                            ),
                        ),
                        ("next_action_url", models.CharField(blank=True, max_length=500)),
                        ("created_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(null=True)),
                        (
                            "driver",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payment_cards",
                                to="billing.driver",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["driver", "id"], name="paymentcard_by_driver")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)),
                                fields=("driver",),
                                name="paymentcard_one_default",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("is_default", False), ("state", "ready"), _connector="OR"),
                                name="paymentcard_default_is_ready",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DriverToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "proof",
                            models.CharField(
                                choices=[
                                    ("address", "The host knows the card by this e-mail address"),
                                    ("code", "A code that came with the card"),
                                    ("joined", "They joined by a code of the host"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("claimed_at", models.DateTimeField()),
                        (
                            "agreed_at",
                            models.DateTimeField(
                                help_text="Since when: no session that began before is taken.", null=True
                            ),
                        ),
                        (
                            "driver",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="billing.driver"
                            ),
                        ),
                        (
                            "token",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="driver_token",
                                to="authorization.token",
                            ),
                        ),
                        (
                            "pays_with",
                            models.ForeignKey(
                                help_text="What each session with it is taken from when it is over; null: settled with the host otherwise.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="charging_cards",
                                to="billing.paymentcard",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("agreed_at", None), ("pays_with", None)),
                                    models.Q(("agreed_at__isnull", False), ("pays_with__isnull", False)),
                                    _connector="OR",
                                ),
                                name="drivertoken_pays_since",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                                condition=models.Q(("count__gt", 0), ("total_minor__gt", 0)),
                                name="paymentfile_has_payments",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payout",
                    fields=[
                        (
                            "id",
                            models.UUIDField(help_text="UUIDv7 of `created_at`.", primary_key=True, serialize=False),
                        ),
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
                        (
                            "bridge",
                            models.JSONField(default=list, help_text="Rows from the dashboard's figure to the amount."),
                        ),
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
                        (
                            "hold_reason",
                            models.CharField(blank=True, help_text="Why a person held it.", max_length=400),
                        ),
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
                            models.BigIntegerField(
                                default=0, help_text="What lies in the host's processor account for it."
                            ),
                        ),
                        (
                            "trace",
                            models.CharField(blank=True, help_text="What the host's bank finds it by.", max_length=140),
                        ),
                        (
                            "failure",
                            models.CharField(blank=True, help_text="The processor's or bank's code.", max_length=40),
                        ),
                        (
                            "waits_for",
                            models.CharField(
                                blank=True, help_text="Why it was not sent yet, in one sentence.", max_length=400
                            ),
                        ),
                        (
                            "processor_says",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="In its own words; for agents only.",
                                max_length=400,
                            ),
                        ),
                        (
                            "counts_from",
                            models.DateTimeField(
                                help_text="When the oldest of what it consists of was posted.", null=True
                            ),
                        ),
                        ("calculated_at", models.DateTimeField(null=True)),
                        ("submitted_at", models.DateTimeField(null=True)),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("failed_at", models.DateTimeField(null=True)),
                        ("reconciled_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "approved_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "printed",
                            models.JSONField(
                                blank=True,
                                db_default={},
                                default=dict,
                                help_text="The company and the payee as its papers name them, as they were when it was closed.",
                            ),
                        ),
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
                            "second_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    bases=(billing.models.payouts._Numbered, models.Model),
                    options={
                        "indexes": [
                            models.Index(fields=["host", "-ends_at"], name="payout_by_host"),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["closing", "calculated", "held", "approved", "submitted", "in_transit"],
                                    )
                                ),
                                fields=["state"],
                                name="payout_under_way",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("host", "number"), name="payout_number"),
                            models.CheckConstraint(
                                condition=models.Q(("second_person", models.F("approved_person")), _negated=True),
                                name="payout_two_accounts",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("reissues", None)),
                                fields=("host", "property", "currency", "ends_at"),
                                name="payout_one_a_period",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("begins_at__lt", models.F("ends_at"))), name="payout_period"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gte", 0)), name="payout_not_negative"
                            ),
                            models.CheckConstraint(
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["submitted", "in_transit", "paid", "reconciled"]), _negated=True
                                    ),
                                    models.Q(("amount_minor__gt", 0), ("bank_account__isnull", False)),
                                    _connector="OR",
                                ),
                                name="payout_goes_to_a_bank",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="letter",
                    name="payout",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="billing.payout",
                    ),
                ),
                migrations.CreateModel(
                    name="FilePayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("end_to_end_id", models.CharField(max_length=35, unique=True)),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "trace",
                            models.CharField(blank=True, help_text="What US banks name with a return.", max_length=15),
                        ),
                        ("is_withdrawn", models.BooleanField(default=False)),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="billing.paymentfile",
                            ),
                        ),
                        (
                            "payout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="file_payments",
                                to="billing.payout",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_withdrawn", False)),
                                fields=("payout",),
                                name="filepayment_payout_in_one_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="filepayment_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankMatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "state_before",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Of the payout, before it was matched.",
                                max_length=12,
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField(help_text="Of the payout.")),
                        ("matched_by", models.CharField(blank=True, max_length=150)),
                        ("matched_at", models.DateTimeField()),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="matches",
                                to="billing.bankline",
                            ),
                        ),
                        (
                            "payout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bank_matches",
                                to="billing.payout",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("payout", "kind"), name="bankmatch_one_a_kind"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="bankmatch_is_something"
                            ),
                        ],
                        "verbose_name_plural": "bank matches",
                    },
                ),
                migrations.CreateModel(
                    name="PayoutAgreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            models.PositiveSmallIntegerField(
                                default=2, help_text="From the end of the period to the payout."
                            ),
                        ),
                        (
                            "threshold_minor",
                            models.BigIntegerField(default=0, help_text="What is less is carried to the next payout."),
                        ),
                        ("reserve_minor", models.BigIntegerField(default=0, help_text="Always kept back.")),
                        (
                            "tax_remitter",
                            models.CharField(
                                choices=[
                                    ("platform", "The platform remits the tax"),
                                    ("host", "The host remits the tax"),
                                ],
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
                            models.BooleanField(
                                default=False, help_text="The platform issues the host's invoice to itself."
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for a second person"),
                                    ("agreed", "Agreed"),
                                    ("replaced", "Replaced by another of the same beginning"),
                                ],
                                db_default="agreed",
                                default="agreed",
                                help_text="Only what is agreed is ever in force.",
                                max_length=8,
                            ),
                        ),
                        ("made_by", models.CharField(max_length=150)),
                        ("made_at", models.DateTimeField()),
                        ("second_by", models.CharField(blank=True, db_default="", default="", max_length=150)),
                        ("second_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payout_agreements",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "made_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        (
                            "second_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["host", "currency", "-valid_from"], name="payoutagreement_in_force")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "property", "currency", "number"),
                                name="payoutagreement_number",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "waiting")),
                                fields=("host", "property", "currency"),
                                name="payoutagreement_one_waits",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "agreed")),
                                fields=("host", "property", "currency", "valid_from"),
                                name="payoutagreement_one_beginning",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("second_by", models.F("made_by")), _negated=True),
                                name="payoutagreement_second_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("second_person", models.F("made_person")), _negated=True),
                                name="payoutagreement_two_accounts",
                            ),
                            models.CheckConstraint(
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
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="payout",
                    name="agreement",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="billing.payoutagreement",
                    ),
                ),
                migrations.CreateModel(
                    name="PayoutCarry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        "constraints": [
                            models.UniqueConstraint(fields=("payout", "kind"), name="payoutcarry_one_a_kind"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor", 0), _negated=True), name="payoutcarry_is_something"
                            ),
                        ],
                        "verbose_name_plural": "payout carries",
                    },
                ),
                migrations.CreateModel(
                    name="Plan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField()),
                        ("name", models.CharField(max_length=100)),
                        ("created_at", models.DateTimeField()),
                        (
                            "retired_at",
                            models.DateTimeField(
                                help_text="Since when nobody can choose it; who has it keeps it.", null=True
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="plans", to="chargers.host"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("host", "slug"), name="plan_slug_unique_in_host")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("fee_minor", models.BigIntegerField(help_text="A month, with its tax.")),
                        ("tax_pct", models.DecimalField(decimal_places=3, default=0, max_digits=6)),
                        ("included_wh", models.BigIntegerField(default=0, help_text="A period.")),
                        (
                            "discount_pct",
                            models.DecimalField(
                                decimal_places=3, default=0, help_text="Of the energy price.", max_digits=6
                            ),
                        ),
                        (
                            "waives",
                            models.JSONField(blank=True, default=list, help_text="connection, idle, processing."),
                        ),
                        (
                            "proration",
                            models.CharField(
                                choices=[
                                    ("days", "By days: periods are calendar months, the first one costs its days"),
                                    ("full", "In full: each period is a month from the day of subscribing"),
                                ],
                                default="days",
                                max_length=5,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="billing.plan"
                            ),
                        ),
                        (
                            "properties",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Empty: all of the host.",
                                related_name="+",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "number"), name="planversion_number_unique_in_plan"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fee_minor__gt", 0), ("included_wh__gte", 0), ("tax_pct__gte", 0)),
                                name="planversion_amounts_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("discount_pct__gte", 0), ("discount_pct__lte", 100)),
                                name="planversion_discount_is_percentage",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("D", "Debit"), ("C", "Credit")], max_length=1)),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(help_text="The account's.", max_length=3)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="billing.ledgeraccount",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="billing.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "entry"], name="posting_by_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="posting_amount_positive"
                            ),
                            models.UniqueConstraint(fields=("entry", "account"), name="posting_one_an_account"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayoutAllocation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(help_text="The row of the bridge that it is in.", max_length=20)),
                        ("amount_minor", models.BigIntegerField(help_text="For the host if positive.")),
                        (
                            "payout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="billing.payout",
                            ),
                        ),
                        (
                            "posting",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocation",
                                to="billing.posting",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["payout", "kind"], name="payoutallocation_by_kind")],
                    },
                ),
                migrations.CreateModel(
                    name="ProcessorAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("processor", models.CharField(max_length=20)),
                        (
                            "ref",
                            models.CharField(
                                blank=True, help_text="Empty until the processor has answered.", max_length=255
                            ),
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
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "property", "processor"),
                                name="processoraccount_one",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ref", ""), _negated=True),
                                fields=("processor", "ref"),
                                name="processoraccount_ref_unique",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProcessorEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("processor", models.CharField(max_length=20)),
                        ("event_id", models.CharField(max_length=255)),
                        ("kind", models.CharField(max_length=100)),
                        (
                            "subject",
                            models.CharField(
                                db_default="payment", default="payment", help_text="What it is about.", max_length=10
                            ),
                        ),
                        ("processor_ref", models.CharField(blank=True, max_length=255)),
                        ("raw", models.TextField()),
                        ("received_at", models.DateTimeField()),
                        ("handled_at", models.DateTimeField(null=True)),
                        (
                            "tries",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="How often handling it failed."
                            ),
                        ),
                        (
                            "due_at",
                            models.DateTimeField(help_text="After a failure: when it is tried next.", null=True),
                        ),
                        (
                            "failure",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="Of the last attempt.", max_length=255
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("handled_at", None)), fields=["id"], name="processorevent_unhandled"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("processor", "event_id"), name="processorevent_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PropertyTax",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("percentage", models.DecimalField(decimal_places=3, max_digits=6)),
                        (
                            "valid_from",
                            models.DateTimeField(
                                help_text="Of sessions that start from then on, until the next one begins."
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "property",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="taxes",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("property", "valid_from"), name="propertytax_one_at_a_time"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percentage__gte", 0), ("percentage__lte", 100)),
                                name="propertytax_is_a_percentage",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField()),
                        ("name", models.CharField(max_length=100)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "contract",
                            models.OneToOneField(
                                help_text="Whose home charging it prices; null: a rate that people assign.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rate",
                                to="authorization.reimbursementcontract",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="rates", to="chargers.host"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("host", "slug"), name="rate_slug_unique_in_host")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RateAssignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "evse_number",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="The connector's number on the label. Empty: every one of the charger.",
                                null=True,
                            ),
                        ),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    ("guest", "Guests"),
                                    ("member", "Members"),
                                    ("roaming", "Roaming"),
                                    ("reimbursement", "Reimbursement"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "priority",
                            models.SmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="The highest wins, before what is nearer or narrower.",
                            ),
                        ),
                        ("active_from", models.DateTimeField(blank=True, null=True)),
                        ("active_to", models.DateTimeField(blank=True, help_text="Not counted in.", null=True)),
                        (
                            "charger",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: every charger of the property.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rate_assignments",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                help_text="Only members whose card is in it. Empty: all members.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rate_assignments",
                                to="authorization.tokengroup",
                            ),
                        ),
                        (
                            "msp",
                            models.ForeignKey(
                                blank=True,
                                help_text="Only drivers of this partner. Empty: all roaming drivers.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rate_assignments",
                                to="authorization.mobilityprovider",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rate_assignments",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "rate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assignments",
                                to="billing.rate",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "property",
                                    "charger",
                                    "evse_number",
                                    "audience",
                                    "group",
                                    "msp",
                                    "active_from",
                                ),
                                name="rateassignment_one_at_a_time",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("evse_number", None), ("charger__isnull", False), _connector="OR"),
                                name="rateassignment_connector_has_charger",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("group", None), ("audience", "member"), _connector="OR"),
                                name="rateassignment_group_is_of_members",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("msp", None), ("audience", "roaming"), _connector="OR"),
                                name="rateassignment_msp_is_of_roaming",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("active_from", None),
                                    ("active_to", None),
                                    ("active_to__gt", models.F("active_from")),
                                    _connector="OR",
                                ),
                                name="rateassignment_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("audience", ""), _negated=True), name="rateassignment_has_audience"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RateVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("definition", models.JSONField(help_text="As `price_session` reads it: `rate`.")),
                        ("created_at", models.DateTimeField()),
                        (
                            "valid_from",
                            models.DateTimeField(blank=True, help_text="Empty: from `created_at` on.", null=True),
                        ),
                        (
                            "withdrawn_at",
                            models.DateTimeField(
                                blank=True, help_text="Before it began: it is never in force.", null=True
                            ),
                        ),
                        (
                            "rate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="billing.rate"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("rate", "number"), name="rateversion_number_unique_in_rate")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("series", models.CharField(max_length=20)),
                        ("number", models.PositiveBigIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("receipt", "Receipt"),
                                    ("credit_note", "Credit note"),
                                    ("correction", "Corrected receipt"),
                                ],
                                default="receipt",
                                max_length=12,
                            ),
                        ),
                        (
                            "collected_by",
                            models.CharField(
                                choices=[
                                    ("platform", "The platform collects it"),
                                    ("host", "The host collects it from its own customers"),
                                ],
                                db_default="platform",
                                default="platform",
                                help_text="The host: no card paid it, and none of it reaches the platform.",
                                max_length=10,
                            ),
                        ),
                        ("issued_at", models.DateTimeField()),
                        (
                            "document",
                            models.JSONField(help_text="All that is printed on it, as it was when it was issued."),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="chargers.host"
                            ),
                        ),
                        (
                            "rating",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="billing.rating",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                help_text="Of a corrected receipt.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="billing.receipt",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "correction"), ("replaces__isnull", False)),
                                    models.Q(models.Q(("kind", "correction"), _negated=True), ("replaces", None)),
                                    _connector="OR",
                                ),
                                name="receipt_correction_replaces_one",
                            ),
                            models.UniqueConstraint(
                                fields=("host", "series", "number"), name="receipt_number_unique_in_series"
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="letter",
                    name="receipt",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="billing.receipt",
                    ),
                ),
                migrations.CreateModel(
                    name="ReceiptSeries",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("series", models.CharField(max_length=20)),
                        ("last_number", models.PositiveBigIntegerField(default=0)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt_series",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("host", "series"), name="receiptseries_unique_in_host")
                        ],
                        "verbose_name_plural": "receipt series",
                    },
                ),
                migrations.CreateModel(
                    name="Receivable",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "reduced_minor",
                            models.BigIntegerField(db_default=0, default=0, help_text="What refunds took off it."),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("paid", "Paid"),
                                    ("reduced", "Settled by a refund"),
                                    ("given_up", "Given up"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "reason_sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="Why the card did not cover it."
                            ),
                        ),
                        ("answered_by", models.CharField(blank=True, help_text="Who gave it up.", max_length=150)),
                        ("answer", models.CharField(blank=True, help_text="Why it was given up.", max_length=400)),
                        ("created_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receivables",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host", "-id"], name="receivable_by_host")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="receivable_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reduced_minor__gte", 0), ("reduced_minor__lte", models.F("amount_minor"))
                                ),
                                name="receivable_reduced_at_most_to_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "open"), _negated=True),
                                    ("reduced_minor__lt", models.F("amount_minor")),
                                    _connector="OR",
                                ),
                                name="receivable_open_is_owed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refund",
                    fields=[
                        ("id", models.UUIDField(help_text="UUIDv7.", primary_key=True, serialize=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting for a second person"),
                                    ("sending", "Being sent"),
                                    ("checking", "Being checked: the processor did not answer"),
                                    ("done", "Refunded"),
                                    ("partly", "Partly refunded"),
                                    ("refused", "Refused by the processor"),
                                    ("declined", "Declined by the second person"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("not_idle", "The idle fee was not the driver's doing"),
                                    ("charged_twice", "The same was charged twice"),
                                    ("not_delivered", "The energy was not delivered"),
                                    ("other_price", "Another price was shown"),
                                    ("goodwill", "Goodwill"),
                                    ("other", "Another reason"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "fault",
                            models.CharField(
                                choices=[("host", "The host bears it"), ("platform", "We bear it")], max_length=10
                            ),
                        ),
                        ("explanation", models.CharField(help_text="What the driver reads.", max_length=400)),
                        (
                            "explanation_reason",
                            models.JSONField(
                                help_text="Of one that we made: its code and amounts, for other languages than English.",
                                null=True,
                            ),
                        ),
                        (
                            "lines",
                            models.JSONField(help_text="The kinds of lines that are given back; empty: an amount."),
                        ),
                        ("total_minor", models.BigIntegerField()),
                        ("net_minor", models.BigIntegerField()),
                        ("tax_minor", models.BigIntegerField()),
                        (
                            "taxes",
                            models.JSONField(
                                help_text="Base and tax by rate; null: of before these were kept.", null=True
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("asked_by", models.CharField(max_length=150)),
                        (
                            "answered_by",
                            models.CharField(
                                blank=True, help_text="The second person, where one was needed.", max_length=150
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "answered_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "credit_note",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit_of",
                                to="billing.receipt",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="chargers.host"
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refunds",
                                to="billing.receipt",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["receipt", "id"], name="refund_by_receipt")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("total_minor__gt", 0)), name="refund_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("answered_person", models.F("asked_person")), _negated=True),
                                name="refund_two_accounts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net_minor"), "+", models.F("tax_minor")
                                        ),
                                    )
                                ),
                                name="refund_total_is_net_and_tax",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["done", "partly"]), _negated=True),
                                    ("credit_note__isnull", False),
                                    _connector="OR",
                                ),
                                name="refund_done_has_credit_note",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Complaint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Waits for an answer"), ("answered", "Answered")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "about",
                            models.CharField(
                                choices=[
                                    ("connection", "The connection fee"),
                                    ("energy", "The energy"),
                                    ("time", "The charging time"),
                                    ("idle", "The idle fee"),
                                    ("processing", "The processing fee"),
                                    ("adjustment", "The minimum or maximum"),
                                    ("other", "Something else"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("text", models.CharField(help_text="The guest's own words.", max_length=1000)),
                        (
                            "email",
                            models.EmailField(
                                blank=True,
                                help_text="Where the host may write to the guest; left for that.",
                                max_length=254,
                            ),
                        ),
                        ("language", models.CharField(help_text="What the guest reads.", max_length=5)),
                        ("asked_at", models.DateTimeField()),
                        ("answer", models.CharField(blank=True, help_text="What the guest reads.", max_length=400)),
                        ("answered_by", models.CharField(blank=True, max_length=150)),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to="billing.receipt",
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                help_text="What was given back for it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to="billing.refund",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("state", "open")), fields=["host"], name="complaint_open")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")), fields=("receipt",), name="complaint_one_open"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at", None), ("state", "open")),
                                    models.Q(("answered_at__isnull", False), ("state", "answered")),
                                    _connector="OR",
                                ),
                                name="complaint_answered_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundOffer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for the host"),
                                    ("offered", "Offered to the guest"),
                                    ("accepted", "Accepted by the guest"),
                                    ("given", "Given by the host"),
                                    ("dismissed", "Dismissed by the host"),
                                    ("overtaken", "Given back another way"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "limit",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Within the limits"),
                                    ("no_terms", "No limit is set"),
                                    ("session", "More than one session may give back"),
                                    ("month", "The limit of the month is reached"),
                                    ("currency", "The limits are in another currency"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("lines", models.JSONField(help_text="The kinds of lines that would be given back.")),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("not_idle", "The idle fee was not the driver's doing"),
                                    ("charged_twice", "The same was charged twice"),
                                    ("not_delivered", "The energy was not delivered"),
                                    ("other_price", "Another price was shown"),
                                    ("goodwill", "Goodwill"),
                                    ("other", "Another reason"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="The evidence, for each line."
                            ),
                        ),
                        ("total_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("made_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(help_text="Until then it can be taken.")),
                        ("decided_by", models.CharField(blank=True, max_length=150)),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "dismissal",
                            models.CharField(blank=True, help_text="Why the host left it as it is.", max_length=400),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund_offers",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "receipt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="offer", to="billing.receipt"
                            ),
                        ),
                        (
                            "refund",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offer",
                                to="billing.refund",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["host", "-id"], name="refundoffer_by_host"),
                            models.Index(
                                condition=models.Q(("state", "waiting")), fields=["host"], name="refundoffer_waiting"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("total_minor__gt", 0)), name="refundoffer_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["accepted", "given"]), _negated=True),
                                    ("refund__isnull", False),
                                    _connector="OR",
                                ),
                                name="refundoffer_has_refund",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("state__in", ["waiting", "offered"])),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("state__in", ["accepted", "given", "dismissed", "overtaken"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="refundoffer_decided_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundOfferTerms",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("most_minor", models.BigIntegerField(help_text="For one session, with tax.")),
                        ("month_minor", models.BigIntegerField(help_text="For all that guests take in a month.")),
                        ("changed_at", models.DateTimeField()),
                        (
                            "host",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refund_offer_terms",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("month_minor__gte", models.F("most_minor")), ("most_minor__gt", 0)),
                                name="refundofferterms_in_order",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundPart",
                    fields=[
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sending", "Being sent"),
                                    ("checking", "Being checked: the processor did not answer"),
                                    ("done", "Gone back"),
                                    ("refused", "Refused by the processor"),
                                    ("otherwise", "Given back another way"),
                                ],
                                default="sending",
                                max_length=10,
                            ),
                        ),
                        (
                            "generation",
                            models.PositiveSmallIntegerField(
                                default=1, help_text="In the idempotency key: which attempt."
                            ),
                        ),
                        (
                            "failure",
                            models.CharField(
                                blank=True, help_text="One sentence: why the processor refused it.", max_length=255
                            ),
                        ),
                        (
                            "note",
                            models.CharField(
                                blank=True, help_text="How it was given back another way.", max_length=400
                            ),
                        ),
                        (
                            "answered_by",
                            models.CharField(blank=True, help_text="Who gave it back another way.", max_length=150),
                        ),
                        ("sent_at", models.DateTimeField(help_text="When the processor was asked last.", null=True)),
                        (
                            "finished_at",
                            models.DateTimeField(help_text="When it had gone back or was refused.", null=True),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                help_text="UUIDv7; in the idempotency key.", primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "hold",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund_parts",
                                to="billing.hold",
                            ),
                        ),
                        (
                            "receivable",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund_parts",
                                to="billing.receivable",
                            ),
                        ),
                        (
                            "refund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="billing.refund"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["sending", "checking"])),
                                fields=["id"],
                                name="refundpart_unfinished",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="refundpart_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "otherwise"), _negated=True),
                                    models.Q(("note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="refundpart_otherwise_says_how",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("hold", None), ("receivable", None), _connector="OR"),
                                name="refundpart_one_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["sending", "done"]), ("hold__isnull", False), _connector="OR"
                                ),
                                name="refundpart_only_cards_refuse",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("hold__isnull", False)),
                                fields=("refund", "hold"),
                                name="refundpart_one_a_hold",
                            ),
                        ],
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="ProcessorTransaction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("processor", models.CharField(max_length=20)),
                        ("ref", models.CharField(max_length=255)),
                        ("kind", models.CharField(max_length=20)),
                        ("amount_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField()),
                        ("net_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("source_ref", models.CharField(blank=True, max_length=255)),
                        ("payment_ref", models.CharField(blank=True, max_length=255)),
                        ("payout_ref", models.CharField(blank=True, max_length=255)),
                        ("made_at", models.DateTimeField()),
                        ("available_at", models.DateTimeField()),
                        (
                            "match",
                            models.CharField(
                                choices=[
                                    ("explained", "In our books"),
                                    ("waiting", "Not looked at yet"),
                                    ("unknown", "Nothing of ours explains it"),
                                    ("answered", "Explained by a person"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        (
                            "finding",
                            models.CharField(
                                blank=True,
                                help_text="One sentence: what explains it, or what is missing.",
                                max_length=400,
                            ),
                        ),
                        ("answered_by", models.CharField(blank=True, max_length=150)),
                        ("seen_at", models.DateTimeField()),
                        (
                            "host",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="processor_transactions",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "period_refund",
                            models.OneToOneField(
                                help_text="Which of our refunds of plans it is.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movement",
                                to="billing.periodrefund",
                            ),
                        ),
                        (
                            "refund_part",
                            models.OneToOneField(
                                help_text="Which of our refunds it is: each explains one movement.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movement",
                                to="billing.refundpart",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["processor", "made_at"], name="processortransaction_by_time"),
                            models.Index(
                                condition=models.Q(("match__in", ["waiting", "unknown"])),
                                fields=["id"],
                                name="processortransaction_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("processor", "ref"), name="processortransaction_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rehearsal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "version_number",
                            models.PositiveIntegerField(help_text="Empty: a draft that was not saved.", null=True),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("definition", models.JSONField(help_text="As `price_session` reads it: `rate`.")),
                        ("month", models.DateField(help_text="Its first day; on the host's properties' clocks.")),
                        (
                            "only_rate",
                            models.BooleanField(default=True, help_text="Only sessions that paid this rate."),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("result", models.JSONField(null=True)),
                        ("failure", models.CharField(blank=True, max_length=255)),
                        ("asked_by", models.CharField(max_length=150)),
                        ("created_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rehearsals",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                help_text="Only its sessions; empty: of all.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "rate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rehearsals",
                                to="billing.rate",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["rate", "-id"], name="rehearsal_by_rate")],
                    },
                ),
                migrations.CreateModel(
                    name="ReportingThreshold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("scheme", models.CharField(choices=[("dac7", "DAC7"), ("1099-k", "1099-K")], max_length=10)),
                        (
                            "from_year",
                            models.PositiveSmallIntegerField(help_text="The first calendar year that it holds for."),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("above_minor", models.BigIntegerField(help_text="Reported where more than this was paid ...")),
                        ("above_count", models.PositiveIntegerField(help_text="... and by more payments than this.")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("scheme", "from_year"), name="reportingthreshold_one_a_year"
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="letter",
                    name="report_run",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="billing.reportrun",
                    ),
                ),
                migrations.CreateModel(
                    name="ReportSchedule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "cycle",
                            models.CharField(
                                choices=[
                                    ("weekly", "Every Monday, of the week before"),
                                    ("monthly", "On the 1st, of the month before"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(help_text="IANA name: whose days the periods have.", max_length=50),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="report_schedules",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="report_schedules",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("host", "user", "cycle"),
                                name="reportschedule_once",
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="reportrun",
                    name="schedule",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="billing.reportschedule"
                    ),
                ),
                migrations.CreateModel(
                    name="SellerFacts",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("company", "A company"), ("person", "A person")],
                                default="company",
                                max_length=7,
                            ),
                        ),
                        (
                            "taxpayer_number_encrypted",
                            models.TextField(blank=True, help_text="TIN; in the US the EIN, ITIN or SSN."),
                        ),
                        (
                            "registration_number",
                            models.CharField(blank=True, help_text="In the register of companies.", max_length=40),
                        ),
                        ("born_on", models.DateField(help_text="Of a person.", null=True)),
                        (
                            "host",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="seller_facts",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "seller facts",
                    },
                ),
                migrations.CreateModel(
                    name="Session",
                    fields=[
                        ("id", models.UUIDField(help_text="UUIDv7 of `opened_at`.", primary_key=True, serialize=False)),
                        (
                            "secret",
                            models.CharField(
                                help_text="Unguessable; in the guest's and receipt's links.", max_length=43, unique=True
                            ),
                        ),
                        ("evse_number", models.PositiveIntegerField(null=True)),
                        ("connector_number", models.PositiveIntegerField(null=True)),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    ("guest", "Guests"),
                                    ("member", "Members"),
                                    ("roaming", "Roaming"),
                                    ("reimbursement", "Reimbursement"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "id_token",
                            models.CharField(
                                blank=True, help_text="What the charger presents for this session.", max_length=36
                            ),
                        ),
                        ("decision_id", models.UUIDField(null=True)),
                        (
                            "rate_sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="Why this rate, or why none."
                            ),
                        ),
                        (
                            "upstream",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The back office that bills it; empty: us.",
                                max_length=100,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting for the plug"),
                                    ("charging", "Charging"),
                                    ("stopped", "Finishing (provisional price)"),
                                    ("settled", "Settled"),
                                    ("held", "Held for review"),
                                    ("failed", "Nothing to pay"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "state_sentences",
                            models.JSONField(
                                blank=True,
                                default=tuple,
                                editable=False,
                                help_text="Why nothing is to pay, or it is held.",
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(null=True)),
                        ("stopped_at", models.DateTimeField(null=True)),
                        ("unplugged_at", models.DateTimeField(null=True)),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "expires_at",
                            models.DateTimeField(help_text="While it waits: when it is given up.", null=True),
                        ),
                        (
                            "outlet_taken_at",
                            models.DateTimeField(
                                help_text="When the guest's money was held, and so the outlet.", null=True
                            ),
                        ),
                        (
                            "order_key",
                            models.UUIDField(
                                help_text="Of the form that was sent: sent again, it leads to the same session.",
                                null=True,
                                unique=True,
                            ),
                        ),
                        (
                            "billed_until",
                            models.DateTimeField(
                                help_text="Nothing after it is billed, although charging went on.", null=True
                            ),
                        ),
                        (
                            "late_stop_at",
                            models.DateTimeField(
                                help_text="When a stop came after the session had been closed.", null=True
                            ),
                        ),
                        (
                            "benefits",
                            models.JSONField(
                                help_text="What the driver's plan brings, frozen when the session began.", null=True
                            ),
                        ),
                        (
                            "guest_email",
                            models.EmailField(
                                blank=True, help_text="Where its documents go; hosts see it masked.", max_length=254
                            ),
                        ),
                        (
                            "guest_language",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="In which the guest left the address.",
                                max_length=2,
                            ),
                        ),
                        (
                            "charger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sessions",
                                to="chargers.charger",
                            ),
                        ),
                        (
                            "driver",
                            models.ForeignKey(
                                help_text="Who has an account.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="sessions",
                                to="billing.driver",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="chargers.host"
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sessions",
                                to="chargers.property",
                            ),
                        ),
                        (
                            "rate_version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sessions",
                                to="billing.rateversion",
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="sessions",
                                to="authorization.token",
                            ),
                        ),
                        (
                            "transaction",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="session",
                                to="chargers.transaction",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["decision_id"], name="session_by_decision"),
                            models.Index(fields=["host", "-id"], name="session_by_host"),
                            models.Index(
                                models.F("host"),
                                models.OrderBy(
                                    django.db.models.functions.comparison.Coalesce("started_at", "opened_at"),
                                    descending=True,
                                ),
                                models.OrderBy(models.F("id"), descending=True),
                                name="session_by_start_at_host",
                            ),
                            models.Index(
                                models.OrderBy(
                                    django.db.models.functions.comparison.Coalesce("started_at", "opened_at"),
                                    descending=True,
                                ),
                                models.OrderBy(models.F("id"), descending=True),
                                name="session_by_start",
                            ),
                            models.Index(fields=["charger", "-id"], name="session_by_charger"),
                            models.Index(
                                condition=models.Q(("state", "held")), fields=["host", "id"], name="session_held"
                            ),
                            models.Index(
                                condition=models.Q(("state", "settled")),
                                fields=["settled_at", "host"],
                                name="session_by_settlement",
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "charging", "stopped"])),
                                fields=["state", "id"],
                                name="session_unfinished",
                            ),
                            models.Index(
                                condition=models.Q(("driver__isnull", False)),
                                fields=["driver", "-id"],
                                name="session_by_driver",
                            ),
                            models.Index(
                                django.db.models.fields.json.KeyTextTransform("period", "benefits"),
                                condition=models.Q(("benefits__isnull", False)),
                                name="session_by_period",
                            ),
                            models.Index(
                                condition=models.Q(("late_stop_at__isnull", False)),
                                fields=["late_stop_at"],
                                name="session_stopped_late",
                            ),
                            models.Index(
                                condition=models.Q(("guest_email", ""), _negated=True),
                                fields=["guest_email"],
                                name="session_by_guest",
                            ),
                            models.Index(
                                django.db.models.functions.text.Upper("guest_email"),
                                name="session_by_guest_in_any_case",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("outlet_taken_at__isnull", False), ("state", "waiting")),
                                fields=("charger", "evse_number"),
                                name="session_one_paid_guest_at_an_outlet",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "failed"]), ("started_at__isnull", False), _connector="OR"
                                ),
                                name="session_started_unless_waiting_or_failed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "settled"), _negated=True),
                                    ("settled_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="session_settled_has_time",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="receivable",
                    name="session",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receivables", to="billing.session"
                    ),
                ),
                migrations.AddField(
                    model_name="receipt",
                    name="session",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="billing.session"
                    ),
                ),
                migrations.AddField(
                    model_name="rating",
                    name="session",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ratings", to="billing.session"
                    ),
                ),
                migrations.CreateModel(
                    name="Override",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "payer",
                            models.CharField(
                                choices=[
                                    ("guest", "The guest’s own hold"),
                                    ("host", "The host"),
                                    ("platform", "The platform, as goodwill"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("most_wh", models.PositiveIntegerField()),
                        ("most_s", models.PositiveIntegerField(help_text="Seconds from the start.")),
                        (
                            "most_minor",
                            models.BigIntegerField(
                                help_text="The platform pays no more; null: no such limit.", null=True
                            ),
                        ),
                        ("starts_before", models.DateTimeField(help_text="What has not begun by then does not begin.")),
                        ("ordered_by", models.CharField(max_length=150)),
                        ("reason", models.CharField(max_length=300)),
                        ("ticket", models.CharField(blank=True, help_text="The ticket's number.", max_length=20)),
                        ("ordered_at", models.DateTimeField()),
                        (
                            "limit",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "None reached"),
                                    ("energy", "The energy"),
                                    ("time", "The time"),
                                    ("money", "What one person may give away"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "limit_at",
                            models.DateTimeField(help_text="When a limit was reached and the stop ordered.", null=True),
                        ),
                        (
                            "session",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="override",
                                to="billing.session",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("most_s__gt", 0), ("most_wh__gt", 0)), name="override_has_limits"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("limit", ""), ("limit_at", None)),
                                    models.Q(models.Q(("limit", ""), _negated=True), ("limit_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="override_limit_has_time",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="letter",
                    name="session",
                    field=models.ForeignKey(
                        help_text="Which it is about, without one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="billing.session",
                    ),
                ),
                migrations.AddField(
                    model_name="ledgerentry",
                    name="session",
                    field=models.ForeignKey(
                        help_text="Which session it is about, if about one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_entries",
                        to="billing.session",
                    ),
                ),
                migrations.CreateModel(
                    name="LateStop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("same", "The price stays"),
                                    ("refunded", "The difference goes back"),
                                    ("refund_waits", "A refund waits for a second person"),
                                    ("declined", "A second person declined the refund"),
                                    ("not_billed", "More was charged than billed: not billed"),
                                    ("billed", "More was charged than billed: the difference was billed"),
                                    ("left", "More was charged than billed: left as it was"),
                                    ("too_late", "It came too late to change anything"),
                                    ("doubtful", "Its readings cannot be true"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("billed_minor", models.BigIntegerField()),
                        ("total_minor", models.BigIntegerField(help_text="With the stop that came late.")),
                        ("energy_wh", models.BigIntegerField()),
                        (
                            "sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="What the late stop changes."
                            ),
                        ),
                        ("inputs", models.JSONField()),
                        ("report", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "answered_by",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Who billed the difference, or left it.",
                                max_length=150,
                            ),
                        ),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "asked_at",
                            models.DateTimeField(
                                help_text="When the saved card was asked for the difference, if one is.", null=True
                            ),
                        ),
                        (
                            "session",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="late_stop",
                                to="billing.session",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("asked_at", None), ("outcome", "billed")),
                                fields=["id"],
                                name="latestop_to_be_charged",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome__in", ["billed", "left"]), _negated=True),
                                    ("answered_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="latestop_answer_has_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdleNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("since", models.DateTimeField(help_text="When charging ended; it may go on and end again.")),
                        ("seen_at", models.DateTimeField()),
                        (
                            "session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="idle_notices",
                                to="billing.session",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("session", "since"), name="idlenotice_once_an_end")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeCharge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("price_minor", models.BigIntegerField()),
                        ("paid_minor", models.BigIntegerField()),
                        (
                            "payout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="charges",
                                to="billing.homepayout",
                            ),
                        ),
                        (
                            "session",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="home_charge",
                                to="billing.session",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("paid_minor__gte", 0), ("paid_minor__lte", models.F("price_minor"))
                                ),
                                name="homecharge_pays_at_most_its_price",
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="hold",
                    name="session",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="billing.session"
                    ),
                ),
                migrations.CreateModel(
                    name="DriverLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "secret_hash",
                            models.CharField(
                                help_text="SHA-256 of what stands in the link.", max_length=64, unique=True
                            ),
                        ),
                        ("email", models.EmailField(help_text="Stored in lower case.", max_length=254)),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "driver",
                            models.ForeignKey(
                                help_text="Who changes to this address.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="billing.driver",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                help_text="The receipt to keep.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="billing.session",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["expires_at"], name="driverlink_by_end")],
                    },
                ),
                migrations.CreateModel(
                    name="SimulatedBank",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("last4", models.CharField(max_length=4)),
                        ("detached_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="banks",
                                to="billing.simulatedaccount",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SimulatedDelivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("event_id", models.CharField(max_length=40)),
                        ("raw", models.TextField()),
                        ("due_at", models.DateTimeField()),
                        ("delivered_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name_plural": "simulated deliveries",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("delivered_at", None)),
                                fields=["due_at"],
                                name="simulateddelivery_due",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SimulatedPayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("last4", models.CharField(max_length=4)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requires_action", "The cardholder must confirm"),
                                    ("requires_capture", "Authorised"),
                                    ("succeeded", "Captured"),
                                    ("canceled", "Released or expired"),
                                    ("declined", "Declined"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("decline_code", models.CharField(blank=True, max_length=40)),
                        ("captured_minor", models.BigIntegerField(default=0)),
                        ("refunded_minor", models.BigIntegerField(default=0)),
                        ("capture_before", models.DateTimeField()),
                        ("is_expired", models.BooleanField(default=False)),
                        (
                            "behaviour",
                            models.CharField(
                                blank=True, help_text="What its test card makes the processor do.", max_length=20
                            ),
                        ),
                        (
                            "captures_at_once",
                            models.BooleanField(db_default=False, default=False, help_text="Charged, not held."),
                        ),
                        ("customer_ref", models.CharField(blank=True, db_default="", default="", max_length=40)),
                        (
                            "card_ref",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="Where it was kept.", max_length=40
                            ),
                        ),
                        ("fee_minor", models.BigIntegerField(help_text="Known from the capture on.", null=True)),
                        (
                            "return_url",
                            models.CharField(
                                blank=True, help_text="Where its page sends the cardholder back to.", max_length=500
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("captured_minor__lte", models.F("amount_minor")),
                                    ("refunded_minor__lte", models.F("captured_minor")),
                                ),
                                name="simulatedpayment_amounts_in_order",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SimulatedDispute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("amount_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField()),
                        ("reason", models.CharField(max_length=40)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("needs_response", "Waits for evidence"),
                                    ("under_review", "The bank reads the evidence"),
                                    ("won", "Won"),
                                    ("lost", "Lost"),
                                ],
                                default="needs_response",
                                max_length=20,
                            ),
                        ),
                        ("evidence", models.TextField(blank=True)),
                        ("opened_at", models.DateTimeField()),
                        ("respond_before", models.DateTimeField()),
                        ("decides_at", models.DateTimeField(null=True)),
                        (
                            "payment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="dispute",
                                to="billing.simulatedpayment",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SimulatedPayout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("amount_minor", models.BigIntegerField(help_text="Negative: the bank is debited.")),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("in_transit", "On its way"),
                                    ("paid", "Paid"),
                                    ("failed", "Returned by the bank"),
                                ],
                                default="pending",
                                max_length=10,
                            ),
                        ),
                        ("failure_code", models.CharField(blank=True, max_length=40)),
                        ("trace", models.CharField(max_length=40)),
                        ("created_at", models.DateTimeField()),
                        ("arrives_at", models.DateTimeField()),
                        ("returns_at", models.DateTimeField(help_text="When its bank will send it back.", null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="payouts",
                                to="billing.simulatedaccount",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SimulatedBalanceTransaction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("kind", models.CharField(max_length=20)),
                        ("amount_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField(default=0)),
                        ("net_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("source_ref", models.CharField(max_length=40)),
                        ("payment_ref", models.CharField(blank=True, max_length=40)),
                        ("created_at", models.DateTimeField()),
                        ("available_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="movements",
                                to="billing.simulatedaccount",
                            ),
                        ),
                        (
                            "payout",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="movements",
                                to="billing.simulatedpayout",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["account", "currency", "created_at"], name="simulatedbalance_by_account"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "net_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("amount_minor"), "-", models.F("fee_minor")
                                        ),
                                    )
                                ),
                                name="simulatedbalance_net_is_amount_less_fee",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SimulatedRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=255, unique=True)),
                        ("parameters", models.JSONField()),
                        (
                            "subject",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The reference of what is no payment.",
                                max_length=40,
                            ),
                        ),
                        ("answer", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "payment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="requests",
                                to="billing.simulatedpayment",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SimulatedTransfer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=40, unique=True)),
                        ("amount_minor", models.BigIntegerField()),
                        ("reversed_minor", models.BigIntegerField(default=0)),
                        ("currency", models.CharField(max_length=3)),
                        ("created_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="transfers",
                                to="billing.simulatedaccount",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reversed_minor__gte", 0), ("reversed_minor__lte", models.F("amount_minor"))
                                ),
                                name="simulatedtransfer_reversed_at_most",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Statement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("month", "Month"), ("year", "Year")], default="month", max_length=5
                            ),
                        ),
                        (
                            "begins_on",
                            models.DateField(help_text="The first day of the month or year that it is named after."),
                        ),
                        ("begins_at", models.DateTimeField(help_text="Where the one before ended.")),
                        ("ends_at", models.DateTimeField(help_text="The first moment after it.")),
                        ("time_zone", models.CharField(max_length=64)),
                        ("series", models.CharField(max_length=20)),
                        ("number", models.PositiveBigIntegerField()),
                        ("opening_minor", models.BigIntegerField()),
                        ("credited_minor", models.BigIntegerField(help_text="For the host.")),
                        ("debited_minor", models.BigIntegerField(help_text="Against it.")),
                        ("closing_minor", models.BigIntegerField()),
                        ("lines", models.PositiveIntegerField()),
                        ("closed_at", models.DateTimeField()),
                        ("csv_sha256", models.CharField(blank=True, max_length=64)),
                        ("pdf_sha256", models.CharField(blank=True, max_length=64)),
                        ("csv_bytes", models.PositiveBigIntegerField(default=0)),
                        ("pdf_bytes", models.PositiveBigIntegerField(default=0)),
                        ("made_at", models.DateTimeField(help_text="When its files were written.", null=True)),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "previous",
                            models.OneToOneField(
                                help_text="The one before of the same kind.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="next",
                                to="billing.statement",
                            ),
                        ),
                        (
                            "property",
                            models.ForeignKey(
                                help_text="Null: the whole host.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
                                to="chargers.property",
                            ),
                        ),
                    ],
                    bases=(billing.models.statements._Numbered, models.Model),
                    options={
                        "indexes": [
                            models.Index(fields=["host", "-ends_at"], name="statement_by_host"),
                            models.Index(
                                condition=models.Q(("made_at", None)), fields=["id"], name="statement_without_files"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "property", "currency", "kind", "begins_on"),
                                name="statement_one_a_period",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("previous", None)),
                                fields=("host", "property", "currency", "kind"),
                                name="statement_one_first",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                fields=("host", "series", "number"), name="statement_number_unique_in_series"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("begins_at__lt", models.F("ends_at"))), name="statement_period"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "closing_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("opening_minor"), "+", models.F("credited_minor")
                                            ),
                                            "-",
                                            models.F("debited_minor"),
                                        ),
                                    )
                                ),
                                name="statement_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("previous__isnull", False), ("opening_minor", 0), _connector="OR"),
                                name="statement_first_opens_with_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("csv_sha256", ""), ("made_at", None), ("pdf_sha256", "")),
                                    models.Q(
                                        ("made_at__isnull", False),
                                        models.Q(("csv_sha256", ""), _negated=True),
                                        models.Q(("pdf_sha256", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="statement_made_has_hashes",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="letter",
                    name="statement",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="billing.statement",
                    ),
                ),
                migrations.CreateModel(
                    name="StatementPiece",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("format", models.CharField(choices=[("csv", "CSV"), ("pdf", "PDF")], max_length=3)),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.BinaryField(help_text="zlib.")),
                        (
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pieces",
                                to="billing.statement",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("statement", "format", "number"), name="statementpiece_one")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementReader",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="statement_readers",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="statements_read",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("user", "host"), name="statementreader_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
                    fields=[
                        (
                            "id",
                            models.UUIDField(help_text="UUIDv7 of `created_at`.", primary_key=True, serialize=False),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Waiting for the first payment"),
                                    ("active", "Active"),
                                    ("past_due", "Payment is due"),
                                    ("ended", "Ended"),
                                ],
                                default="pending",
                                max_length=10,
                            ),
                        ),
                        ("time_zone", models.CharField(help_text="In which its days begin.", max_length=64)),
                        (
                            "anchor_day",
                            models.PositiveSmallIntegerField(help_text="On which day of the month a period begins."),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("past_due_since", models.DateTimeField(null=True)),
                        ("ends_at_period_end", models.BooleanField(default=False)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "end_reason",
                            models.CharField(
                                blank=True, help_text="One sentence, for driver and host.", max_length=255
                            ),
                        ),
                        (
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="billing.paymentcard",
                            ),
                        ),
                        (
                            "driver",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="billing.driver",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="chargers.host",
                            ),
                        ),
                        (
                            "next_plan",
                            models.ForeignKey(
                                help_text="From the next period on.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.plan",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="billing.plan",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["host", "-id"], name="subscription_by_host")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["pending", "active", "past_due"])),
                                fields=("driver", "host"),
                                name="subscription_one_live_at_a_host",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ended"), _negated=True),
                                    ("ended_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="subscription_ended_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "past_due"), _negated=True),
                                    ("past_due_since__isnull", False),
                                    _connector="OR",
                                ),
                                name="subscription_due_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubscriptionPeriod",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                help_text="UUIDv7; in the idempotency keys.", primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="From 1, without gaps.")),
                        ("begins_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("full_minor", models.BigIntegerField(help_text="Of a whole period.")),
                        ("total_minor", models.BigIntegerField(help_text="Of this one, with its tax.")),
                        ("tax_minor", models.BigIntegerField()),
                        ("included_wh", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("due", "To be charged"),
                                    ("charging", "Being charged"),
                                    ("confirming", "The cardholder's bank asks"),
                                    ("paid", "Paid"),
                                    ("failed", "Not paid"),
                                ],
                                default="due",
                                max_length=10,
                            ),
                        ),
                        (
                            "generation",
                            models.PositiveSmallIntegerField(default=1, help_text="Which attempt to charge it."),
                        ),
                        ("due_at", models.DateTimeField(help_text="When it is charged next.")),
                        ("processor", models.CharField(max_length=20)),
                        ("processor_ref", models.CharField(blank=True, max_length=255)),
                        ("last4", models.CharField(blank=True, max_length=4)),
                        (
                            "decline",
                            models.CharField(
                                blank=True, help_text="The processor's code of the last refusal.", max_length=30
                            ),
                        ),
                        (
                            "failure_sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="Why it was refused."
                            ),
                        ),
                        ("next_action_url", models.CharField(blank=True, max_length=500)),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("refunded_minor", models.BigIntegerField(default=0)),
                        (
                            "earned_at",
                            models.DateTimeField(help_text="When what is left of it became the host's.", null=True),
                        ),
                        (
                            "card",
                            models.ForeignKey(
                                help_text="Of the last attempt.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="periods",
                                to="billing.paymentcard",
                            ),
                        ),
                        (
                            "subscription",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="periods",
                                to="billing.subscription",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="periods",
                                to="billing.planversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["due", "charging", "confirming"])),
                                fields=["due_at"],
                                name="period_unfinished",
                            ),
                            models.Index(
                                condition=models.Q(("earned_at", None)), fields=["ends_at"], name="period_not_earned"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("subscription", "number"), name="subscriptionperiod_once"),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("begins_at"))),
                                name="subscriptionperiod_ends_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_minor__gte", 0),
                                    ("refunded_minor__lte", models.F("total_minor")),
                                    ("tax_minor__gte", 0),
                                    ("tax_minor__lte", models.F("total_minor")),
                                ),
                                name="subscriptionperiod_amounts_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "paid"), _negated=True),
                                    ("paid_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="subscriptionperiod_paid_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanChange",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                help_text="UUIDv7 of `agreed_at`; in the idempotency key.",
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("charging", "The difference is being charged"),
                                    ("confirming", "The cardholder's bank asks"),
                                    ("done", "Changed"),
                                    ("refused", "Not changed"),
                                ],
                                default="charging",
                                max_length=10,
                            ),
                        ),
                        ("agreed_at", models.DateTimeField(help_text="From when the new plan counts.")),
                        (
                            "days",
                            models.PositiveSmallIntegerField(
                                help_text="Paid to the new plan, and given back of the old one."
                            ),
                        ),
                        ("whole_days", models.PositiveSmallIntegerField(help_text="Of a whole period.")),
                        ("old_days", models.PositiveSmallIntegerField(help_text="Of the old plan's period.")),
                        ("total_minor", models.BigIntegerField(help_text="Of the new plan for its days, with tax.")),
                        ("tax_minor", models.BigIntegerField()),
                        ("credit_minor", models.BigIntegerField(help_text="Of the old plan, with tax.")),
                        ("credit_tax_minor", models.BigIntegerField()),
                        ("own_wh", models.BigIntegerField(help_text="Of the new plan for its days.")),
                        (
                            "carried_wh",
                            models.BigIntegerField(help_text="Paid for with the old plan and not used: it goes along."),
                        ),
                        ("used_wh", models.BigIntegerField(help_text="Of the old plan when it was agreed.")),
                        (
                            "is_by_energy",
                            models.BooleanField(help_text="Less goes back than for the days: more energy is used."),
                        ),
                        (
                            "is_used_today",
                            models.BooleanField(help_text="The day of the change stays with the old plan."),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("due_at", models.DateTimeField(help_text="While it is open: when it is looked at next.")),
                        ("processor", models.CharField(max_length=20)),
                        ("processor_ref", models.CharField(blank=True, max_length=255)),
                        ("last4", models.CharField(blank=True, max_length=4)),
                        (
                            "decline",
                            models.CharField(
                                blank=True, help_text="The processor's code of the refusal.", max_length=30
                            ),
                        ),
                        (
                            "failure_sentences",
                            models.JSONField(
                                blank=True, default=tuple, editable=False, help_text="Why nothing was changed."
                            ),
                        ),
                        ("next_action_url", models.CharField(blank=True, max_length=500)),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plan_changes",
                                to="billing.paymentcard",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="billing.planversion",
                            ),
                        ),
                        (
                            "subscription",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="billing.subscription",
                            ),
                        ),
                        (
                            "made",
                            models.OneToOneField(
                                help_text="Of the new plan.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="change",
                                to="billing.subscriptionperiod",
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                help_text="That of the old plan.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="billing.subscriptionperiod",
                            ),
                        ),
                    ],
                    bases=(billing.proration.exchange.SetOff, models.Model),
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["charging", "confirming"])),
                                fields=["due_at"],
                                name="planchange_unfinished",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["charging", "confirming"])),
                                fields=("subscription",),
                                name="planchange_one_open_a_subscription",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "done")),
                                fields=("period",),
                                name="planchange_once_a_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("carried_wh__gte", 0),
                                    ("credit_minor__gte", 0),
                                    ("credit_tax_minor__gte", 0),
                                    ("own_wh__gte", 0),
                                    ("tax_minor__gte", 0),
                                    ("total_minor__gte", 0),
                                ),
                                name="planchange_amounts_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("finished_at__isnull", False), ("made__isnull", False), ("state", "done")
                                    ),
                                    models.Q(models.Q(("state", "done"), _negated=True), ("made", None)),
                                    _connector="OR",
                                ),
                                name="planchange_done_has_period",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="periodrefund",
                    name="paid_for",
                    field=models.ForeignKey(
                        help_text="Whose payment gives it back.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.subscriptionperiod",
                    ),
                ),
                migrations.AddField(
                    model_name="periodrefund",
                    name="period",
                    field=models.ForeignKey(
                        help_text="Which was cut short.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="billing.subscriptionperiod",
                    ),
                ),
                migrations.CreateModel(
                    name="Invoice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("series", models.CharField(max_length=20)),
                        ("number", models.PositiveBigIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                                default="invoice",
                                max_length=12,
                            ),
                        ),
                        ("issued_at", models.DateTimeField()),
                        (
                            "document",
                            models.JSONField(help_text="All that is printed on it, without the name of the driver."),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="chargers.host"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="billing.subscriptionperiod",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("host", "series", "number"), name="invoice_number_unique_in_series"
                            ),
                            models.UniqueConstraint(fields=("period", "kind"), name="invoice_one_of_a_kind"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("url", models.CharField(max_length=500)),
                        ("secret", models.TextField(help_text="Encrypted; signs every telling.")),
                        ("kinds", models.JSONField(help_text="What is told; null: everything.", null=True)),
                        ("created_by", models.CharField(max_length=150)),
                        ("created_at", models.DateTimeField()),
                        (
                            "failing_since",
                            models.DateTimeField(
                                help_text="The first failure since it last took something.", null=True
                            ),
                        ),
                        ("disabled_at", models.DateTimeField(null=True)),
                        (
                            "disabled_why",
                            models.CharField(blank=True, help_text="One sentence for the host.", max_length=255),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="webhook_endpoints",
                                to="chargers.host",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("disabled_at", None)), fields=["host"], name="webhookendpoint_told"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("disabled_at__isnull", True),
                                    models.Q(("disabled_why", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="webhookendpoint_disabled_says_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookDelivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event_id",
                            models.UUIDField(
                                help_text="UUIDv7, the same however often it is sent: who has seen it, has it."
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        (
                            "key",
                            models.CharField(help_text="What of what was told: once to an endpoint.", max_length=120),
                        ),
                        ("body", models.TextField(help_text="The JSON, letter for letter as it is signed and sent.")),
                        ("made_at", models.DateTimeField()),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        (
                            "next_try_at",
                            models.DateTimeField(help_text="While it is being sent: when that is taken for lost."),
                        ),
                        ("tried_at", models.DateTimeField(null=True)),
                        ("delivered_at", models.DateTimeField(null=True)),
                        ("given_up_at", models.DateTimeField(null=True)),
                        (
                            "last_status",
                            models.PositiveSmallIntegerField(help_text="HTTP status of the last answer.", null=True),
                        ),
                        (
                            "last_error",
                            models.CharField(
                                blank=True, help_text="Goes on after the endpoint's name.", max_length=255
                            ),
                        ),
                        (
                            "endpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="billing.webhookendpoint",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("delivered_at", None), ("given_up_at", None)),
                                fields=["endpoint", "next_try_at"],
                                name="webhookdelivery_due",
                            ),
                            models.Index(fields=["endpoint", "-id"], name="webhookdelivery_newest"),
                            models.Index(fields=["made_at"], name="webhookdelivery_by_age"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("endpoint", "key"), name="webhookdelivery_told_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("delivered_at__isnull", True), ("given_up_at__isnull", True), _connector="OR"
                                ),
                                name="webhookdelivery_one_end",
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="alertrule",
                    name="endpoint",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alert_rules",
                        to="billing.webhookendpoint",
                    ),
                ),
                migrations.CreateModel(
                    name="AttentionMark",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(
                                help_text="Such as charger:CP1, property:sunset-1 or host:sunset.", max_length=80
                            ),
                        ),
                        ("snoozed_by", models.CharField(blank=True, max_length=150)),
                        ("snoozed_at", models.DateTimeField(null=True)),
                        ("snoozed_until", models.DateTimeField(null=True)),
                        (
                            "snoozed_causes",
                            models.JSONField(help_text="Null: whatever it is about, until then.", null=True),
                        ),
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attention_marks",
                                to="chargers.host",
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
                migrations.AddConstraint(
                    model_name="reportrun",
                    constraint=models.UniqueConstraint(
                        fields=("schedule", "begins_at"), name="reportrun_once_a_period"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receivable",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("session",), name="receivable_one_open_a_session"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "receipt")), fields=("session",), name="receipt_one_a_session"
                    ),
                ),
                migrations.AddIndex(
                    model_name="rating",
                    index=models.Index(fields=["session", "-id"], name="rating_by_session"),
                ),
                migrations.AddConstraint(
                    model_name="rating",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "final")), fields=("session",), name="rating_one_final"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="hold",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(
                            ("role", "main"), ("state__in", ["authorising", "authorised", "captured", "unknown"])
                        ),
                        fields=("session",),
                        name="hold_one_live_main_a_session",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="hold",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("role", "account")),
                        fields=("session",),
                        name="hold_one_of_the_account_a_session",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="hold",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("role__in", ["extension", "rest"]), ("state", "authorising")),
                        fields=("session", "role"),
                        name="hold_asks_for_one_more_at_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="letter",
                    constraint=models.UniqueConstraint(fields=("receipt", "address"), name="letter_once_an_address"),
                ),
                migrations.AddConstraint(
                    model_name="letter",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("receipt__isnull", False),
                            models.Q(
                                models.Q(("key", ""), _negated=True),
                                models.Q(
                                    ("driver__isnull", False),
                                    ("session__isnull", False),
                                    ("bank_account__isnull", False),
                                    ("payout__isnull", False),
                                    ("statement__isnull", False),
                                    ("home_invoice__isnull", False),
                                    ("home_payout__isnull", False),
                                    ("payee__isnull", False),
                                    ("alert_rule__isnull", False),
                                    ("report_run__isnull", False),
                                    models.Q(("page", ""), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="letter_about_something",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="periodrefund",
                    constraint=models.UniqueConstraint(fields=("period", "number"), name="periodrefund_once"),
                ),
                migrations.AddConstraint(
                    model_name="alertrule",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("channel", "email"), ("endpoint", None)),
                            models.Q(("channel", "webhook"), ("endpoint__isnull", False)),
                            _connector="OR",
                        ),
                        name="alertrule_channel_has_its_endpoint",
                    ),
                ),
            ]
        )
    ]
