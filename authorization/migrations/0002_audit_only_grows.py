"""The audit trail only grows, in the database, too. What names a person can be erased, and nothing else be changed:
the actor and the subject's label become "erased", values and the reason become empty, the account goes.
"""

from django.db import migrations

_GUARD = """
CREATE FUNCTION support_audit_grows_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept support_auditentry%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        kept := NEW;
        IF NEW.user_id IS NULL THEN kept.user_id := OLD.user_id; END IF;
        IF NEW.actor = 'erased' THEN kept.actor := OLD.actor; END IF;
        IF NEW.subject_label = 'erased' THEN kept.subject_label := OLD.subject_label; END IF;
        IF NEW.before IS NULL THEN kept.before := OLD.before; END IF;
        IF NEW.after IS NULL THEN kept.after := OLD.after; END IF;
        IF NEW.reason = '' THEN kept.reason := OLD.reason; END IF;
        IF kept IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit trail only grows: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER support_auditentry_grows_only BEFORE UPDATE OR DELETE ON support_auditentry
    FOR EACH ROW EXECUTE FUNCTION support_audit_grows_only();
CREATE TRIGGER support_auditentry_is_kept BEFORE TRUNCATE ON support_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION support_audit_grows_only();
"""


class Migration(migrations.Migration):
    dependencies = [("authorization", "0001_initial")]

    operations = [migrations.RunSQL(_GUARD, "DROP FUNCTION support_audit_grows_only() CASCADE")]
