"""Whether our mail server vouches for a sender: real headers, forged ones, and those that break the rules."""

import pytest

from support.mailbox import authentication, parsing
from support.mailbox.authentication import Check

GOOGLE = """mx.google.com;
       dkim=pass header.i=@example.com header.s=20230601 header.b="k3/hP2d7";
       spf=pass (google.com: domain of kim@example.com designates 209.85.220.41 as permitted sender)
        smtp.mailfrom=kim@example.com;
       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.com"""
RSPAMD = """mx.example.org 1;
	dkim=pass header.d=example.com header.s=mail header.b=abc;
	spf=softfail smtp.mailfrom=kim@example.com"""


def check(*headers: str, sender: str = "kim@example.com", name: str = "mx.google.com") -> Check:
    return authentication.check(headers, senders=[sender], authserv_id=name)


@pytest.mark.parametrize(
    ("header", "name", "found"),
    [
        (GOOGLE, "mx.google.com", Check.DMARC),
        (GOOGLE, "MX.Google.com", Check.DMARC),
        (RSPAMD, "mx.example.org", Check.DKIM),
        ("mx.google.com; dmarc = pass (all fine; dmarc=fail) header.from = example.com", "mx.google.com", Check.DMARC),
        (
            "mx.google.com; dkim=pass header.d=example.com; dmarc=fail header.from=example.com",
            "mx.google.com",
            Check.FAILED,
        ),
        ("mx.google.com; spf=pass smtp.mailfrom=kim@example.com", "mx.google.com", Check.FAILED),
        ("mx.google.com; dmarc=pass header.from=other.example", "mx.google.com", Check.FAILED),
        ("mx.google.com; dkim=pass header.d=evil.example", "mx.google.com", Check.FAILED),
        ("mx.google.com; dkim=pass header.d=com", "mx.google.com", Check.FAILED),
        ("mx.google.com; (dmarc=pass header.from=example.com)", "mx.google.com", Check.FAILED),
        ("mx.google.com; none", "mx.google.com", Check.FAILED),
        ("mx.google.com.evil.example; dmarc=pass header.from=example.com", "mx.google.com", Check.MISSING),
        ('evil.example; x="; mx.google.com; dmarc=pass"', "mx.google.com", Check.MISSING),
        (GOOGLE, "", Check.OFF),
        ("", "mx.google.com", Check.MISSING),
        (";;;((((", "mx.google.com", Check.MISSING),
    ],
)
def test_a_header_of_our_server_and_only_that_confirms_a_sender(header: str, name: str, found: Check):
    assert check(header, name=name) is found


def test_a_subdomain_is_confirmed_by_the_signature_of_its_domain():
    signed = "mx.google.com; dkim=pass header.d=example.com"

    assert check(signed, sender="kim@mail.example.com") is Check.DKIM
    assert check(signed, sender="kim@notexample.com") is Check.FAILED


def mail(*headers: str, sender: str = "Kim <kim@example.com>") -> Check:
    lines = [*headers, f"From: {sender}", "To: support@example.org", "Subject: Delete my account", "", "Please."]
    raw = "\r\n".join(lines).encode()
    return parsing.parse(raw, own_addresses=frozenset(), authserv_id="mx.example.org").check


REAL = "Authentication-Results: mx.example.org; dmarc=fail header.from=example.com"
FORGED = "Authentication-Results: mx.example.org;\r\n dmarc=pass header.from=example.com"
OURS = "Received: from evil.example by mx.example.org; Tue, 24 Nov 2026 10:00:00 +0000"


def test_what_the_sender_has_put_in_stands_below_and_does_not_count():
    assert mail(OURS, REAL, FORGED) is Check.FAILED
    assert mail(OURS, "Authentication-Results: other.example; dmarc=pass", FORGED) is Check.MISSING
    assert mail(OURS) is Check.MISSING


def test_a_mail_that_names_two_senders_proves_neither():
    assert mail(OURS, FORGED) is Check.DMARC
    assert mail(OURS, FORGED, sender="Kim <kim@example.com>, Eve <eve@evil.example>") is Check.UNCLEAR
    assert mail(OURS, FORGED, "From: eve@evil.example") is Check.UNCLEAR
