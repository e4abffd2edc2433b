"""A hub in the middle: one connection, several providers behind it, each addressed by its own codes."""

from datetime import UTC, datetime

import pytest

from authorization.roaming import token_sync
from tests.billing.roaming.conftest import connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_a_full_pull_uses_the_token_of_the_handshake(ours, msp, partner, site, version):
    partner.version, partner.versions = version, (version,)
    partner.page_size = 2
    partner.cards = [
        {
            "uid": f"NLEMS00{number}", "type": "RFID", "valid": True, "whitelist": "ALWAYS",
            "contract_id": f"C{number}", "last_updated": "2026-03-10T12:00:00Z",
        }
        for number in range(5)
    ]  # fmt: skip
    connect(msp)
    msp.refresh_from_db()
    now = datetime.now(tz=UTC)
    assert token_sync.request(msp, now=now)

    sync = token_sync.run(msp.pk, now=now)

    assert (sync.received, sync.failure) == (5, "")
    assert set(msp.tokens.values_list("contract_id", flat=True)) == {f"C{number}" for number in range(5)}
