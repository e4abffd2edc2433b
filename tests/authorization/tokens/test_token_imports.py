"""Bulk import of a host's cards: a file is kept until it is applied, compared with what is there, applied at once."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization import tasks
from authorization.models import TokenImport
from authorization.tokens import token_imports

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


def test_it_forgets_a_file_after_its_hour(world):
    token_imports.keep(world.host, name="c.csv", content=b"uid\n1\n", by="", now=NOW - timedelta(hours=2))

    assert tasks.forget_token_imports() == 1
    assert not TokenImport.objects.exists()
