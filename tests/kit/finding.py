"""What the tests of search.finding, search.persons and search.things share."""

import pytest

from tests.kit import portfolio
from tests.kit.portfolio import Portfolio


@pytest.fixture
def known() -> Portfolio:
    return portfolio.make()
