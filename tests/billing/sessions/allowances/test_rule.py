"""The first line's limit as a rule: one act, several of the same thing, and the sentence that refuses."""

import pytest

from billing.sessions.allowances import rule
from billing.sessions.allowances.rule import Gift


@pytest.mark.parametrize(
    ("amount", "before", "is_refused"),
    [(2500, 0, False), (2501, 0, True), (1300, 1200, False), (1301, 1200, True), (0, 9000, False), (-5, 9000, False)],
)
def test_an_act_counts_with_what_was_given_of_the_same_before(amount: int, before: int, is_refused: bool):
    gift = Gift(subject="a session", amount_minor=amount, before_minor=before, currency="EUR")

    assert bool(rule.obstacle(gift, most_minor=2500)) is is_refused


def test_the_refusal_names_the_limit_what_it_comes_to_and_who_may():
    gift = Gift(subject="a session", amount_minor=2000, before_minor=1000, currency="USD")

    assert rule.obstacle(gift, most_minor=2500) == (
        "The first line gives away at most 25.00 USD of a session, and this gives away 20.00 USD, with the 10.00 USD "
        "before it 30.00 USD. An agent of the second line can do it: give the ticket to the second line."
    )
