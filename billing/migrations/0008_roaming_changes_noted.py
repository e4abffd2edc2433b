"""What shared objects are made of is noted where it is written; CDRs never change."""

from django.db import migrations

_NOTE = """
CREATE FUNCTION billing_roams() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM billing_roamingconnection WHERE registered_at IS NOT NULL)
$$;

CREATE FUNCTION billing_note_roaming(kind text, key bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO billing_roamingchange (kind, key) SELECT kind, key::text WHERE key IS NOT NULL AND billing_roams()
$$;

CREATE FUNCTION billing_roaming_connector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_roaming('location', c.property_id) FROM chargers_evse e
        JOIN chargers_charger c ON c.id = e.charger_id WHERE e.id = coalesce(NEW.evse_id, OLD.evse_id);
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_connector_made AFTER INSERT OR DELETE ON chargers_connector
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_connector();
CREATE TRIGGER roaming_connector_changed AFTER UPDATE ON chargers_connector FOR EACH ROW
    WHEN ((OLD.status, OLD.standard, OLD.max_power_w) IS DISTINCT FROM (NEW.status, NEW.standard, NEW.max_power_w))
    EXECUTE FUNCTION billing_roaming_connector();

CREATE FUNCTION billing_roaming_evse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_roaming('location', c.property_id) FROM chargers_charger c
        WHERE c.id = coalesce(NEW.charger_id, OLD.charger_id);
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_evse_changed AFTER INSERT OR UPDATE OR DELETE ON chargers_evse
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_evse();
CREATE TRIGGER roaming_licence_changed AFTER INSERT OR UPDATE OR DELETE ON chargers_licence
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_evse();

CREATE FUNCTION billing_roaming_charger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM billing_note_roaming('location', OLD.property_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM billing_note_roaming('location', NEW.property_id); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_charger_made AFTER INSERT OR DELETE ON chargers_charger
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_charger();
CREATE TRIGGER roaming_charger_changed AFTER UPDATE ON chargers_charger FOR EACH ROW
    WHEN ((OLD.charger_id, OLD.station_id, OLD.property_id, OLD.configured, OLD.retired_at, OLD.registration,
           OLD.connection_id IS NULL)
        IS DISTINCT FROM (NEW.charger_id, NEW.station_id, NEW.property_id, NEW.configured, NEW.retired_at,
           NEW.registration, NEW.connection_id IS NULL))
    EXECUTE FUNCTION billing_roaming_charger();

CREATE FUNCTION billing_roaming_property() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_roaming('location', coalesce(NEW.id, OLD.id));
    PERFORM billing_note_roaming('tariff', coalesce(NEW.host_id, OLD.host_id));
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_property_changed AFTER INSERT OR UPDATE ON chargers_property
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_property();

CREATE FUNCTION billing_roaming_host() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_roaming('tariff', NEW.id);
    PERFORM billing_note_roaming('location', p.id) FROM chargers_property p WHERE p.host_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_host_changed AFTER UPDATE ON chargers_host FOR EACH ROW
    WHEN ((OLD.name, OLD.ocpi_country_code, OLD.ocpi_party_id)
        IS DISTINCT FROM (NEW.name, NEW.ocpi_country_code, NEW.ocpi_party_id))
    EXECUTE FUNCTION billing_roaming_host();

CREATE FUNCTION billing_roaming_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_roaming('location', p.id), billing_note_roaming('tariff', p.host_id)
        FROM chargers_property p WHERE p.id = coalesce(NEW.property_id, OLD.property_id);
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_assignment_changed AFTER INSERT OR UPDATE OR DELETE ON billing_rateassignment
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_assignment();
CREATE TRIGGER roaming_tax_changed AFTER INSERT OR UPDATE OR DELETE ON billing_propertytax
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_assignment();

CREATE FUNCTION billing_roaming_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_note_roaming('tariff', r.host_id) FROM billing_rate r
        WHERE r.id = coalesce(NEW.rate_id, OLD.rate_id);
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_version_changed AFTER INSERT OR UPDATE OR DELETE ON billing_rateversion
    FOR EACH ROW EXECUTE FUNCTION billing_roaming_version();

CREATE FUNCTION billing_roaming_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing_roamingchange (kind, key) SELECT 'session', NEW.id::text WHERE billing_roams();
    RETURN NULL;
END $$;
CREATE TRIGGER roaming_session_changed AFTER INSERT OR UPDATE ON billing_session FOR EACH ROW
    WHEN (NEW.audience = 'roaming') EXECUTE FUNCTION billing_roaming_session();

CREATE FUNCTION billing_cdr_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A CDR is never changed: credit it, and make another one.';
END $$;
CREATE TRIGGER roaming_cdr_stays BEFORE UPDATE ON billing_roamingobject FOR EACH ROW
    WHEN (OLD.kind = 'cdr' AND (OLD.body, OLD.key, OLD.kind) IS DISTINCT FROM (NEW.body, NEW.key, NEW.kind))
    EXECUTE FUNCTION billing_cdr_stays();
"""

_FORGET = """
DROP TRIGGER roaming_cdr_stays ON billing_roamingobject;
DROP TRIGGER roaming_session_changed ON billing_session;
DROP TRIGGER roaming_version_changed ON billing_rateversion;
DROP TRIGGER roaming_tax_changed ON billing_propertytax;
DROP TRIGGER roaming_assignment_changed ON billing_rateassignment;
DROP TRIGGER roaming_host_changed ON chargers_host;
DROP TRIGGER roaming_property_changed ON chargers_property;
DROP TRIGGER roaming_charger_changed ON chargers_charger;
DROP TRIGGER roaming_charger_made ON chargers_charger;
DROP TRIGGER roaming_licence_changed ON chargers_licence;
DROP TRIGGER roaming_evse_changed ON chargers_evse;
DROP TRIGGER roaming_connector_changed ON chargers_connector;
DROP TRIGGER roaming_connector_made ON chargers_connector;
DROP FUNCTION billing_cdr_stays, billing_roaming_session, billing_roaming_version, billing_roaming_assignment,
    billing_roaming_host, billing_roaming_property, billing_roaming_charger, billing_roaming_evse,
    billing_roaming_connector, billing_note_roaming, billing_roams;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_roaming_partners"), ("chargers", "0004_first_charger_models")]

    operations = [migrations.RunSQL(_NOTE, _FORGET)]
