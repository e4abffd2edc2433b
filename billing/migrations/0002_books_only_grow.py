"""The books only grow, and each entry balances: the database says so, too."""

from django.db import migrations

_GUARD = """
ALTER TABLE billing_ledgerentry ADD COLUMN written_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);

CREATE FUNCTION billing_books_balance() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE CONSTRAINT TRIGGER billing_posting_balances AFTER INSERT ON billing_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_books_balance();
CREATE CONSTRAINT TRIGGER billing_ledgerentry_balances AFTER INSERT ON billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_books_balance();

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

CREATE TRIGGER billing_posting_belongs AFTER INSERT ON billing_posting REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION billing_postings_belong();

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

CREATE TRIGGER billing_payoutallocation_grows_only BEFORE UPDATE OR DELETE ON billing_payoutallocation
    FOR EACH ROW EXECUTE FUNCTION billing_books_grow_only();
"""
_UNGUARD = """
DROP FUNCTION billing_books_grow_only() CASCADE;
DROP FUNCTION billing_postings_belong() CASCADE;
DROP FUNCTION billing_books_balance() CASCADE;
ALTER TABLE billing_ledgerentry DROP COLUMN written_in;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
