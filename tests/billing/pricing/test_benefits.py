"""What a driver's plan brings to a session: looked up when it begins, frozen on it, applied when it is priced."""

from billing.models import (
    Receipt,
    SubscriptionPeriod,
)
from billing.pricing import benefits
from tests.billing.conftest import PLAIN, minutes
from tests.kit.changes import in_march
from tests.kit.plan_changes import LATER, change, dear, subscribed
from tests.kit.subscriptions import card, charge, kim, plan

__all__ = ["card", "dear", "kim", "plan", "subscribed"]


def test_a_session_that_runs_keeps_what_it_began_with_and_takes_it_from_what_goes_along(site, subscribed, dear):
    site.rate("member", definition=PLAIN)
    at = in_march(LATER)
    row = site.transaction(at=minutes(at - 30))
    session = site.begin(row)
    done = change(dear)
    assert (done.is_used_today, done.carried_wh) == (True, 11_000)
    new = SubscriptionPeriod.objects.get(number=2)

    site.stop(row, 1000 + 8000, at=minutes(at + 60), reason="EVDisconnected")
    site.work(now=minutes(at + 61))

    report = Receipt.objects.get(session=session).document["report"]
    assert report["total"] == 0, "the old plan's energy, connection fee and all"
    assert "Neighbour" in str(report)
    assert benefits.taken_wh(new) == 8000
    after = charge(site, at=at + 120, wh=23_000).document["report"]
    included = [line["wh"] for line in after["lines"] if line["label"] == benefits.INCLUDED]
    assert included == [new.included_wh - 8000]
