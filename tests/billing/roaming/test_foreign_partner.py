"""A foreign implementation as eMSP (extrawest-ocpi, in an environment of its own) judges our handshake and pushes."""

import json
import os
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from authorization.models import MobilityProvider
from billing.models import RoamingExchange, RoamingShare
from chargers.lib import secrets
from chargers.models import Connector
from tests.billing.roaming.conftest import connect, connection_of, roaming_session, work

PYTHON = os.environ.get("FOREIGN_OCPI_PYTHON", "")
PROGRAM = Path(__file__).resolve().parents[2] / "kit" / "foreign_emsp.py"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not PYTHON, reason="FOREIGN_OCPI_PYTHON names no interpreter that has extrawest-ocpi"),
]


class Foreign:
    def __init__(self, version: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.version, self.token_a = version, "foreign-invitation"
        self.process = subprocess.Popen(
            [PYTHON, str(PROGRAM), str(self.port), version, self.token_a], stdout=subprocess.PIPE, text=True
        )
        for _ in range(100):
            try:
                httpx.get(f"{self.url}/ocpi/versions", timeout=1)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> list[dict]:
        """What it took, in order."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=10)
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


@pytest.fixture(params=["2.1.1", "2.2.1"])
def foreign(request):
    partner = Foreign(request.param)
    yield partner
    if partner.process.poll() is None:
        partner.end()


@pytest.fixture
def msp(host, foreign):
    return MobilityProvider.objects.create(
        country_code="NL",
        party_id="EMS",
        name="Foreign eMSP",
        versions_url=f"{foreign.url}/ocpi/versions",
        token_a_encrypted=secrets.encrypt(foreign.token_a),
    )


def test_it_connects_rotates_and_takes_everything(ours, foreign, msp, site):
    httpx.get(f"{ours}/ocpi/versions", timeout=60)  # the first request reads every address, and it waits 5 s only
    steps = connect(msp)
    assert [step.sentence for step in steps if not step.is_done] == []
    assert connection_of(msp).version == foreign.version
    assert [step.sentence for step in connect(msp) if not step.is_done] == []

    begun = datetime.now(tz=UTC) - timedelta(hours=2)
    session = roaming_session(site, msp, at=begun, settles=False)
    work()
    Connector.objects.filter(evse__number=2).update(status="Charging")
    work()
    row = session.transaction
    site.reading(row, 1000, at=begun)
    site.reading(row, 13000, at=begun + timedelta(hours=1))
    site.stop(row, 13000, at=begun + timedelta(hours=1), reason="EVDisconnected")
    site.work(now=datetime.now(tz=UTC))
    work()

    refused = RoamingExchange.objects.exclude(failure="").filter(direction="out").exclude(module="versions")
    refused = refused.exclude(answer__contains="end_date_time")  # its 2.1.1 wants a field of 2.2.1, and gets it then
    assert [(each.method, each.url, each.failure, each.answer[:500]) for each in refused] == []
    assert RoamingShare.objects.filter(dirty_at__isnull=False).count() == 0
    taken = {(each["module"], each["act"]) for each in foreign.end()}
    assert {("credentials", "register"), ("locations", "create"), ("locations", "update")} <= taken
    assert {("tariffs", "create"), ("sessions", "create"), ("cdrs", "create")} <= taken
