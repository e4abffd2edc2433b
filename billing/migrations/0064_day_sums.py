"""Sums by day, and triggers that note each day that was over when something of it was written."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

# A day that is not over is read from its rows anyway: so the triggers write something for late rows alone.
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
        ("authorization", "0017_saved_views"),
        ("billing", "0063_muted_mail"),
        ("chargers", "0024_property_pictures"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "of",
                    models.CharField(
                        choices=[
                            ("books", "Postings"),
                            ("sessions", "Settled sessions"),
                            ("starts", "Attempts to start"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="DayOfBooks",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("source_type", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=20)),
                ("moved_minor", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DayOfSessions",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("is_home", models.BooleanField(help_text="An employer pays them back to an employee.")),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("sessions", models.BigIntegerField()),
                ("billed", models.BigIntegerField()),
                ("energy_wh", models.BigIntegerField()),
                ("total_minor", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DayOfStarts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("attempts", models.BigIntegerField()),
                ("accepted", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SummedDays",
            fields=[
                (
                    "of",
                    models.CharField(
                        choices=[
                            ("books", "Postings"),
                            ("sessions", "Settled sessions"),
                            ("starts", "Attempts to start"),
                        ],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("through", models.DateField()),
            ],
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["posted_at", "host"], name="ledgerentry_by_posting"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                django.db.models.functions.text.Upper("guest_email"), name="session_by_guest_in_any_case"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(condition=models.Q(("state", "held")), fields=["host", "id"], name="session_held"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("state", "settled")), fields=["settled_at", "host"], name="session_by_settlement"
            ),
        ),
        migrations.AddIndex(
            model_name="changedday",
            index=models.Index(fields=["of", "day"], name="changedday_by_kind"),
        ),
        migrations.AddField(
            model_name="dayofbooks",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.ledgeraccount",
            ),
        ),
        migrations.AddField(
            model_name="dayofsessions",
            name="host",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chargers.host"
            ),
        ),
        migrations.AddField(
            model_name="dayofsessions",
            name="property",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chargers.property"
            ),
        ),
        migrations.AddField(
            model_name="dayofstarts",
            name="host",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chargers.host"
            ),
        ),
        migrations.AddIndex(
            model_name="dayofbooks",
            index=models.Index(fields=["day"], name="dayofbooks_by_day"),
        ),
        migrations.AddConstraint(
            model_name="dayofbooks",
            constraint=models.UniqueConstraint(
                fields=("account", "day", "source_type", "kind"), name="dayofbooks_one_a_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="dayofsessions",
            index=models.Index(fields=["day"], name="dayofsessions_by_day"),
        ),
        migrations.AddConstraint(
            model_name="dayofsessions",
            constraint=models.UniqueConstraint(
                fields=("host", "day", "property", "is_home", "currency"), name="dayofsessions_one_a_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="dayofstarts",
            index=models.Index(fields=["day"], name="dayofstarts_by_day"),
        ),
        migrations.AddConstraint(
            model_name="dayofstarts",
            constraint=models.UniqueConstraint(fields=("host", "day"), name="dayofstarts_one_a_day"),
        ),
        migrations.RunSQL(_NOTE, _FORGET),
    ]
