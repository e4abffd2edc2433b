"""Codes of failed payments: every listed one says why, who has to act, and whether the payout may be repeated."""

import pytest

from billing.payouts.bank_files import failure_codes
from billing.payouts.bank_files.failure_codes import FAILURES, Failure, Repeat, Responsible

STRIPE = (
    "account_closed", "account_frozen", "bank_account_restricted", "bank_ownership_changed", "could_not_process",
    "debit_not_authorized", "declined", "incorrect_account_holder_name", "insufficient_funds",
    "invalid_account_number", "invalid_currency", "no_account", "unsupported_card",
)  # fmt: skip
ISO = ("AC01", "AC04", "AC06", "AG01", "BE05", "MD07", "MS03", "RR04")
ACH = ("R01", "R02", "R03", "R04", "R16", "R20", "R23", "R29")


@pytest.mark.parametrize("code", [*STRIPE, *ISO, *ACH])
def test_every_code_that_comes_has_its_line(code: str):
    assert failure_codes.resolve(code) == FAILURES[code]


@pytest.mark.parametrize("failure", FAILURES.values(), ids=lambda failure: failure.code)
def test_a_sentence_says_the_cause_and_what_happens_next(failure: Failure):
    assert failure.sentence[0].isupper()
    assert failure.sentence.endswith(".")
    assert failure.sentence.count(". ") >= 1


@pytest.mark.parametrize("failure", FAILURES.values(), ids=lambda failure: failure.code)
def test_only_what_the_host_need_not_touch_is_repeated_as_it_is(failure: Failure):
    if failure.repeat is Repeat.AS_IS:
        assert failure.responsible is Responsible.PLATFORM
        assert "you need to do nothing" in failure.sentence
    if failure.repeat is Repeat.NEW_ACCOUNT:
        assert failure.responsible in (Responsible.HOST, Responsible.NOBODY)
        assert "dd " in failure.sentence


@pytest.mark.parametrize(
    ("code", "responsible", "repeat"),
    [
        ("AC04", Responsible.HOST, Repeat.NEW_ACCOUNT), ("insufficient_funds", Responsible.PLATFORM, Repeat.AS_IS),
        ("MS03", Responsible.BANK, Repeat.AFTER_REVIEW), ("MD07", Responsible.NOBODY, Repeat.NEW_ACCOUNT),
        ("R02", Responsible.HOST, Repeat.NEW_ACCOUNT), ("R01", Responsible.PLATFORM, Repeat.AS_IS),
    ],
)  # fmt: skip
def test_it_says_who_has_to_act(code: str, responsible: Responsible, repeat: Repeat):
    found = failure_codes.resolve(code)

    assert (found.responsible, found.repeat) == (responsible, repeat)


@pytest.mark.parametrize("code", [" ac04 ", "AC04"])
def test_codes_are_found_however_they_are_written(code: str):
    assert failure_codes.resolve(code).code == "AC04"


@pytest.mark.parametrize("code", ["ZZ99", "", "R99"])
def test_an_unknown_code_is_kept_and_waits_for_a_person(code: str):
    found = failure_codes.resolve(code)

    assert (found.code, found.responsible, found.repeat) == (code, Responsible.PLATFORM, Repeat.AFTER_REVIEW)
    assert code in found.sentence
