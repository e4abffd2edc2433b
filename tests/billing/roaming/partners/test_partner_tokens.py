"""Tokens that partners show us: issued, recognised, and dropped once a newer one is in use."""

import json

import pytest

from billing.models import RoamingExchange
from billing.roaming.partners import partner_tokens
from chargers.lib import secrets
from tests.billing.roaming.conftest import connect, connection_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_journal_has_both_directions_and_no_token(ours, msp, partner):
    connect(msp)
    rows = RoamingExchange.objects.order_by("id")
    assert {row.direction for row in rows} == {"in", "out"}
    outgoing = secrets.decrypt(connection_of(msp).outbound_token_encrypted)
    incoming = partner_tokens.current(connection_of(msp))
    for row in rows:
        assert outgoing not in row.request + row.answer + json.dumps(row.headers)
        assert incoming not in row.request + row.answer + json.dumps(row.headers)
    post = rows.get(method="POST")
    assert (post.module, post.http_status, post.ocpi_status) == ("credentials", 200, 1000)
