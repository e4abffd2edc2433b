"""Receipts and ratings are facts: the database lets nobody change or delete them, as with the books.

A rating may become a replaced one, when a late stop brings the final price. Nothing here is erased with a person: a
receipt names the buyer only where the law asks for it, and is kept as long as the books.
"""

from django.db import migrations

_GUARD = """
CREATE FUNCTION billing_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'documents never change: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION billing_rating_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept billing_rating%ROWTYPE := NEW;
BEGIN
    IF OLD.kind = 'final' AND NEW.kind = 'replaced' THEN
        kept.kind := OLD.kind;
        IF kept IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'ratings never change: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER billing_receipt_stays BEFORE UPDATE OR DELETE ON billing_receipt
    FOR EACH ROW EXECUTE FUNCTION billing_document_stays();
CREATE TRIGGER billing_receipt_is_kept BEFORE TRUNCATE ON billing_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION billing_document_stays();
CREATE TRIGGER billing_rating_stays BEFORE UPDATE ON billing_rating
    FOR EACH ROW EXECUTE FUNCTION billing_rating_stays();
CREATE TRIGGER billing_rating_is_not_deleted BEFORE DELETE ON billing_rating
    FOR EACH ROW EXECUTE FUNCTION billing_document_stays();
CREATE TRIGGER billing_rating_is_kept BEFORE TRUNCATE ON billing_rating
    FOR EACH STATEMENT EXECUTE FUNCTION billing_document_stays();
"""
_UNGUARD = """
DROP FUNCTION billing_rating_stays() CASCADE;
DROP FUNCTION billing_document_stays() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_books_only_grow")]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
