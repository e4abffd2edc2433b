"""Mails in and out: an answer finds its ticket, the seven loops end, floods open nothing. By a real IMAP server."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core import mail as outbox

from billing.models import OutgoingMail
from billing.tasks import send_mails
from support import tasks
from support.mailbox import isolation, outgoing
from support.models import InboundMail, Ticket
from support.requests.acts import mails
from support.tickets.acts import tickets as acts
from tests.kit import imap_server
from tests.kit.mails import _settled, answered, own_id, written
from tests.kit.tickets import MONDAY, opened, reply

__all__ = ["_settled", "answered"]
pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def took(raw: bytes) -> InboundMail:
    return mails.process(raw, now=MONDAY)


def test_a_reply_that_can_be_withdrawn_is_not_mailed_yet(world):
    ticket = opened()
    acts.reply(ticket, reply(ticket), next_state=None, by=world.agent, now=MONDAY)

    assert outgoing.release_replies(now=MONDAY + 9 * SECOND) == 0


def test_the_mail_names_the_mails_before_it_and_the_person_s_page(world):
    took(written())
    ticket = Ticket.objects.get()
    acts.reply(ticket, reply(ticket), next_state=None, by=world.agent, now=MONDAY)
    outgoing.release_replies(now=MONDAY + 10 * SECOND)

    send_mails()

    sent = next(one for one in outbox.outbox if "Auto-Submitted" not in one.extra_headers)
    assert sent.extra_headers["In-Reply-To"] == sent.extra_headers["References"] == "<1@example.com>"
    assert f"/help/t/{ticket.secret}/" in sent.body
    assert sent.to == ["kim@example.com"]


def test_a_mail_opens_a_ticket_once_and_is_acknowledged():
    first, again = took(written()), took(written())

    ticket = Ticket.objects.get()
    assert (first.outcome, again.pk) == ("ticket", first.pk)
    assert (ticket.origin, ticket.subject, ticket.email) == ("mail", "Too much", "kim@example.com")
    assert OutgoingMail.objects.get().headers["Auto-Submitted"] == "auto-replied"


def test_an_answer_is_found_by_the_mail_that_it_answers(answered: Ticket):
    row = took(written("It was 9.00.\n\nOn Monday Support wrote:\n> ##- x -##\n> old", In_Reply_To=own_id(answered)))

    answered.refresh_from_db()
    assert (row.outcome, row.ticket, answered.state, answered.reopened) == ("message", answered, "open", 1)
    assert answered.messages.latest("id").text == "It was 9.00."


def test_an_answer_to_the_acknowledgement_is_found_too():
    ticket = opened()
    own = OutgoingMail.objects.get().headers["Message-ID"]

    assert took(written(References=own)).ticket == ticket


def test_a_number_in_the_subject_counts_only_from_the_person_s_own_address(answered: Ticket):
    mine = took(written(Subject=f"Re: [{answered.label}] x"))
    theirs = took(written(Subject=f"Re: [{answered.label}] x", From="eve@example.com", Message_ID="<2@example.com>"))

    assert (mine.ticket, theirs.outcome) == (answered, "ticket")
    assert theirs.ticket != answered


def test_an_answer_from_another_address_says_so(answered: Ticket):
    took(written("It was me.", In_Reply_To=own_id(answered), From="kim@work.example.com"))

    assert answered.messages.get(author="system").text == (
        "This answer came from kim@work.example.com, not kim@example.com."
    )


def test_what_our_mail_server_says_of_the_sender_is_kept_with_the_mail(settings):
    settings.MAIL_AUTHSERV_ID = "mx.example.com"
    forged = written(**{"Message-ID": "<2@example.com>"})
    above = b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n"

    assert took(above + written()).sender_check == "dmarc"
    assert took(forged).sender_check == "missing"


def test_files_are_checked_and_what_is_not_kept_is_said():
    message = EmailMessage()
    message["From"], message["Subject"] = "kim@example.com", "See"
    message.set_content("See.")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="bill.pdf")
    message.add_attachment(b"MZ\x90\x00\x03", maintype="image", subtype="png", filename="a.png")

    ticket = took(message.as_bytes()).ticket

    assert ticket is not None
    assert [one.name for one in ticket.attachments.all()] == ["bill.pdf"]
    assert ticket.messages.get(author="system").text.startswith("a.png was not kept. This type of file is not taken")


def test_a_member_s_mail_is_a_host_s(world):
    ticket = took(written(From="owner@example.com")).ticket

    assert ticket is not None
    assert (ticket.asker, ticket.host, ticket.queue) == ("host", world.host, "hosts")


def quiet(ticket: Ticket) -> bool:
    outgoing_mails, before = OutgoingMail.objects.count(), ticket.state
    outgoing.release_replies(now=MONDAY + timedelta(hours=1))
    ticket.refresh_from_db()
    return (OutgoingMail.objects.count(), ticket.state, ticket.reopened, Ticket.objects.count()) == (
        outgoing_mails,
        before,
        0,
        1,
    )


def test_loop_1_the_agent_s_address_is_the_channel_s(answered: Ticket):
    outgoing_mails = OutgoingMail.objects.count()

    row = took(written(From="support@example.com", In_Reply_To=own_id(answered)))

    assert (row.outcome, OutgoingMail.objects.count()) == ("own", outgoing_mails)
    assert quiet(answered)


def test_loop_2_an_invalid_customer_address(answered: Ticket):
    row = took(written(From="undisclosed", Message_ID="<2@example.com>"))

    assert row.outcome == "no_sender"
    assert quiet(answered)


def test_loop_3_the_system_writes_to_itself(answered: Ticket):
    own = next(one for one in OutgoingMail.objects.all() if one.key.startswith("ticket-message:"))

    row = took(written(own.text, From="other@example.com", Message_ID=own.headers["Message-ID"]))

    assert row.outcome == "own"
    assert quiet(answered)


def report(ticket: Ticket, *, recipient: str = "kim@example.com", action: str = "failed") -> bytes:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nTo: support@example.com\n"
        f"Subject: Undelivered: [{ticket.label}] Too much\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {own_id(ticket)}\nX-Charging-Ticket: x\n--b--\n"
    ).encode()


def test_loop_4_a_bounce_of_an_agent_s_notification_carries_the_ticket_s_number(answered: Ticket):
    row = took(report(answered, recipient="agent@example.com"))

    assert (row.outcome, row.ticket) == ("bounce", answered)
    assert quiet(answered)
    assert answered.email_failed_at is None


def test_loop_5_out_of_office_is_a_note(answered: Ticket):
    row = took(written("I am away.", Auto_Submitted="auto-replied", In_Reply_To=own_id(answered)))

    assert row.outcome == "note"
    assert answered.messages.get(author="system").kind == "internal"
    assert quiet(answered)


def test_loop_6_our_own_header(answered: Ticket):
    assert took(written(X_Charging_Ticket="T-1", Message_ID="<9@example.com>")).outcome == "own"
    assert quiet(answered)


def test_loop_7_a_delivery_status_marks_the_address_and_tells_the_agents(world, answered: Ticket):
    assert took(report(answered)).outcome == "bounce"

    assert quiet(answered)
    assert answered.email_failed_at == MONDAY
    assert answered.messages.get(author="system").text == (
        "A mail to kim@example.com came back: the address does not work."
    )
    acts.reply(answered, reply(answered), next_state=None, by=world.agent, now=MONDAY)
    assert outgoing.release_replies(now=MONDAY + 60 * SECOND) == 0


def test_a_delay_marks_nothing(answered: Ticket):
    took(report(answered, action="delayed"))

    answered.refresh_from_db()
    assert answered.email_failed_at is None


def test_an_unknown_automatic_reply_and_a_newsletter_open_nothing():
    for number, header in enumerate(({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x>"})):
        assert took(written(Message_ID=f"<{number}@example.com>", **header)).outcome == "machine"

    assert not Ticket.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_flood_from_one_sender_is_kept_and_opens_nothing_more():
    for number in range(25):
        took(written(Message_ID=f"<{number}@example.com>"))

    assert Ticket.objects.count() == 20
    assert InboundMail.objects.filter(outcome="too_many").count() == 5
    assert OutgoingMail.objects.count() == 3


def test_a_mail_that_fails_is_set_aside_by_name_and_the_others_come(settings, monkeypatch):
    """It stayed unread and came first at every turn; fifty of them kept the mailbox shut."""
    with imap_server.running() as box:
        settings.SUPPORT_IMAP_URL = box.url
        for number in range(60):
            box.deliver(written(Message_ID=f"<bad-{number}@example.com>", Subject="Bad"))
        box.deliver(written(From="Lee <lee@example.com>", Message_ID="<good@example.com>", Subject="Good"))
        whole = isolation.parse

        def breaks(raw: bytes, **options):
            if b"<bad-" in raw:
                raise ZeroDivisionError("by zero")
            return whole(raw, **options)

        with monkeypatch.context() as broken:
            broken.setattr(isolation, "parse", breaks)
            tasks.fetch_mails()
            tasks.fetch_mails()

        assert box.seen == set(range(1, 62))
        assert Ticket.objects.get().subject == "Good"
        aside = InboundMail.objects.filter(outcome="failed")
        assert {(one.sender, one.subject, one.problem) for one in aside} == {
            ("kim@example.com", "Bad", "ZeroDivisionError: by zero")
        }
        assert (aside.count(), aside.filter(tries=1).count()) == (60, 60)


def test_a_mail_that_was_set_aside_is_tried_again_and_then_given_up(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(mails, "process", lambda raw, now: 1 / 0)
        row = mails.receive(written(), now=MONDAY)
        waits = []
        while row.retry_at:
            waits.append(row.retry_at)
            assert (mails.retry(now=row.retry_at - SECOND), mails.retry(now=row.retry_at)) == (0, 0)
            row.refresh_from_db()

    assert (len(waits), row.tries, row.outcome) == (4, 5, "failed")


def test_a_mail_that_was_set_aside_becomes_a_ticket_once_nothing_fails(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(mails, "process", lambda raw, now: 1 / 0)
        row = mails.receive(written(Message_ID=""), now=MONDAY)

    assert (mails.retry(now=row.retry_at), mails.retry(now=row.retry_at)) == (1, 0)
    assert [one.outcome for one in InboundMail.objects.all()] == ["ticket"]
