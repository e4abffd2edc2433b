"""What an entry of the books leads back to: the session of the document that caused it."""

from billing.models import LedgerEntry, Receipt, Session
from billing.payments.books import sources
from tests.kit import charging


def test_every_document_of_a_session_leads_back_to_it(world, django_assert_num_queries):
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    entries = list(LedgerEntry.objects.all())
    kinds = {entry.source_type for entry in entries}
    assert {"receipt", "hold"} <= kinds

    with django_assert_num_queries(len(kinds)):
        found = sources.sessions(entries)

    assert set(found) == {(entry.source_type, entry.source_id) for entry in entries}
    assert set(found.values()) == {str(session.pk)}


def test_what_is_no_document_of_a_session_leads_nowhere(db, django_assert_num_queries):
    entries = [LedgerEntry(source_type="payout", source_id="1"), LedgerEntry(source_type="receipt", source_id="99")]

    with django_assert_num_queries(1):
        assert sources.sessions(entries) == {}
    assert sources.sessions([]) == {}


def test_an_id_that_cannot_be_a_key_is_left_out():
    assert sources.keys(Receipt, ["7", "x", ""]) == {"7"}
    assert sources.keys(Session, ["7", "0192f0a1-0000-7000-8000-000000000001"]) == {
        "0192f0a1-0000-7000-8000-000000000001"
    }
