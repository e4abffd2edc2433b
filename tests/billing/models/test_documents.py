"""Documents by their numbers, and mails as people read how far they are."""

import pytest

from billing.models import OutgoingMail, Receipt

NO_SERVER = OutgoingMail.NO_SERVER


def test_a_number_is_printed_with_its_series_and_six_digits():
    assert Receipt(series="2026", number=42).label == "2026-000042"
    assert Receipt(series="2026", number=1_234_567).label == "2026-1234567"


@pytest.mark.parametrize(
    ("state", "failure", "outcome", "level", "trouble"),
    [
        ("waiting", "", "Waits to be sent", "busy", ""),
        ("waiting", "451 try later", "Waits to be sent", "busy", "451 try later"),
        ("sent", "", "Sent", "ok", ""),
        ("given_up", "550 unknown", "Given up", "bad", "550 unknown"),
        ("given_up", NO_SERVER, "Kept as a file", "warn", NO_SERVER),
    ],
)
def test_a_mail_that_no_server_could_take_was_kept_and_not_given_up(
    state: str, failure: str, outcome: str, level: str, trouble: str
):
    mail = OutgoingMail(state=state, failure=failure)

    assert (mail.outcome, mail.level, mail.trouble) == (outcome, level, trouble)
    assert mail.was_printed is (level == "warn")


def test_a_mail_is_named_by_its_document_or_else_by_what_it_says():
    receipt = Receipt(series="2026", number=42)

    assert str(OutgoingMail(receipt=receipt, address="kim@example.com")) == "2026-000042 to kim@example.com"
    assert str(OutgoingMail(subject="Your plan", address="kim@example.com")) == "Your plan to kim@example.com"
