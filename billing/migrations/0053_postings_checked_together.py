"""Postings are checked for their account and entry once per statement, and entries for their balance in one query."""

from django.db import migrations

_TOGETHER = """
CREATE FUNCTION billing_postings_belong() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    odd bigint;
BEGIN
    IF EXISTS (
        SELECT FROM written w
        LEFT JOIN billing_ledgerentry e ON e.id = w.entry_id
        LEFT JOIN billing_ledgeraccount a ON a.id = w.account_id AND a.host_id = e.host_id AND a.currency = w.currency
        WHERE a.id IS NULL
    ) THEN
        RAISE EXCEPTION 'posting of another host or currency than its account' USING ERRCODE = 'check_violation';
    END IF;
    SELECT e.id INTO odd FROM written w JOIN billing_ledgerentry e ON e.id = w.entry_id
        WHERE e.written_in <> pg_current_xact_id()::text::bigint LIMIT 1;
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % is written already', odd USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER billing_posting_belongs ON billing_posting;
CREATE TRIGGER billing_posting_belongs AFTER INSERT ON billing_posting REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION billing_postings_belong();

CREATE OR REPLACE FUNCTION billing_books_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
    postings bigint;
    odd text;
BEGIN
    -- A posting's, or the entry itself.
    IF TG_TABLE_NAME = 'billing_posting' THEN
        entry := NEW.entry_id;
    ELSE
        entry := NEW.id;
    END IF;
    SELECT sum(q.postings), min(q.currency) FILTER (WHERE q.moved <> 0) INTO postings, odd FROM (
        SELECT currency, count(*) AS postings, sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) AS moved
        FROM billing_posting WHERE entry_id = entry GROUP BY currency
    ) q;
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % does not balance in %', entry, odd USING ERRCODE = 'check_violation';
    END IF;
    IF postings IS NULL THEN
        RAISE EXCEPTION 'ledger entry % has no postings', entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
_ONE_BY_ONE = """
DROP TRIGGER billing_posting_belongs ON billing_posting;
CREATE TRIGGER billing_posting_belongs BEFORE INSERT ON billing_posting
    FOR EACH ROW EXECUTE FUNCTION billing_posting_belongs();
DROP FUNCTION billing_postings_belong();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0052_postings_taken_back"),
    ]

    operations = [migrations.RunSQL(_TOGETHER, _ONE_BY_ONE)]
