"""The SQL statement that loads all facts of a decision in one round trip."""

import pytest
from django.db import connection

from authorization.decide import queries
from tests.kit import site as sites
from tests.kit.decisions import ask, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_prepares_again_after_the_connection_was_lost(site, django_assert_num_queries):
    sites.member_token(site)
    ask(site, dry_run=True)
    queries._prepared.pop(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    with django_assert_num_queries(2):
        assert ask(site, dry_run=True).is_accepted
