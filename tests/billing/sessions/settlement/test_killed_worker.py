"""A worker that is killed with SIGKILL while it settles: another goes on, and money moves once."""

import os
import signal
import subprocess
import sys

import pytest

from billing.models import Rating, Receipt, SimulatedPayment
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from tests.billing.conftest import Site, minutes
from tests.kit import gateway

pytestmark = pytest.mark.django_db(transaction=True)

# What a worker does, until it comes to the given function.
WORKER = """
import importlib, os, signal, sys
import django
django.setup()
from datetime import datetime
from billing.sessions.settlement import settle
module, name = sys.argv[1].rsplit(".", 1)
setattr(importlib.import_module(module), name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
settle.settle_due(now=datetime.fromisoformat(sys.argv[2]))
"""


@pytest.fixture
def site(transactional_db: None, site: Site) -> Site:
    return site


@pytest.mark.parametrize(
    ("killed_in", "captured_minor"),
    [
        ("billing.sessions.holds.holds.capture", 0),
        ("billing.sessions.holds.holds.apply", 300),
        ("billing.sessions.documents.receipts.issue", 300),
        ("billing.sessions.documents.receipts.describe", 300),
    ],
)
def test_it_goes_on_where_the_killed_worker_was(site, killed_in, captured_minor):
    site.rate("guest")
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=minutes(0))
    hold = holds.open_hold(session, amount_minor=4000, now=minutes(0))
    hold = holds.authorize(hold, card="4242424242424242", now=minutes(0))
    row = site.transaction(id_token=session.id_token)
    site.begin(row, site.decision(granted_by="start_ordered", token=None))
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    settle.catch_up(now=minutes(61))

    worker = subprocess.run(
        [sys.executable, "-c", WORKER, killed_in, minutes(61).isoformat()],
        cwd=gateway.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "backoffice.settings", **gateway.environment()},
        timeout=60,
        check=False,
    )

    assert worker.returncode == -signal.SIGKILL
    assert SimulatedPayment.objects.get().captured_minor == captured_minor
    assert not Receipt.objects.exists()
    settle.settle_due(now=minutes(62))
    session.refresh_from_db()
    hold.refresh_from_db()
    assert (session.state, hold.state, hold.captured_minor) == ("settled", "captured", 300)
    assert SimulatedPayment.objects.get().captured_minor == 300
    assert Receipt.objects.get().number == 1
    assert Rating.objects.filter(kind="final").count() == 1
