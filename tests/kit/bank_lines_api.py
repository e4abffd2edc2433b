"""What the tests of api.agreements, api.bank_accounts, api.bank_lines and api.book_differences share."""

import pytest

from tests.kit.payouts import Books
from tests.kit.world import World


@pytest.fixture
def known(world: World) -> Books:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger, currency="EUR")
    books.agree(way="bank_file")
    books.bank()
    return books
