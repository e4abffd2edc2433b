"""State spans follow each status and connection, whoever writes it."""

from django.db import migrations

_FUNCTIONS = """
CREATE FUNCTION chargers_state_of(status text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN status = 'Available' THEN 'free'
        WHEN status IN ('Preparing', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing', 'Occupied', 'Reserved')
            THEN 'in_use'
        WHEN status = 'Faulted' THEN 'faulted'
        WHEN status = 'Unavailable' THEN 'out_of_service'
        ELSE 'unknown' END
$$;
-- A state that goes on keeps its span. One that begins no later than the open span replaces it: a span has a length.
CREATE FUNCTION chargers_enter_state(
    charger bigint, in_track text, evse bigint, connector bigint, entered text, why text, at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE known chargers_statespan;
BEGIN
    SELECT * INTO known FROM chargers_statespan
        WHERE charger_id = charger AND track = in_track AND evse_number IS NOT DISTINCT FROM evse
            AND connector_number IS NOT DISTINCT FROM connector AND until IS NULL;
    IF known.state = entered THEN
        RETURN;
    ELSIF known.since >= at THEN
        UPDATE chargers_statespan SET state = entered, detail = why WHERE id = known.id;
        RETURN;
    END IF;
    UPDATE chargers_statespan SET until = at WHERE id = known.id;
    INSERT INTO chargers_statespan (charger_id, track, evse_number, connector_number, state, detail, since)
        VALUES (charger, in_track, evse, connector, entered, why, at);
END
$$;
CREATE FUNCTION chargers_connection_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.connection_id IS NULL THEN
        PERFORM chargers_enter_state(
            NEW.id, 'connection', NULL, NULL, 'offline', '', coalesce(NEW.disconnected_at, now()));
    ELSE
        PERFORM chargers_enter_state(NEW.id, 'connection', NULL, NULL, 'online', '', coalesce(NEW.connected_at, now()));
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION chargers_own_status_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chargers_enter_state(
        NEW.id, 'status', NULL, NULL, chargers_state_of(NEW.status), NEW.error_code, coalesce(NEW.status_at, now()));
    RETURN NULL;
END
$$;
CREATE FUNCTION chargers_connector_status_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of chargers_evse;
BEGIN
    SELECT * INTO of FROM chargers_evse WHERE id = NEW.evse_id;
    PERFORM chargers_enter_state(
        of.charger_id, 'status', of.number, NEW.number, chargers_state_of(NEW.status), NEW.error_code,
        coalesce(NEW.status_at, now()));
    RETURN NULL;
END
$$;
CREATE TRIGGER chargers_charger_connection AFTER UPDATE OF connection_id ON chargers_charger
    FOR EACH ROW WHEN ((OLD.connection_id IS NULL) <> (NEW.connection_id IS NULL))
    EXECUTE FUNCTION chargers_connection_changed();
CREATE TRIGGER chargers_charger_status AFTER UPDATE OF status ON chargers_charger
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION chargers_own_status_changed();
CREATE TRIGGER chargers_connector_status AFTER UPDATE OF status ON chargers_connector
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION chargers_connector_status_changed();
"""
_NO_FUNCTIONS = """
DROP TRIGGER chargers_connector_status ON chargers_connector;
DROP TRIGGER chargers_charger_status ON chargers_charger;
DROP TRIGGER chargers_charger_connection ON chargers_charger;
DROP FUNCTION chargers_connector_status_changed();
DROP FUNCTION chargers_own_status_changed();
DROP FUNCTION chargers_connection_changed();
DROP FUNCTION chargers_enter_state(bigint, text, bigint, bigint, text, text, timestamptz);
DROP FUNCTION chargers_state_of(text);
"""


class Migration(migrations.Migration):
    dependencies = [("chargers", "0002_partitions_of_weeks")]

    operations = [migrations.RunSQL(_FUNCTIONS, _NO_FUNCTIONS)]
