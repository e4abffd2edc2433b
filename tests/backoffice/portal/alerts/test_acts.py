"""Alert rules and scheduled reports, as people set them up for themselves, or a host's key for its members."""

from datetime import UTC, datetime, time

import pytest

from backoffice.portal.alerts import acts
from backoffice.portal.alerts.acts import RuleError, WantedRule
from billing.models import AlertKind, AlertRule
from billing.payments.webhooks import deliveries
from tests.kit.alerts_pages import rule

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York
ALL = list(AlertKind)


def test_a_rule_is_for_oneself_at_a_host_that_one_sees(world):
    other = deliveries.add(
        world.stranger.memberships.get().host, url="https://x.example/", kinds=None, by="x", now=NOON
    )
    wanted = WantedRule(kinds=ALL, time_zone="UTC", properties=[], endpoint=other[0])

    with pytest.raises(RuleError):
        acts.add_rule(world.host, wanted, to=world.owner, by=world.owner, now=NOON)
    for by, to in ((world.stranger, world.stranger), (world.owner, world.teammate)):
        with pytest.raises(acts.people.NotAllowedError):
            acts.add_rule(world.host, WantedRule(kinds=ALL, time_zone="UTC", properties=[]), to=to, by=by, now=NOON)
    assert not AlertRule.objects.exists()


def test_the_same_rule_is_not_made_twice(world, client_of):
    rule(world, minutes=10)
    with pytest.raises(RuleError, match="You have this rule already"):
        rule(world, minutes=10)
    rule(world, minutes=60)

    assert AlertRule.objects.count() == 2


def test_quiet_hours_do_not_end_when_they_begin(world):
    with pytest.raises(RuleError, match="give two different times"):
        rule(world, quiet=(time(22), time(22)))
