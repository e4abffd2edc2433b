"""Mails as people and machines write them: what is new in them, who wrote them, what they answer."""

from contextlib import suppress

import pytest

from support.mailbox import parsing
from support.mailbox.parsing import UnreadableError, Writer

OWN = frozenset({"support@example.com"})
PLAIN = "From: Kim <Kim@Example.com>\nTo: support@example.com\nSubject: Too much\nMessage-ID: <1@example.com>\n"
REPORT = b"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: support@example.com
Subject: Undelivered Mail Returned to Sender [T-1001]
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; kim@example.com
Action: failed
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Message-ID: <ticket-message-1@charging>
X-Charging-Ticket: T-1001
Subject: [T-1001] Too much
--b--
"""


def mail(headers: str = "", body: str = "Hello") -> parsing.Mail:
    return parsing.parse(f"{PLAIN}{headers}\n{body}".encode(), own_addresses=OWN)


def test_it_reads_who_wrote_what():
    found = mail("In-Reply-To: <b@charging>\nReferences: <a@charging> <b@charging>\n")

    assert (found.sender, found.sender_name, found.subject, found.text) == (
        "kim@example.com",
        "Kim",
        "Too much",
        "Hello",
    )
    assert found.references == ("<b@charging>", "<a@charging>")
    assert found.writer is Writer.PERSON


@pytest.mark.parametrize(
    ("headers", "writer"),
    [
        ("Auto-Submitted: auto-replied\n", Writer.AUTO_REPLY),
        ("Auto-Submitted: auto-generated; owner=x\n", Writer.AUTO_REPLY),
        ("Auto-Submitted: no\n", Writer.PERSON),
        ("Precedence: auto_reply\n", Writer.AUTO_REPLY),
        ("X-Autoreply: yes\n", Writer.AUTO_REPLY),
        ("Precedence: bulk\n", Writer.BULK),
        ("Precedence: JUNK\n", Writer.BULK),
        ("List-Id: <news.example.com>\n", Writer.BULK),
        ("Return-Path: <>\n", Writer.BOUNCE),
        ("X-Charging-Ticket: T-1001\n", Writer.OURSELVES),
    ],
)
def test_it_knows_machines_by_their_headers(headers: str, writer: Writer):
    assert mail(headers).writer is writer


def test_what_asks_for_no_automatic_answer_gets_none():
    assert not mail("X-Auto-Response-Suppress: OOF, AutoReply\n").may_acknowledge
    assert mail().may_acknowledge


def test_a_mail_from_our_own_address_is_our_own():
    raw = b"From: Support <SUPPORT@example.com>\nSubject: x\n\nx"

    assert parsing.parse(raw, own_addresses=OWN).writer is Writer.OURSELVES


def test_a_delivery_report_says_whose_address_failed_and_which_mail():
    found = parsing.parse(REPORT, own_addresses=OWN)

    assert (found.writer, found.failed) == (Writer.BOUNCE, "kim@example.com")
    assert found.references == ("<ticket-message-1@charging>",)


def test_a_delay_is_no_failure():
    assert parsing.parse(REPORT.replace(b"failed", b"delayed"), own_addresses=OWN).failed == ""


QUOTE = "\n> ##- Write your answer above this line -##\n>\n> Dear Kim, ...\n"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("It was 9.00.\n\nOn Mon, 23 Nov 2026 at 10:00, Support <s@example.com> wrote:\n" + QUOTE, "It was 9.00."),
        ("Het was 9,00.\n\nOp ma 23 nov. 2026 om 10:00 schreef Support\n<s@example.com>:\n" + QUOTE, "Het was 9,00."),
        ("Es waren 9,00.\n\nAm 23.11.26 um 10:00 schrieb Support:\n" + QUOTE, "Es waren 9,00."),
        ("9,00.\n\nLe lun. 23 nov. 2026 à 10:00, Support a écrit :\n" + QUOTE, "9,00."),
        ("Fueron 9,00.\n\nEl lun, 23 nov 2026 a las 10:00, Support escribió:\n" + QUOTE, "Fueron 9,00."),
        ("Above.\n\n>> ##- Schreiben Sie Ihre Antwort über diese Zeile -##\n>> x", "Above."),
        ("No mark.\n\n> quoted\n> lines\n", "No mark."),
        ("No mark.\n\n-----Original Message-----\nFrom: x\n\nold", "No mark."),
        ("> you asked this\nMy answer stands below.\n", "> you asked this\nMy answer stands below."),
        ("The times were:\n18:00 and 19:00", "The times were:\n18:00 and 19:00"),
        ("One.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nThree."),
        ("> only a quote", "> only a quote"),
    ],
)
def test_it_keeps_what_is_new(text: str, new: str):
    assert parsing.extract_reply(text) == new


def test_a_page_is_read_as_text_and_nothing_in_it_runs():
    body = "<html><head><title>x</title><style>p{}</style></head><body><p>It was &euro;9.</p><script>alert(1)</script>"
    found = mail("MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n", body + "<p>Bye</p></body></html>")

    assert found.text == "It was €9.\nBye"


def test_files_come_along_with_their_bytes():
    headers = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    body = (
        "--b\nContent-Type: text/plain\n\nSee.\n--b\nContent-Type: image/png\n"
        'Content-Disposition: attachment; filename="../a.png"\n'
        "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"
    )

    found = mail(headers, body)

    assert (found.text, found.files) == ("See.", (("../a.png", b"\x89PNG\r\n\x1a\n"),))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: \n\nx",
        b"From: not an address\nSubject: x\n\nx",
        b"From: a@b@c\nMessage-ID: <\n\nx",
        b"From: kim@example.com, \nContent-Type: multipart/mixed\n\nx",
        b"From: kim@example.com\nContent-Type: text/plain; charset=nothing\n\nx",
        b"From: =?utf-8?q?=ff?= <kim@example.com>\nSubject: =?utf-8?b?//8=?=\n\nx",
        b"From: kim@example.com\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n",
    ],
)
def test_a_mail_that_breaks_the_rules_is_read_or_refused(raw: bytes):
    with suppress(UnreadableError):
        assert parsing.parse(raw, own_addresses=OWN).writer in Writer


_MIB = 2**20
_SLOW = {
    "an answer with a quote after each line": b"\n" + b">\nx\n" * (_MIB // 4),
    "text, then a quote without end": b"\n" + b"a\n" * (_MIB // 4) + b">\n" * (_MIB // 4) + b"x",
    "empty lines": b"\n" * _MIB + b"x",
    "a line of marks of quotes": b"\n" + b">" * _MIB + b"x",
    "a line of hyphens": b"\n" + b"-" * _MIB + b"x",
    "a line of hyphens of our own line": b"\n" + b"##-" * (_MIB // 3) + b"x",
    "a line of underscores": b"\n" + b"_" * _MIB + b"x",
    "spaces": b"\n" + b" " * _MIB + b"x",
    "a sender of quotes": b"From: " + b'"\\"' * (_MIB // 3) + b"\n\nx",
    "many senders": b"From: " + b"a@b.example, " * (_MIB // 13) + b"\n\nx",
    "a type with many parameters": b"Content-Type: text/plain; " + b"a*0=b; " * (_MIB // 7) + b"\n\nx",
    "references": b"References: " + b"<a@b.example> " * (_MIB // 14) + b"\n\nx",
    "a subject of encoded words": b"Subject: " + b"=?utf-8?q?a?= " * (_MIB // 14) + b"\n\nx",
    "a page of tags": b"Content-Type: text/html\n\n" + b"<a b" * (_MIB // 4),
    "a page of attributes": b"Content-Type: text/html\n\n<a " + b"a=" * (_MIB // 2) + b">",
    "a page of signs": b"Content-Type: text/html\n\n" + b"<" * _MIB,
}


@pytest.mark.long
@pytest.mark.parametrize("rest", _SLOW.values(), ids=_SLOW.keys())
def test_a_mail_of_one_mebibyte_is_read_in_one_pass(rest: bytes):
    """Each of these took from ten seconds to hours, since the work grew with the square of the length."""
    head = b"" if rest.startswith(b"From:") else b"From: kim@example.com\n"
    found = parsing.parse(head + b"Message-ID: <1@example.com>\n" + rest, own_addresses=OWN, authserv_id="mx.example")

    assert len(found.text) <= 200_100


def test_parts_within_parts_have_an_end():
    nested = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(90))

    with pytest.raises(UnreadableError, match="more than 50 parts within parts"):
        parsing.parse((PLAIN + nested + "\nx\n" * 30_000).encode(), own_addresses=OWN)


def test_a_text_that_nobody_wrote_is_cut_and_says_so():
    found = mail(body="a line\n" * 9_000)

    assert found.text.count("\n") == 5_001
    assert found.text.endswith("a line\n\n(The mail goes on: it is too long to be shown here.)")


def test_it_names_a_mail_that_cannot_be_read():
    assert parsing.heading(b'X: y\r\nFROM: "Kim" <Kim@Example.com>\r\nSubject: Too\x00 much\r\n\r\n') == (
        "kim@example.com",
        "Too much",
    )
    assert parsing.heading(b"\xff\x00") == ("", "")
