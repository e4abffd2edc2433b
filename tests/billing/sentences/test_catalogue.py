"""The catalogue of billing's stored sentences: complete, without two meanings of a code, and exact in English."""

from datetime import UTC, datetime

from authorization.decide import reasons as refusals
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, PriceReason
from billing.sentences import catalogue, doubts, payments, sessions
from chargers.sentences import cases, commands, stored


def test_no_code_stands_in_two_rooms():
    rooms = [reasons.PATTERNS, cases.PATTERNS, commands.PATTERNS, sessions.PATTERNS, payments.PATTERNS, doubts.PATTERNS]

    assert sum(len(room) for room in rooms) + len(refusals.CATALOGUE) == len(catalogue.PATTERNS)


def test_it_says_amounts_and_durations_in_plain_english():
    late = stored.build_sentence(payments.PaymentCode.LATE_CAME, late_s=7500)
    costs = stored.build_sentence(payments.PaymentCode.LATE_COSTS, was=["4.00", "USD"], now=["3.50", "USD"])

    assert catalogue.english((*late, *costs)) == (
        "The stop came 2 h 5 min after the session was closed without one. "
        "With it the session costs 3.50 USD instead of 4.00 USD."
    )


def test_it_says_what_the_price_engine_found_as_the_engine_does():
    at = datetime(2026, 5, 1, 12, tzinfo=UTC).isoformat()
    found = (PriceReason(Code.DOUBT_STOP_BEFORE_START, {"stop_at": at, "start_at": at}),)

    assert catalogue.english(catalogue.of_price(found)) == reasons.render(found, speech=reasons.English())


def test_it_says_a_refusal_in_the_guests_words_and_knows_no_other():
    kept = catalogue.describe_refusal("payment_required")

    assert catalogue.english(kept) == refusals.get("payment_required").guest.meaning
    assert catalogue.describe_refusal("of_tomorrow") == ()
