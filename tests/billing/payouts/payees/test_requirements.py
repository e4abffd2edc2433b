"""What a processor misses of a host, in words."""

import pytest

from billing.payouts.payees import requirements


def test_each_thing_is_said_once_however_many_codes_it_has():
    codes = ["individual.dob.day", "individual.dob.month", "individual.dob.year", "external_account"]

    assert requirements.missing(codes) == ["your date of birth", "a bank account to pay to"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("individual.verification.document", "your identity document"),
        ("person_1Abc.first_name", "the name of a person of the company"),
        ("representative.phone", "your representative's telephone number"),
        ("company.tax_id", "the company's tax number"),
        ("business_profile.url", "the address of your website"),
        ("tos_acceptance.ip", "your agreement to the processor's terms"),
        ("something.new_here", "one more detail (something, new here)"),
    ],
)
def test_a_code_is_said_in_words(code, words):
    assert requirements.missing([code]) == [words]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", ""),
        ("requirements.past_due", "nothing is paid out until then"),
        ("rejected.fraud", "has closed your account"),
        ("never_heard_of", "Ask our support why"),
    ],
)
def test_why_nothing_is_paid_out_is_said_in_words(code, words):
    assert words in requirements.describe_disabled_reason(code)
