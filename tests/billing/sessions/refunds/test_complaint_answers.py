"""The answer to a complaint reaches the mailbox of whoever left one: once, in their language, and never later."""

import pytest
from django.core import mail as box
from django.test import Client

from authorization.models import User
from billing import tasks
from billing.models import Complaint, OutgoingMail, Refund, Session
from billing.sessions.drivers import accounts
from billing.sessions.refunds import complaints
from chargers.models import Property
from tests.kit import charging
from tests.kit.world import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
REFUND = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble.", "confirmed": "yes"}


@pytest.fixture
def paid(world) -> Session:
    """A guest paid 9.00 and left no address for the receipt."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    Session.objects.filter(pk=session.pk).update(guest_email="")
    OutgoingMail.objects.all().delete()
    session.refresh_from_db()
    return session


def complain(session: Session, *, email: str = "Kim@Example.com", language: str = "en") -> Complaint:
    said = {"about": "energy", "text": "The car took nothing.", "email": email}
    Client(headers={"accept-language": language}).post(f"/s/{session.secret}/complaint", said)
    return Complaint.objects.get()


def answer(client, made: Complaint):
    return client.post(f"/sessions/complaints/{made.pk}/", {"answer": "The meter counted 20 kWh."})


def test_a_sentence_is_mailed_once_with_the_link_to_the_receipt(world, paid, client_of, settings):
    answer(client_of(world.owner), complain(paid))

    for _ in range(3):
        tasks.send_mails()

    sent = box.outbox
    assert [(one.to, one.subject) for one in sent] == [
        (["kim@example.com"], f"Sunset 1: the answer about your receipt {paid.receipts.get()}")
    ]
    assert "Sunset Stays has answered what you said about receipt" in sent[0].body
    assert "The meter counted 20 kWh." in sent[0].body
    assert f"{settings.PUBLIC_BASE_URL}/s/{paid.secret}/receipt/\n" in sent[0].body
    assert "given back" not in sent[0].body
    assert "The car took nothing." not in sent[0].body, "nobody can send their own words to somebody else's address"


def test_a_refund_is_mailed_with_its_amount_and_why(world, paid, client_of):
    complain(paid)

    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"lines": ["energy"]})
    tasks.send_mails()

    body = box.outbox[0].body
    assert "Sorry for the trouble." in body
    assert "$8.00 is given back." in body


@pytest.mark.parametrize(
    ("language", "subject", "told"),
    [
        ("nl", "het antwoord over uw bon", "wordt terugbetaald"),
        ("de", "die Antwort zu Ihrem Beleg", "wird erstattet"),
        ("fr", "la réponse au sujet de votre reçu", "vous est remboursé"),
        ("es", "la respuesta sobre su recibo", "Se devuelve"),
    ],
)
def test_it_is_in_the_language_of_the_complaint(world, paid, client_of, language, subject, told):
    complain(paid, language=language)

    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"lines": ["energy"]})
    tasks.send_mails()

    assert subject in box.outbox[0].subject
    assert told in box.outbox[0].body
    assert "Sorry for the trouble." in box.outbox[0].body, "the host's own words stay"


@pytest.mark.parametrize(("do", "mails"), [("approve", 1), ("decline", 0)])
def test_what_waits_for_a_second_person_is_mailed_once_it_is_agreed(world, paid, client_of, settings, do, mails):
    settings.REFUND_ALONE_UP_TO = 5
    complain(paid)
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"amount": "6"})
    assert not OutgoingMail.objects.exists()

    second = client_of(make_user("second@example.com", world.host, "owner"))
    for _ in range(2):
        second.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": do})

    assert OutgoingMail.objects.count() == mails


def test_who_left_no_address_reads_it_on_the_page_only(world, paid, client_of):
    made = complain(paid, email="")

    answer(client_of(world.owner), made)

    made.refresh_from_db()
    assert made.state == "answered"
    assert not OutgoingMail.objects.exists()


def test_the_address_of_the_receipt_counts_where_the_complaint_has_none(world, paid, client_of):
    Session.objects.filter(pk=paid.pk).update(guest_email="receipt@example.com")

    answer(client_of(world.owner), complain(paid, email=""))

    assert [outgoing.address for outgoing in OutgoingMail.objects.all()] == ["receipt@example.com"]


@pytest.mark.parametrize("is_before", [True, False])
def test_a_deleted_driver_gets_none_whether_it_was_answered_before_or_after(world, paid, client_of, is_before):
    user = User.objects.create_user("kim@example.com", None, sees_portal=False)
    driver = accounts.of_user(user, language="en", now=charging.YESTERDAY)
    Session.objects.filter(pk=paid.pk).update(driver=driver)
    made = complain(paid)
    if is_before:
        answer(client_of(world.owner), made)
        assert OutgoingMail.objects.count() == 1

    accounts.delete(driver, now=charging.YESTERDAY)
    if not is_before:
        answer(client_of(world.owner), made)
    tasks.send_mails()

    assert box.outbox == []
    assert Complaint.objects.get().email == ""
    assert not OutgoingMail.objects.exists()


def test_an_answer_that_came_too_late_sends_no_second_letter(world, paid):
    made = complain(paid)
    complaints.answer(made.pk, sentence="First.", by="user:x", now=charging.YESTERDAY)

    with pytest.raises(complaints.AnsweredError):
        complaints.answer(made.pk, sentence="Second.", by="user:x", now=charging.YESTERDAY)

    assert "First." in OutgoingMail.objects.get().text
