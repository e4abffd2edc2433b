"""Clauses on versions, credentials and routing headers, each planted."""

import pytest

from tests.kit import planted


@pytest.mark.parametrize("case", planted.CONNECTIONS, ids=planted.label)
def test_a_planted_deviation_is_named_by_its_clause_alone(case):
    planted.assert_named(case)
