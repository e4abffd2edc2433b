"""Statements become documents: closed once, chained, with files that never change. What is posted later is later.

An entry that is written after a month was closed gets the moment at which the closed month ended, although whoever
posted it read the clock before. Closing locks the host's row, so that it sees every entry of the month.
"""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

_GUARD = """
CREATE FUNCTION billing_statement_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before billing_statement%ROWTYPE;
BEGIN
    IF NEW.previous_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO before FROM billing_statement WHERE id = NEW.previous_id;
    IF (before.host_id, before.property_id, before.currency, before.kind, before.ends_at, before.closing_minor)
        IS DISTINCT FROM (NEW.host_id, NEW.property_id, NEW.currency, NEW.kind, NEW.begins_at, NEW.opening_minor)
    THEN
        RAISE EXCEPTION 'a statement begins where the one before ended: % does not', NEW.begins_on
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_statement_follows BEFORE INSERT ON billing_statement
    FOR EACH ROW EXECUTE FUNCTION billing_statement_follows();

CREATE FUNCTION billing_statement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept billing_statement%ROWTYPE := NEW;
BEGIN
    IF OLD.made_at IS NULL AND NEW.made_at IS NOT NULL THEN
        kept.made_at := OLD.made_at;
        kept.csv_sha256 := OLD.csv_sha256;
        kept.pdf_sha256 := OLD.pdf_sha256;
        kept.csv_bytes := OLD.csv_bytes;
        kept.pdf_bytes := OLD.pdf_bytes;
        IF kept IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'statements never change: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_statement_stays BEFORE UPDATE ON billing_statement
    FOR EACH ROW EXECUTE FUNCTION billing_statement_stays();
CREATE TRIGGER billing_statement_is_not_deleted BEFORE DELETE ON billing_statement
    FOR EACH ROW EXECUTE FUNCTION billing_document_stays();
CREATE TRIGGER billing_statement_is_kept BEFORE TRUNCATE ON billing_statement
    FOR EACH STATEMENT EXECUTE FUNCTION billing_document_stays();

CREATE FUNCTION billing_statementpiece_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM billing_statement WHERE id = NEW.statement_id AND made_at IS NOT NULL) THEN
        RAISE EXCEPTION 'statement % is made already', NEW.statement_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_statementpiece_belongs BEFORE INSERT ON billing_statementpiece
    FOR EACH ROW EXECUTE FUNCTION billing_statementpiece_belongs();
CREATE TRIGGER billing_statementpiece_stays BEFORE UPDATE OR DELETE ON billing_statementpiece
    FOR EACH ROW EXECUTE FUNCTION billing_document_stays();
CREATE TRIGGER billing_statementpiece_is_kept BEFORE TRUNCATE ON billing_statementpiece
    FOR EACH STATEMENT EXECUTE FUNCTION billing_document_stays();

CREATE FUNCTION billing_ledgerentry_after_statements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed timestamptz;
BEGIN
    -- Waits for a closing of this host; each query of this function sees what was committed before it.
    PERFORM 1 FROM chargers_host WHERE id = NEW.host_id FOR KEY SHARE;
    SELECT ends_at INTO closed FROM billing_statement WHERE host_id = NEW.host_id ORDER BY ends_at DESC LIMIT 1;
    IF closed > NEW.posted_at THEN
        NEW.posted_at := closed;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_ledgerentry_after_statements BEFORE INSERT ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_ledgerentry_after_statements();
"""
_UNGUARD = """
DROP FUNCTION billing_ledgerentry_after_statements() CASCADE;
DROP FUNCTION billing_statementpiece_belongs() CASCADE;
DROP FUNCTION billing_statement_stays() CASCADE;
DROP FUNCTION billing_statement_follows() CASCADE;
"""
# Thresholds of the laws as they stood when this was written; agents change them in the admin. The 1099-K's were
# restored in July 2025 for all years before it, too. DAC7 has none for services.
_THRESHOLDS = """
INSERT INTO billing_reportingthreshold (scheme, from_year, currency, above_minor, above_count)
    VALUES ('1099-k', 2011, 'USD', 2000000, 200), ('dac7', 2023, 'EUR', 0, 0)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0041_bank_lines"),
        ("chargers", "0018_transactions_by_decision"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportingThreshold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(choices=[("dac7", "DAC7"), ("1099-k", "1099-K")], max_length=10)),
                ("from_year", models.PositiveSmallIntegerField(help_text="The first calendar year that it holds for.")),
                ("currency", models.CharField(max_length=3)),
                ("above_minor", models.BigIntegerField(help_text="Reported where more than this was paid ...")),
                ("above_count", models.PositiveIntegerField(help_text="... and by more payments than this.")),
            ],
        ),
        migrations.CreateModel(
            name="SellerFacts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("company", "A company"), ("person", "A person")], default="company", max_length=7
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
            ],
            options={
                "verbose_name_plural": "seller facts",
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                (
                    "kind",
                    models.CharField(choices=[("month", "Month"), ("year", "Year")], default="month", max_length=5),
                ),
                ("begins_on", models.DateField(help_text="The first day of the month or year that it is named after.")),
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
            ],
        ),
        migrations.CreateModel(
            name="StatementPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("format", models.CharField(choices=[("csv", "CSV"), ("pdf", "PDF")], max_length=3)),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField(help_text="zlib.")),
            ],
        ),
        migrations.CreateModel(
            name="StatementReader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="letter",
            name="letter_about_something",
        ),
        migrations.AddField(
            model_name="letter",
            name="payout",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="billing.payout"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportingthreshold",
            constraint=models.UniqueConstraint(fields=("scheme", "from_year"), name="reportingthreshold_one_a_year"),
        ),
        migrations.AddField(
            model_name="sellerfacts",
            name="host",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="seller_facts", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="host",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="previous",
            field=models.OneToOneField(
                help_text="The one before of the same kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="next",
                to="billing.statement",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="property",
            field=models.ForeignKey(
                help_text="Null: the whole host.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statements",
                to="chargers.property",
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="statement",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="billing.statement"
            ),
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
                            ("payout__isnull", False),
                            ("statement__isnull", False),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="letter_about_something",
            ),
        ),
        migrations.AddField(
            model_name="statementpiece",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pieces", to="billing.statement"
            ),
        ),
        migrations.AddField(
            model_name="statementreader",
            name="host",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="statement_readers", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="statementreader",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="statements_read", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["host", "-ends_at"], name="statement_by_host"),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(condition=models.Q(("made_at", None)), fields=["id"], name="statement_without_files"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                fields=("host", "property", "currency", "kind", "begins_on"),
                name="statement_one_a_period",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("previous", None)),
                fields=("host", "property", "currency", "kind"),
                name="statement_one_first",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                fields=("host", "series", "number"), name="statement_number_unique_in_series"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins_at__lt", models.F("ends_at"))), name="statement_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("previous__isnull", False), ("opening_minor", 0), _connector="OR"),
                name="statement_first_opens_with_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="statementpiece",
            constraint=models.UniqueConstraint(fields=("statement", "format", "number"), name="statementpiece_one"),
        ),
        migrations.AddConstraint(
            model_name="statementreader",
            constraint=models.UniqueConstraint(fields=("user", "host"), name="statementreader_once"),
        ),
        migrations.RunSQL(_GUARD, _UNGUARD),
        migrations.RunSQL(_THRESHOLDS, migrations.RunSQL.noop),
    ]
