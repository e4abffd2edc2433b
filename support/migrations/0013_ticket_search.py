"""Tickets are found by their words: triggers keep them, so that no code forgets to. 0014 fills them for what is there."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# Small letters without accents; slashes and colons part words, so that a path is not one word.
FUNCTIONS = r"""
CREATE FUNCTION support_plain(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(replace(lower(regexp_replace(normalize(coalesce(given, ''), NFKD), U&'[\0300-\036F]', '', 'g')),
                             'ß', 'ss'), '/:', '  ')
$$;
CREATE FUNCTION support_words(given text, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('simple', support_plain(given)), weight)
$$;
-- A tsvector holds at most 1 MB: of very long conversations the first words are found.
CREATE FUNCTION support_index_ticket(key bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO support_ticketindex (ticket_id, search, is_learnt)
    SELECT t.id,
           support_words((1000 + t.id) || ' ' || t.subject || ' ' || t.email, 'A')
           || support_words(left((SELECT string_agg(left(m.text, 20000), ' ' ORDER BY m.id) FROM support_ticketmessage m
                                  WHERE m.ticket_id = t.id AND m.withdrawn_at IS NULL), 200000), 'C'),
           false
    FROM support_ticket t WHERE t.id = key
    ON CONFLICT (ticket_id) DO UPDATE SET search = excluded.search, is_learnt = false
$$;
CREATE FUNCTION support_ticket_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM support_index_ticket(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION support_message_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM support_index_ticket(OLD.ticket_id);
        IF NEW.ticket_id <> OLD.ticket_id THEN
            PERFORM support_index_ticket(NEW.ticket_id);
        END IF;
        RETURN NULL;
    END IF;
    UPDATE support_ticketindex
       SET search = CASE WHEN pg_column_size(search) < 400000
                         THEN search || support_words(left(NEW.text, 20000), 'C') ELSE search END,
           is_learnt = false
     WHERE ticket_id = NEW.ticket_id;
    IF NOT FOUND THEN
        PERFORM support_index_ticket(NEW.ticket_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER support_ticket_indexed AFTER INSERT OR UPDATE OF subject, email ON support_ticket
    FOR EACH ROW EXECUTE FUNCTION support_ticket_written();
CREATE TRIGGER support_message_indexed AFTER INSERT OR UPDATE OF text, ticket_id, withdrawn_at ON support_ticketmessage
    FOR EACH ROW EXECUTE FUNCTION support_message_written();
"""
WITHOUT = """
DROP TRIGGER support_message_indexed ON support_ticketmessage;
DROP TRIGGER support_ticket_indexed ON support_ticket;
DROP FUNCTION support_message_written();
DROP FUNCTION support_ticket_written();
DROP FUNCTION support_index_ticket(bigint);
DROP FUNCTION support_words(text, "char");
DROP FUNCTION support_plain(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0012_proof_of_identity"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=60, primary_key=True, serialize=False)),
                (
                    "pieces",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=3), default=list, size=None
                    ),
                ),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["pieces"], name="searchword_pieces")],
            },
        ),
        migrations.CreateModel(
            name="TicketIndex",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="index",
                        serialize=False,
                        to="support.ticket",
                    ),
                ),
                ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                (
                    "is_learnt",
                    models.BooleanField(
                        db_default=False, default=False, help_text="Its words are among the known ones."
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["search"], name="ticketindex_search"),
                    models.Index(
                        condition=models.Q(("is_learnt", False)), fields=["ticket"], name="ticketindex_to_learn"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, WITHOUT),
    ]
