"""Money to look at: for agents alone, each act with its entry in the audit trail."""

import pytest

from authorization.models import AuditEntry
from billing.models import Dispute, LedgerEntry, ProcessorTransaction, Receivable, Refund, SimulatedDispute
from billing.payments.processors import simulated
from tests.kit import charging

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(world):
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


@pytest.fixture
def dispute(session):
    """One that the processor knows, too."""
    told = simulated.dispute(session.holds.get().processor_ref)
    row = charging.dispute(session)
    Dispute.objects.filter(pk=row.pk).update(processor_ref=told.ref)
    return row


def test_it_tells_what_waits(world, session, dispute, client_of):
    charging.receivable(session)
    charging.movement()

    text = client_of(world.agent).get("/books/cases/").content.decode()

    assert f"/books/disputes/{dispute.pk}/" in text
    assert "$11.00" in text
    assert "belongs to no payment" in text
    assert "None within 12 hours." in text


def test_it_tells_of_a_refund_that_was_refused_as_a_whole(world, session, client_of):
    refund = charging.refund(session)
    Refund.objects.update(state="refused")

    stuck = client_of(world.agent).get("/books/cases/").content.decode().split('id="stuck"')[1].split("</section>")[0]

    assert "Nothing has gone back yet." in stuck
    assert "credit note" not in stuck
    assert f"/sessions/{refund.receipt.session_id}/#refunds" in stuck


@pytest.mark.parametrize(("code", "words"), [("fraudulent", "the payment was not theirs"), ("odd_code", "odd code")])
def test_it_says_the_banks_code_in_words(world, session, client_of, code, words):
    charging.dispute(session)
    Dispute.objects.update(reason=code)

    disputes = client_of(world.agent).get("/books/cases/").content.decode().split('id="disputes"')[1]

    assert words in disputes.split("</section>")[0]


def test_it_says_so_where_nothing_waits(world, client_of):
    text = client_of(world.agent).get("/books/cases/").content.decode()

    assert "No payment is disputed." in text
    assert "Cards covered everything." in text
    assert "Every movement at the processor matches our books." in text


def test_an_agent_answers_the_bank_once(world, dispute, client_of):
    client, page = client_of(world.agent), f"/books/disputes/{dispute.pk}/"
    text = client.get(page).content.decode()
    assert "kWh were delivered" in text
    assert client.post(page, {"text": ""}).status_code == 200

    for _ in range(2):
        client.post(page, {"text": "20 kWh were delivered to this car."})

    dispute.refresh_from_db()
    assert (dispute.state, dispute.evidence) == ("under_review", "20 kWh were delivered to this car.")
    entry = AuditEntry.objects.get(verb="dispute.answered")
    assert (entry.host, entry.user) == (world.host, world.agent)
    assert "What we handed in" in client.get(page).content.decode()


def test_an_agent_gives_up_what_is_owed(world, session, client_of):
    owed, client = charging.receivable(session), client_of(world.agent)
    page = f"/books/receivables/{owed.pk}/give-up/"
    client.post(page, {"reason": " "})
    assert Receivable.objects.get().state == "open"

    client.post(page, {"reason": "The charger was at fault."})
    client.post(page, {"reason": "Again."})

    owed.refresh_from_db()
    assert (owed.state, owed.answer) == ("given_up", "The charger was at fault.")
    assert AuditEntry.objects.get(verb="receivable.given_up").reason == "The charger was at fault."
    shown = client_of(world.owner).get(f"/sessions/{session.pk}/").content.decode()
    assert "Given up: $11.00" in shown
    assert "The charger was at fault." in shown


def test_an_agent_explains_a_movement(world, client_of):
    row, client = charging.movement(), client_of(world.agent)
    page = f"/books/movements/{row.pk}/"
    client.post(page, {"host": "nobody", "reason": "x"})
    client.post(page, {"host": world.host.slug, "reason": ""})
    assert ProcessorTransaction.objects.get().match == "unknown"

    for _ in range(2):
        client.post(page, {"host": world.host.slug, "reason": "The monthly fee."})

    row.refresh_from_db()
    assert (row.match, row.host, row.finding) == ("answered", world.host, "The monthly fee.")
    assert LedgerEntry.objects.filter(source_type="movement").count() == 1
    assert AuditEntry.objects.get(verb="movement.explained").host == world.host


