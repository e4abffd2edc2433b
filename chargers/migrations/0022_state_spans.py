"""Spans of states, written by triggers, and outages that do not count; filled from the reported statuses."""

import django.db.models.deletion
from django.db import migrations, models

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
# Of connections only the present one is known; of statuses every report that is kept.
_FILL = """
WITH reported AS (
    SELECT charger_id, evse_number, CASE WHEN evse_number IS NOT NULL THEN coalesce(connector_number, 1) END AS plug,
        at, id, chargers_state_of(status) AS state, error_code
    FROM chargers_statusreport
), marked AS (
    SELECT *, lag(state) OVER (PARTITION BY charger_id, evse_number, plug ORDER BY at, id) AS before FROM reported
), begun AS (
    SELECT *, lead(at) OVER (PARTITION BY charger_id, evse_number, plug ORDER BY at, id) AS ended
    FROM marked WHERE before IS DISTINCT FROM state
)
INSERT INTO chargers_statespan
    (charger_id, track, evse_number, connector_number, state, detail, since, until)
SELECT charger_id, 'status', evse_number, plug, state, error_code, at, ended FROM begun
WHERE ended IS NULL OR ended > at;
SELECT chargers_enter_state(e.charger_id, 'status', e.number, c.number, chargers_state_of(c.status), c.error_code,
        coalesce(c.status_at, now()))
    FROM chargers_connector c JOIN chargers_evse e ON e.id = c.evse_id WHERE c.status <> '';
SELECT chargers_enter_state(id, 'status', NULL, NULL, chargers_state_of(status), error_code, coalesce(status_at, now()))
    FROM chargers_charger WHERE status <> '';
INSERT INTO chargers_statespan (charger_id, track, state, detail, since)
SELECT id, 'connection', CASE WHEN connection_id IS NULL THEN 'offline' ELSE 'online' END, '',
    coalesce(CASE WHEN connection_id IS NULL THEN disconnected_at ELSE connected_at END, now())
FROM chargers_charger WHERE connection_id IS NOT NULL OR disconnected_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("chargers", "0021_properties_opened_and_closed"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutageExclusion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("evse_number", models.PositiveIntegerField(help_text="Null: the whole charger.", null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("utility", "Electric utility interruption"),
                            ("vehicle", "Fault of the vehicle"),
                            ("maintenance", "Scheduled maintenance"),
                            ("vandalism", "Vandalism"),
                            ("disaster", "Natural disaster (force majeure)"),
                            ("closed", "Outside the opening hours"),
                            ("network", "Internet provider outage (not excluded by NEVI)"),
                        ],
                        max_length=12,
                    ),
                ),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
                ("marked_by", models.CharField(max_length=150)),
                ("marked_at", models.DateTimeField()),
                ("withdrawn_by", models.CharField(blank=True, max_length=150)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "charger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outage_exclusions",
                        to="chargers.charger",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["charger", "begins_at"], name="outageexclusion_by_charger")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))), name="outageexclusion_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="outageexclusion_says_why"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StateSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "track",
                    models.CharField(choices=[("connection", "Connection"), ("status", "Status")], max_length=10),
                ),
                ("evse_number", models.PositiveIntegerField(null=True)),
                ("connector_number", models.PositiveIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("online", "Online"),
                            ("offline", "Offline"),
                            ("free", "Available"),
                            ("in_use", "In use"),
                            ("faulted", "Faulted"),
                            ("out_of_service", "Out of service"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "detail",
                    models.CharField(blank=True, help_text="The error code that a fault began with.", max_length=255),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(help_text="Null: it lasts.", null=True)),
                (
                    "charger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="state_spans", to="chargers.charger"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["charger", "since"], name="statespan_by_charger"),
                    models.Index(
                        fields=["charger", "since"],
                        condition=models.Q(("state__in", ["offline", "faulted", "out_of_service"])),
                        name="statespan_of_outages",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)),
                        fields=("charger", "track", "evse_number", "connector_number"),
                        name="statespan_one_open",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gt", models.F("since")), _connector="OR"),
                        name="statespan_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["online", "offline"]), ("track", "connection")),
                            models.Q(
                                ("state__in", ["free", "in_use", "faulted", "out_of_service", "unknown"]),
                                ("track", "status"),
                            ),
                            _connector="OR",
                        ),
                        name="statespan_state_of_track",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_FUNCTIONS, _NO_FUNCTIONS),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
