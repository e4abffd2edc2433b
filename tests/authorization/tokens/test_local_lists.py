"""Tokens that may charge at a charger under any conditions: the wanted content of its local list."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import ReimbursementContract, Token
from authorization.tokens import local_lists
from chargers.models import Charger
from tests.chargers.conftest import charger, host, make_charger, site
from tests.kit.local_lists_sync import group, online

__all__ = ["charger", "group", "host", "online", "site"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_it_asks_as_many_questions_for_many_chargers_as_for_one(online, site):
    def queries(count):
        with CaptureQueriesContext(
            connection,
        ) as found:
            local_lists.tokens_by_charger(Charger.objects.select_related("property")[:count], now=NOW)
        return len(found)

    for number in range(20):
        make_charger(site, f"X{number}")

    assert queries(20) == queries(1) <= 11


def test_a_card_whose_contract_pays_here_is_on_the_list_while_the_contract_lasts(online, site):
    token = Token.objects.create(host=site.host, uid="04DD", canonical_uid="04DD")
    contract = ReimbursementContract.objects.create(
        host=site.host,
        token=token,
        name="Kim",
        employer="Acme",
        currency="USD",
        active_from=NOW - timedelta(days=1),
        active_to=NOW + timedelta(days=1),
    )
    contract.chargers.add(online)

    found = {one.uid: one.expires_at for one in local_lists.cards(online, now=NOW)}

    assert found["04DD"] == NOW + timedelta(days=1)
    assert "04DD" not in {one.uid for one in local_lists.cards(online, now=NOW + timedelta(days=2))}
