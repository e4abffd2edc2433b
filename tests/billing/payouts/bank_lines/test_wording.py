"""What is found about a bank line that no payout explains: a sentence, who has to act, and the next step."""

import pytest

from billing.models import BankLine
from billing.payouts.bank_lines import wording

pytestmark = pytest.mark.django_db


def test_every_kind_has_a_sentence_and_a_next_step():
    for kind in wording.KINDS:
        line = BankLine(kind=kind, match="unmatched", amount_minor=-100, currency="EUR")
        assert wording.sentence(line)
        assert wording.next_step(line, is_matchable=True)
        assert "by hand" not in wording.next_step(line, is_matchable=False)
