"""The mail about a deviation: what was seen, the clause, what is asked for, and how the partner finds it in its log."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from billing.roaming.docket import entries, mail
from tests.kit.exchanges import NOON, envelope, put_token, token, token_page

REFUSED = envelope(status=2001, status_message="whitelist: is no valid choice.")


def written(*exchanges):
    (entry,) = entries.group(list(exchanges))
    return mail.write(entry, partner="Example eMSP", ours="NL-SUN")


def test_a_mail_says_all_that_a_developer_needs():
    first = put_token(token(whitelist="SOMETIMES"), answer=REFUSED, request_id="r-1")
    ids = {"x-request-id": "r-2", "x-correlation-id": "c-2"}
    second = put_token(
        token(whitelist="SOMETIMES"),
        answer=REFUSED,
        answer_headers=ids,
        request_id="r-2",
        correlation_id="c-2",
        at=NOON + timedelta(days=1, seconds=5),
    )

    sent = written(first, second)

    assert sent.subject == "OCPI 2.2.1: A field of a Token has a value that OCPI does not have"
    assert (
        sent.text
        == """\
Hello,

on the OCPI connection between NL-SUN and Example eMSP we noticed the following in messages from you:

A field of a Token has a value that OCPI does not have.

Clause: OCPI 2.2.1, 12.3.2 Token Object
It says: The enumeration lists the values that the field may have.
What we do: We refused it where we need the field, with 2001 and its name; else we took what we could read.
What we ask of you: Send one of the listed values.

We saw it 2 times, first on 2026-03-10 12:00:00 UTC, last on 2026-03-11 12:00:05 UTC.

Example of 2026-03-11 12:00:05 UTC, sent by you:
PUT /ocpi/2.2.1/tokens/NL/EMS/04…D4
X-Request-ID: r-2
X-Correlation-ID: c-2
Where: $.whitelist = "SOMETIMES"
Answer: HTTP 200, OCPI 2001
Body of the request: {"country_code": "NL", "party_id": "EMS", "uid": "04…D4", "type": "RFID", "contract_id": "NL…01", \
"issuer": "Example eMSP", "valid": true, "whitelist": "SOMETIMES", "last_updated": "2026-03-10T12:00:00Z"}
Body of the answer: {"status_code": 2001, "timestamp": "2026-03-10T12:00:00Z", "status_message": "whitelist: is no \
valid choice."}

More of them, by X-Request-ID: r-1

Times are in UTC. Tokens are hidden and numbers of cards are shortened.
If you read the clause in another way, please tell us.

Kind regards"""
    )


def test_a_mail_about_an_answer_says_that_we_asked():
    sent = written(token_page(answer_headers={"x-total-count": None}))

    assert "We saw it once, on 2026-03-10 12:00:00 UTC." in sent.text
    assert "sent by us:" in sent.text
    assert "GET https://partner.example/ocpi/2.2.1/tokens?offset=0&limit=10" in sent.text
    assert "Where: header X-Total-Count\n" in sent.text
    assert "More of them" not in sent.text


def test_the_link_opens_the_mail():
    sent = written(token_page(answer_headers={"x-total-count": None}))

    query = parse_qs(urlsplit(sent.link).query)

    assert sent.link.startswith("mailto:?subject=")
    assert query["subject"] == [sent.subject]
    assert query["body"][0].splitlines()[0] == "Hello,"


def test_a_link_that_would_be_too_long_leaves_the_bodies_out():
    sent = written(put_token(token(whitelist="SOMETIMES", issuer="é" * 60), answer=REFUSED))

    (body,) = parse_qs(urlsplit(sent.link).query)["body"]

    assert "Body of the request" in sent.text
    assert "Body of the request" not in body
    assert "X-Request-ID: r-1" in body
    assert len(sent.link) < len(sent.text) * 2
