"""What is said of money: every code and every decline has its pattern."""

from billing.payments.processors.protocol import Decline
from billing.sentences.payments import PATTERNS, PaymentCode


def test_every_code_has_a_pattern():
    assert set(PaymentCode) <= set(PATTERNS)


def test_every_decline_has_a_pattern():
    assert {f"declined.{decline}" for decline in Decline} <= set(PATTERNS)
