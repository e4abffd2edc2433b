"""The REST API about payout agreements: every version, and for agents' keys the next one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import PayoutAgreement
from tests.kit.bank_lines_api import known
from tests.kit.callers import Callers
from tests.kit.payouts import Books

__all__ = ["known"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
NEXT_MONTH = (NOW.replace(day=1) + timedelta(days=32)).replace(
    day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=ZoneInfo("America/New_York")
)


def test_agents_enter_agreements_and_hosts_read_theirs(callers: Callers, known: Books):
    wanted = {
        "host": "sunset", "currency": "EUR", "valid_from": NEXT_MONTH.isoformat(),
        "platform_fee_pct": "4.50", "threshold_minor": 2500,
    }  # fmt: skip

    made = callers.agent.post("payout-agreements/", wanted)

    assert (made.status_code, made.json()["number"], made.json()["platform_fee_pct"]) == (201, 2, "4.50")
    assert made.json()["way"] == "bank_file"
    assert callers.owner.post("payout-agreements/", wanted).status_code == 404
    assert [one["number"] for one in callers.owner.get("payout-agreements/").json()["results"]] == [2, 1]
    assert callers.stranger.get("payout-agreements/").json()["results"] == []
    second = callers.agent.post("payout-agreements/", wanted)
    assert [one["path"] for one in second.json()["errors"]] == ["valid_from"]
    later = {"valid_from": (NEXT_MONTH + timedelta(days=32)).replace(day=1).isoformat()}
    wrong = callers.agent.post("payout-agreements/", wanted | later | {"delay_days": 61})
    assert [one["path"] for one in wrong.json()["errors"]] == ["delay_days"]
    early = callers.agent.post("payout-agreements/", wanted | {"valid_from": "2025-01-01T00:00:00Z"})
    assert [one["path"] for one in early.json()["errors"]] == ["valid_from"]
    assert PayoutAgreement.objects.count() == 2


def test_agents_withdraw_a_version_that_has_not_begun(callers: Callers, known: Books):
    wanted = {"host": "sunset", "currency": "EUR", "valid_from": NEXT_MONTH.isoformat(), "platform_fee_pct": "90"}
    made = callers.agent.post("payout-agreements/", wanted).json()
    at = f"payout-agreements/{made['id']}/"

    seen = callers.owner.get(at)
    refused = callers.owner.delete(at)
    begun = callers.agent.delete(f"payout-agreements/{PayoutAgreement.objects.get(number=1).pk}/")
    gone = callers.agent.delete(at)

    assert made["state"] == "waiting"
    assert (seen.status_code, refused.status_code, gone.status_code) == (404, 404, 204)
    assert begun.status_code == 400
    assert "has begun: enter the next one instead" in begun.json()["detail"]
    assert [one["number"] for one in callers.agent.get("payout-agreements/").json()["results"]] == [1]
