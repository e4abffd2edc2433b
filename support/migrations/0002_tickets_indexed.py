"""Tickets are found by the words of their messages, which triggers index."""

from django.db import migrations

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
    dependencies = [("support", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS, WITHOUT)]
