"""Days whose sums are to be made again are noted by what changes them."""

from django.db import migrations

_NOTE = """
CREATE FUNCTION billing_day_of_id(id uuid) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
        AT TIME ZONE 'UTC')::date
$$;
CREATE FUNCTION billing_today() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date
$$;

CREATE FUNCTION billing_note_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing_changedday (of, day)
        SELECT DISTINCT 'books', (posted_at AT TIME ZONE 'UTC')::date FROM written
        WHERE posted_at < billing_today()::timestamp AT TIME ZONE 'UTC';
    RETURN NULL;
END $$;
CREATE TRIGGER billing_ledgerentry_noted AFTER INSERT ON billing_ledgerentry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION billing_note_books();

CREATE FUNCTION billing_note_settled(is_settled boolean, settled_at timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO billing_changedday (of, day) SELECT 'sessions', (settled_at AT TIME ZONE 'UTC')::date
        WHERE is_settled AND settled_at < billing_today()::timestamp AT TIME ZONE 'UTC'
$$;
CREATE FUNCTION billing_note_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM billing_note_settled(OLD.state = 'settled', OLD.settled_at);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM billing_note_settled(NEW.state = 'settled', NEW.settled_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_session_made_noted AFTER INSERT ON billing_session
    FOR EACH ROW WHEN (NEW.state = 'settled') EXECUTE FUNCTION billing_note_session();
CREATE TRIGGER billing_session_changed_noted AFTER UPDATE ON billing_session
    FOR EACH ROW WHEN ((OLD.state = 'settled' OR NEW.state = 'settled')
        AND (OLD.state, OLD.settled_at, OLD.host_id, OLD.property_id, OLD.audience, OLD.transaction_id)
        IS DISTINCT FROM (NEW.state, NEW.settled_at, NEW.host_id, NEW.property_id, NEW.audience, NEW.transaction_id))
    EXECUTE FUNCTION billing_note_session();
CREATE TRIGGER billing_session_deleted_noted AFTER DELETE ON billing_session
    FOR EACH ROW WHEN (OLD.state = 'settled') EXECUTE FUNCTION billing_note_session();

CREATE FUNCTION billing_note_rating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_settled(s.state = 'settled', s.settled_at) FROM billing_session s
        WHERE s.id IN (OLD.session_id, NEW.session_id);
    RETURN NULL;
END $$;
CREATE TRIGGER billing_rating_made_noted AFTER INSERT ON billing_rating
    FOR EACH ROW WHEN (NEW.kind = 'final') EXECUTE FUNCTION billing_note_rating();
CREATE TRIGGER billing_rating_changed_noted AFTER UPDATE ON billing_rating
    FOR EACH ROW WHEN (OLD.kind = 'final' OR NEW.kind = 'final') EXECUTE FUNCTION billing_note_rating();
CREATE TRIGGER billing_rating_deleted_noted AFTER DELETE ON billing_rating
    FOR EACH ROW WHEN (OLD.kind = 'final') EXECUTE FUNCTION billing_note_rating();

CREATE FUNCTION billing_note_metered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_settled(s.state = 'settled', s.settled_at) FROM billing_session s
        WHERE s.transaction_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER chargers_transaction_noted AFTER UPDATE ON chargers_transaction
    FOR EACH ROW WHEN ((OLD.meter_start_wh, OLD.meter_stop_wh) IS DISTINCT FROM (NEW.meter_start_wh, NEW.meter_stop_wh))
    EXECUTE FUNCTION billing_note_metered();

CREATE FUNCTION billing_note_starts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing_changedday (of, day)
        SELECT DISTINCT 'starts', billing_day_of_id(id) FROM written WHERE billing_day_of_id(id) < billing_today();
    RETURN NULL;
END $$;
CREATE TRIGGER authorization_decision_made_noted AFTER INSERT ON authorization_decision
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION billing_note_starts();
CREATE TRIGGER authorization_decision_deleted_noted AFTER DELETE ON authorization_decision
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION billing_note_starts();
"""
_FORGET = """
DROP FUNCTION billing_note_books() CASCADE;
DROP FUNCTION billing_note_session() CASCADE;
DROP FUNCTION billing_note_rating() CASCADE;
DROP FUNCTION billing_note_metered() CASCADE;
DROP FUNCTION billing_note_starts() CASCADE;
DROP FUNCTION billing_note_settled(boolean, timestamptz);
DROP FUNCTION billing_today();
DROP FUNCTION billing_day_of_id(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_statements_never_change"),
        ("authorization", "0001_initial"),
        ("chargers", "0001_initial"),
    ]

    operations = [migrations.RunSQL(_NOTE, _FORGET)]
