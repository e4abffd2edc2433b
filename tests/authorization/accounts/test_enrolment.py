"""One-time links for an agent's first second factor."""

from datetime import UTC, datetime

import pytest

from authorization.accounts import enrolment
from authorization.accounts.enrolment import LINK_LASTS, EnrolmentError
from authorization.models import EnrolmentLink, User
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_it_works_once_and_looking_at_it_uses_nothing_up(world: World):
    secret = enrolment.make_link(world.agent, now=NOON)
    assert enrolment.is_usable(secret, user=world.agent, now=NOON)
    assert enrolment.is_usable(secret, user=world.agent, now=NOON)

    enrolment.use_link(secret, user=world.agent, now=NOON)

    assert not enrolment.is_usable(secret, user=world.agent, now=NOON)
    with pytest.raises(EnrolmentError, match="used already"):
        enrolment.use_link(secret, user=world.agent, now=NOON)


def test_it_lasts_a_day(world: World):
    secret = enrolment.make_link(world.agent, now=NOON)

    assert not enrolment.is_usable(secret, user=world.agent, now=NOON + LINK_LASTS)
    with pytest.raises(EnrolmentError):
        enrolment.use_link(secret, user=world.agent, now=NOON + LINK_LASTS)


def test_it_is_of_one_agent(world: World):
    other = User.objects.create(email="other@example.com", is_agent=True)
    secret = enrolment.make_link(world.agent, now=NOON)

    assert not enrolment.is_usable(secret, user=other, now=NOON)
    assert not enrolment.is_usable("", user=world.agent, now=NOON)


def test_who_is_no_agent_any_more_enrols_nothing(world: World):
    secret = enrolment.make_link(world.agent, now=NOON)
    User.objects.filter(pk=world.agent.pk).update(is_agent=False)

    assert not enrolment.is_usable(secret, user=world.agent, now=NOON)


def test_a_new_link_ends_the_one_before(world: World):
    first, second = (enrolment.make_link(world.agent, now=NOON) for _ in range(2))

    assert not enrolment.is_usable(first, user=world.agent, now=NOON)
    assert enrolment.is_usable(second, user=world.agent, now=NOON)
    assert not EnrolmentLink.objects.filter(secret_hash=second).exists()
