"""The REST API about what differs between the bank, the processor, the payouts and the books. For agents' keys."""

import pytest

from tests.kit.bank_lines import Line, brought
from tests.kit.bank_lines_api import known
from tests.kit.callers import Callers
from tests.kit.payouts import Books

__all__ = ["known"]
pytestmark = pytest.mark.django_db


def test_differences_are_for_agents(callers: Callers, known: Books):
    brought(Line(amount="7.00"))

    [one] = callers.agent.get("differences/", kind="no_payout").json()["results"]

    assert (one["owner"], one["amount_minor"]) == ("platform", 700)
    assert callers.owner.get("differences/").status_code == 404
