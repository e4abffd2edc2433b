"""Refund offers by the API: listed, given, dismissed; the host's limits."""

import pytest

from billing.models import Refund, RefundOffer
from tests.kit import charging
from tests.kit.callers import Callers, paid, rate

__all__ = ["paid", "rate"]

pytestmark = pytest.mark.django_db
TERMS = "hosts/sunset/refund-offer-terms/"


@pytest.fixture
def made(paid) -> RefundOffer:
    return charging.offer(paid)


def test_it_is_listed_with_its_evidence_and_given_once(callers: Callers, paid, made):
    [row] = callers.owner.get("refund-offers/", state="waiting").json()["results"]
    assert (row["session"], row["limit"], row["lines"]) == (str(paid.pk), "no_terms", ["connection"])
    assert row["evidence"] == "The charger ended the session after 4 min and 0.300 kWh; the driver did not end it."

    first = callers.owner.post(f"refund-offers/{made.pk}/give/", {})
    second = callers.owner.post(f"refund-offers/{made.pk}/give/", {})

    assert (first.status_code, first.json()["state"]) == (200, "given")
    assert first.json()["refund"] == str(Refund.objects.get().pk)
    assert (second.status_code, "decided meanwhile" in second.content.decode()) == (400, True)


def test_it_is_dismissed_with_a_reason(callers: Callers, made):
    unreasoned = callers.owner.post(f"refund-offers/{made.pk}/dismiss/", {})
    done = callers.owner.post(f"refund-offers/{made.pk}/dismiss/", {"reason": "Two cars."})

    assert (unreasoned.status_code, unreasoned.json()["errors"][0]["path"]) == (400, "reason")
    assert (done.json()["state"], done.json()["dismissal"]) == ("dismissed", "Two cars.")


def test_limits_are_set_read_and_removed(callers: Callers, world):
    assert callers.owner.get(TERMS).status_code == 404
    wrong = callers.owner.put(TERMS, {"most_minor": 500, "month_minor": 100})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, "month_minor")
    body = {"most_minor": 500, "month_minor": 5000}

    assert callers.owner.put(TERMS, body).json() == body | {"currency": "USD"}
    assert callers.owner.get(TERMS).json() == body | {"currency": "USD"}
    assert callers.owner.delete(TERMS).status_code == 204
    assert callers.owner.get(TERMS).status_code == 404


def test_a_stranger_finds_nothing(callers: Callers, made):
    assert callers.stranger.get("refund-offers/").json()["results"] == []
    assert callers.stranger.post(f"refund-offers/{made.pk}/give/", {}).status_code == 404
    assert callers.stranger.put(TERMS, {"most_minor": 1, "month_minor": 1}).status_code == 404
    assert not Refund.objects.exists()
