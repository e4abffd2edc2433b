import django.db.models.deletion
from django.db import migrations, models

_GUARD = """
ALTER TABLE billing_ledgerentry ADD COLUMN written_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);

CREATE FUNCTION billing_books_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := coalesce((to_jsonb(NEW) ->> 'entry_id')::bigint, NEW.id);  -- a posting's, or the entry itself
    odd text;
BEGIN
    SELECT currency INTO odd FROM billing_posting WHERE entry_id = entry GROUP BY currency
        HAVING sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) <> 0 LIMIT 1;
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % does not balance in %', entry, odd USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM billing_posting WHERE entry_id = entry) THEN
        RAISE EXCEPTION 'ledger entry % has no postings', entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER billing_posting_balances AFTER INSERT ON billing_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_books_balance();
CREATE CONSTRAINT TRIGGER billing_ledgerentry_balances AFTER INSERT ON billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_books_balance();

CREATE FUNCTION billing_posting_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM billing_ledgeraccount a JOIN billing_ledgerentry e ON e.host_id = a.host_id
        WHERE a.id = NEW.account_id AND e.id = NEW.entry_id AND a.currency = NEW.currency
    ) THEN
        RAISE EXCEPTION 'posting of another host or currency than its account' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM billing_ledgerentry WHERE id = NEW.entry_id AND written_in = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'ledger entry % is written already', NEW.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER billing_posting_belongs BEFORE INSERT ON billing_posting
    FOR EACH ROW EXECUTE FUNCTION billing_posting_belongs();

CREATE FUNCTION billing_books_grow_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books only grow: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER billing_posting_grows_only BEFORE UPDATE OR DELETE ON billing_posting
    FOR EACH ROW EXECUTE FUNCTION billing_books_grow_only();
CREATE TRIGGER billing_ledgerentry_grows_only BEFORE UPDATE OR DELETE ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_books_grow_only();
CREATE TRIGGER billing_ledgeraccount_grows_only BEFORE UPDATE OR DELETE ON billing_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION billing_books_grow_only();
CREATE TRIGGER billing_posting_stays BEFORE TRUNCATE ON billing_posting
    FOR EACH STATEMENT EXECUTE FUNCTION billing_books_grow_only();
CREATE TRIGGER billing_ledgerentry_stays BEFORE TRUNCATE ON billing_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_books_grow_only();
"""
_UNGUARD = """
DROP FUNCTION billing_books_grow_only() CASCADE;
DROP FUNCTION billing_posting_belongs() CASCADE;
DROP FUNCTION billing_books_balance() CASCADE;
ALTER TABLE billing_ledgerentry DROP COLUMN written_in;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_sessions"),
        ("chargers", "0008_power_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerAccount",
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
                            ("payout_in_transit", "Paid out, on its way"),
                            ("bank", "At the bank"),
                            ("bank_suspense", "At the bank, not explained yet"),
                            ("dispute_hold", "Disputed by cardholders"),
                            ("written_off", "Given up"),
                        ],
                        max_length=25,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ledger_accounts", to="chargers.host"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_type", models.CharField(help_text="receipt, hold, refund ...", max_length=20)),
                ("source_id", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(help_text="What of the source: issued, captured, refunded ...", max_length=20),
                ),
                ("generation", models.PositiveIntegerField(default=1)),
                ("memo", models.CharField(help_text="One sentence for a person.", max_length=255)),
                ("occurred_at", models.DateTimeField(help_text="When it happened.")),
                ("posted_at", models.DateTimeField(help_text="When it was written down.")),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ledger_entries", to="chargers.host"
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
                "verbose_name_plural": "ledger entries",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("D", "Debit"), ("C", "Credit")], max_length=1)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(help_text="The account's.", max_length=3)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="billing.ledgeraccount"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="billing.ledgerentry"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                fields=("host", "code", "currency"), name="ledgeraccount_unique_in_host"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["host", "-id"], name="ledgerentry_by_host"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=("source_type", "source_id", "kind", "generation"), name="ledgerentry_posted_once"
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["account", "entry"], name="posting_by_account"),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="posting_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.UniqueConstraint(fields=("entry", "account"), name="posting_one_an_account"),
        ),
        migrations.RunSQL(_GUARD, _UNGUARD),
    ]
