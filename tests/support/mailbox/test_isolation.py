"""A mail is read in a process of its own, with an end to its time."""

import base64

import pytest

from support.mailbox import isolation, parsing
from support.mailbox.parsing import UnreadableError

OWN = frozenset({"support@example.com"})
HEAD = b"From: Kim <kim@example.com>\nMessage-ID: <1@example.com>\n"


def test_it_reads_as_the_parser_does():
    raw = (
        HEAD
        + b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nReferences: <a@b.example> <c@d.example>\n"
        + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
        + "9 €\n".encode()
        + b"--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
        + b'Content-Disposition: attachment; filename="a.bin"\n\n'
        + base64.b64encode(bytes(range(256)))
        + b"\n--b--\n"
    )

    found = isolation.parse(raw, own_addresses=OWN)

    assert found == parsing.parse(raw, own_addresses=OWN)
    assert found.files == (("a.bin", bytes(range(256))),)


def test_a_mail_that_takes_too_long_is_given_up():
    slow = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 200_000

    with pytest.raises(UnreadableError, match=r"It takes longer than 0\.5 s to read\."):
        isolation.parse(slow, own_addresses=OWN, timeout_s=0.5)


def test_what_the_parser_cannot_read_is_said_in_its_words():
    with pytest.raises(UnreadableError, match="more than 50 parts within parts"):
        isolation.parse(HEAD + b"Content-Type: a; boundary=b\n" * 60, own_addresses=OWN)
