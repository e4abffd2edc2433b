"""Where back offices disagree about cards."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.insight import divergence
from authorization.models import Decision, Opinion
from chargers.lib import ids
from chargers.models import Charger
from tests.kit.world import World, make_charger, tap

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
HOUR = timedelta(hours=1)
SINCE = NOW - timedelta(days=1)


def decided(charger: Charger, uid: str, *, at: datetime = NOW, by: str = "us") -> Decision:
    """A stored decision on a tap: 04A1B2C3D4 is let in, all others are not."""
    decision = Decision.objects.get(pk=tap(charger, uid, at=at).decision_id)
    Decision.objects.filter(pk=decision.pk).update(decided_by=by)
    decision.refresh_from_db()
    return decision


def opinion(decision: Decision, name: str, *, accepted: bool, voice: str = "follower") -> Opinion:
    at = decision.at
    status = "Accepted" if accepted else "Invalid"
    return Opinion.objects.create(
        id=ids.generate(now=at), decision=decision, voice=voice, name=name, accepted=accepted, status=status, at=at
    )


def test_it_says_who_refused_whom_how_often_and_where(world: World):
    second = make_charger(world.site, "CP2", station_id="SUN002")
    for charger, at in ((world.charger, NOW - 3 * HOUR), (second, NOW - HOUR)):
        opinion(decided(charger, "04A1B2C3D4", at=at), "Partner", accepted=False)

    [found] = divergence.report(Charger.objects.all(), since=SINCE)

    assert (found.refused_by, found.accepted_by, found.counted) == ("Partner", "us", "us")
    assert (found.times, found.chargers, found.was_refused) == (2, 2, False)
    assert (found.first_at, found.last_at) == (NOW - 3 * HOUR, NOW - HOUR)


def test_a_card_that_we_refused_and_another_lets_in_was_refused(world: World):
    opinion(decided(world.charger, "04DEADBEEF"), "Partner", accepted=True)

    [found] = divergence.report(Charger.objects.all(), since=SINCE)

    assert (found.refused_by, found.accepted_by, found.was_refused) == ("us", "Partner", True)


def test_who_agrees_or_decided_themselves_or_spoke_long_ago_is_no_disagreement(world: World):
    opinion(decided(world.charger, "04A1B2C3D4"), "Partner", accepted=True)
    opinion(decided(world.charger, "04A1B2C3D4", by="Partner"), "Partner", accepted=False)
    opinion(decided(world.charger, "04A1B2C3D4", at=NOW - timedelta(days=2)), "Partner", accepted=False)

    assert divergence.report(Charger.objects.all(), since=SINCE) == []


def test_cards_that_another_back_office_never_accepted_are_named(world: World):
    def named(by: str) -> list[str]:
        return divergence.not_accepted(world.charger, by=by, since=SINCE, now=NOW)

    assert named("Partner") == ["04A1B2C3D4"]
    opinion(decided(world.charger, "04A1B2C3D4"), "Partner", accepted=True)
    assert named("Partner") == []
    assert named("Another") == ["04A1B2C3D4"]


def test_cards_that_we_would_have_refused_are_named_once(world: World):
    for _ in range(2):
        opinion(decided(world.charger, "04A1B2C3D4", by="Partner"), "us", accepted=False, voice="us")

    assert divergence.refused_by_us(world.charger, since=SINCE) == ["04A1B2C3D4"]
    assert divergence.refused_by_us(world.charger, since=NOW + HOUR) == []


def test_the_voices_about_a_decision_stand_in_their_order(world: World):
    decision = decided(world.charger, "04A1B2C3D4")
    for name, voice in (("Zeta", "follower"), ("Alpha", "follower"), ("Leader", "leader"), ("us", "us")):
        opinion(decision, name, accepted=True, voice=voice)

    [voices] = divergence.opinions_by_decision([decision.pk]).values()

    assert [row.name for row in voices] == ["us", "Leader", "Alpha", "Zeta"]
    assert divergence.opinions_by_decision([]) == {}
