"""A closed statement never changes, and nothing is posted into its months afterwards."""

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_documents_never_change")]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
