"""Something is wrong with a receipt: the guest says what, the host answers with money or a sentence, both read it."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from authorization.models import AuditEntry
from billing.models import Complaint, OutgoingMail, RateVersion, Receipt, Refund, WebhookDelivery
from billing.payments.webhooks import deliveries
from billing.sessions.refunds import complaints
from tests.kit import charging
from tests.kit.complaints_pages import complain, paid, receipt_of, text_of
from tests.kit.world import make_user

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"about": "energy", "text": "The car took nothing.", "email": ""}
REFUND = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble.", "confirmed": "yes"}


def test_the_host_s_answer_keeps_no_number_of_a_payment_card(world, paid, client_of):
    complain(paid)
    answer = {"answer": "We charged 5555 5555 5555 4444 rightly."}

    client_of(world.owner).post(f"/sessions/complaints/{Complaint.objects.get().pk}/", answer)

    assert Complaint.objects.get().answer == "We charged •••• 4444 rightly."
    assert "5555 5555" not in receipt_of(paid)
    assert "5555 5555" not in str(list(AuditEntry.objects.values_list("before", "after", "reason")))
    assert "5555 5555" not in "".join(WebhookDelivery.objects.values_list("body", flat=True))
    assert "5555 5555" not in "".join(OutgoingMail.objects.values_list("text", flat=True))


def test_a_refund_s_explanation_keeps_no_number_of_a_payment_card(world, paid, client_of):
    said = REFUND | {"lines": ["energy"], "explanation": "Card 5555555555554444 was charged twice."}

    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", said)

    assert Refund.objects.get().explanation == "Card •••• 4444 was charged twice."
    assert "55555555" not in receipt_of(paid)
    assert "55555555" not in str(list(AuditEntry.objects.values_list("before", "after", "reason")))


def test_the_receipt_asks_what_is_wrong_by_its_own_lines(paid):
    form = receipt_of(paid).split('id="wrong"')[1].split("</section>")[0]

    assert re.findall(r'name="about" value="(\w+)"', form) == ["connection", "energy", "other"]
    assert f'action="/s/{paid.secret}/complaint"' in form


def test_the_host_reads_the_guests_words_and_what_the_records_say_beside_them(world, paid, client_of):
    RateVersion.objects.update(definition=charging.PLAIN | {"connection_restart_min": 0})
    again = charging.guest(world.charger, at=paid.stopped_at)
    complain(again, about="connection", email="kim@example.com")

    page = text_of(client_of(world.owner).get(f"/sessions/{again.pk}/"))

    told = page.split('id="complaints"')[1].split('id="refunds"')[0]
    assert "The car took nothing." in told
    assert "k…@example.com: your answer is mailed there" in told
    assert "kim@example.com" not in told, "hosts see only the first outgoing, as the receipt promises"
    assert "a restart within 30 minutes is one connection" in told
    assert f'href="/sessions/{again.pk}/refund/?lines=connection"' in told
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.after["about"]) == ("complaint.made", "guest", "connection")


def test_it_waits_on_the_first_page_of_the_host_and_before_agents(world, paid, client_of):
    complain(paid)

    for who, page in ((world.owner, "/"), (world.agent, "/"), (world.agent, "/books/cases/")):
        assert "The car took nothing." in text_of(client_of(who).get(page))
    assert "The car took nothing." not in text_of(client_of(world.stranger).get("/"))


@pytest.mark.parametrize(
    ("language", "open_", "answered"),
    [
        ("en", "; the host has not answered yet.", "; answered on "),
        ("de", "; der Betreiber hat noch nicht geantwortet.", "; beantwortet am "),
    ],
)
def test_the_guest_reads_how_it_stands(world, paid, client_of, language, open_, answered):
    complain(paid)
    before = receipt_of(paid, language)
    answer = {"answer": "The meter counted 20 kWh."}
    client_of(world.owner).post(f"/sessions/complaints/{Complaint.objects.get().pk}/", answer)
    after = receipt_of(paid, language)

    assert open_ in before
    assert re.search(r"20\d\d, \d\d:\d\d E[SD]T", before.split('id="wrong"')[1])
    assert answered in after
    assert "The meter counted 20 kWh." in after


def test_a_refund_answers_it_with_its_explanation(world, paid, client_of):
    complain(paid)

    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"lines": ["energy"]})

    found = Complaint.objects.get()
    assert (found.state, found.answer, found.answered_by) == (
        "answered",
        "Sorry for the trouble.",
        "user:owner@example.com",
    )
    assert found.refund == Refund.objects.get()
    assert "Sorry for the trouble." in receipt_of(paid).split('id="wrong"')[1]


def test_it_waits_again_where_the_second_person_declines(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 5
    complain(paid)
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"amount": "6"})
    assert Complaint.objects.get().state == "open", "nothing is promised before somebody agreed"

    second = client_of(make_user("second@example.com", world.host, "owner"))
    second.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": "decline"})

    found = Complaint.objects.get()
    assert (found.state, found.answer, found.refund, found.answered_at) == ("open", "", None, None)


def test_the_database_lets_one_of_a_receipt_wait(paid):
    made = charging.complaint(paid)

    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.create(
            receipt=made.receipt, host=made.host, about="other", text="x", language="en", asked_at=made.asked_at
        )


@pytest.mark.parametrize("path", ["complaint", "receipt/"])
def test_a_forged_link_finds_nothing(paid, path):
    forged = paid.secret[:-1] + ("A" if paid.secret[-1] == "_" else "_")

    assert Client().get(f"/s/{forged}/{path}").status_code == 404


@pytest.mark.parametrize(("person", "status"), [("owner", 302), ("agent", 302), ("teammate", 404), ("stranger", 404)])
def test_who_handles_money_answers(world, paid, client_of, person, status):
    made = charging.complaint(paid)

    answered = client_of(getattr(world, person)).post(f"/sessions/complaints/{made.pk}/", {"answer": "No."})

    made.refresh_from_db()
    assert (answered.status_code, made.state) == (status, "answered" if status == 302 else "open")
    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == (["complaint.answered"] if status == 302 else [])


def test_an_empty_answer_and_a_second_one_change_nothing(world, paid, client_of):
    made, client = charging.complaint(paid), client_of(world.owner)
    address = f"/sessions/complaints/{made.pk}/"

    empty = client.post(address, {"answer": "  "}, follow=True)
    client.post(address, {"answer": "First."})
    late = client.post(address, {"answer": "Second."}, follow=True)

    assert "Write what the guest is to read" in text_of(empty)
    assert "answered meanwhile" in text_of(late)
    assert Complaint.objects.get().answer == "First."


def test_the_hosts_own_systems_are_told(world, paid):
    deliveries.add(world.host, url="https://example.com/", kinds=None, by="user:x", now=charging.YESTERDAY)

    made = charging.complaint(paid, email="kim@example.com")
    complaints.answer(made.pk, sentence="No.", by="user:x", now=charging.YESTERDAY)

    rows = WebhookDelivery.objects.order_by("id")
    assert [row.kind for row in rows] == ["complaint.made", "complaint.answered"]
    assert '"about":"energy"' in rows[0].body.replace('": "', '":"')
    assert not [row for row in rows if "kim@example.com" in row.body]


def test_a_credit_note_asks_for_no_complaint(world, paid, client_of):
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"lines": ["connection"]})
    note = Receipt.objects.get(kind="credit_note")

    assert 'id="wrong"' not in text_of(Client().get(f"/s/{paid.secret}/documents/{note.label}/"))