@pytest.fixture
def refused(world):
    return charging.refused_of_plan(world.host)


def test_an_agent_sees_what_of_a_plan_could_not_go_back_and_sends_it_again(world, refused, client_of):
    client, address = client_of(world.agent), f"/books/plan-refunds/{refused.pk}/"
    text = client.get("/books/cases/").content.decode()
    assert "It could not be given back: The payment is disputed" in text
    assert "subscriber@example.com" in text

    still = client.post(address, {"do": "again"}, follow=True).content.decode()
    simulated.decide_dispute(SimulatedDispute.objects.get().ref, is_won=True)
    went = client.post(address, {"do": "again"}, follow=True).content.decode()
    twice = client.post(address, {"do": "again"}, follow=True).content.decode()

    assert "The processor refused again: The payment is disputed" in still
    assert "went back to the card ending 4242." in went
    assert "does not wait any more, it is gone back." in twice
    assert "All of it went back" in twice
    assert (
        list(AuditEntry.objects.values_list("verb", "host", "user"))
        == [("plan_refund.sent_again", world.host.pk, world.agent.pk)] * 2
    )


def test_an_agent_notes_that_it_was_given_back_another_way(world, refused, client_of):
    client, address = client_of(world.agent), f"/books/plan-refunds/{refused.pk}/"

    silent = client.post(address, {"do": "otherwise", "how": " "}, follow=True).content.decode()
    noted = client.post(address, {"do": "otherwise", "how": "By bank transfer."}, follow=True).content.decode()
    late = client.post(address, {"do": "otherwise", "how": "In cash."}, follow=True).content.decode()

    refused.refresh_from_db()
    assert "Say how it was given back" in silent
    assert "was given back another way, and the books say so." in noted
    assert "does not wait any more, it is given back another way." in late
    assert (refused.state, refused.note) == ("otherwise", "By bank transfer.")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.reason, entry.after) == (
        "plan_refund.given_otherwise",
        "By bank transfer.",
        {"amount_minor": refused.amount_minor, "currency": "USD"},
    )


def test_the_host_sees_what_was_not_collected_and_what_is_disputed(world, session, dispute, client_of):
    charging.receivable(session)

    text = client_of(world.owner).get(f"/sessions/{session.pk}/").content.decode()

    assert "Not collected: $11.00" in text
    assert "Disputed by the cardholder: Waits for our evidence" in text


@pytest.mark.parametrize("person", ["owner", "teammate", "stranger"])
def test_nobody_else_sees_or_does_anything_of_it(world, session, dispute, client_of, person):
    owed, row, client = charging.receivable(session), charging.movement(), client_of(getattr(world, person))
    refused = charging.refused_of_plan(world.host)

    assert client.get("/books/cases/").status_code == 404
    assert client.get(f"/books/disputes/{dispute.pk}/").status_code == 404
    assert client.post(f"/books/disputes/{dispute.pk}/", {"text": "x"}).status_code == 404
    assert client.post(f"/books/receivables/{owed.pk}/give-up/", {"reason": "x"}).status_code == 404
    assert client.post(f"/books/movements/{row.pk}/", {"host": "sunset", "reason": "x"}).status_code == 404
    for do in ("again", "otherwise"):
        assert client.post(f"/books/plan-refunds/{refused.pk}/", {"do": do, "how": "x"}).status_code == 404
    owed.refresh_from_db()
    refused.refresh_from_db()
    assert (owed.state, refused.state) == ("open", "refused")
    absent = client_of(world.agent)
    assert absent.get("/books/disputes/999999/").status_code == 404
    assert absent.post("/books/plan-refunds/999999/", {"do": "again"}).status_code == 404
