"""How many of each kind need somebody, in words, with the list behind each number."""

import pytest

from authorization.models import User
from backoffice.portal.attention import attention_rows
from backoffice.portal.attention.attention import Attention, Row, Subject
from backoffice.portal.attention.attention_rows import Count
from backoffice.portal.attention.cause import Cause, Kind, Link
from chargers.models import Host
from tests.kit.drivers import NOW
from tests.kit.world import World

SUBJECT = Subject(key="charger:CP1", label="SUN001", href="/", host=Host(slug="sunset"), zone="UTC")


def cause(kind: Kind, *, count: int = 1) -> Cause:
    return Cause(
        subject="charger:CP1", kind=kind, key="1", level="warn", since=NOW, words=Link("x"), fix=Link("y"), count=count
    )


def counts(*causes: Cause) -> list[Count]:
    """Each cause has a row of its own."""
    rows = [Row(subject=SUBJECT, causes=[cause]) for cause in causes]
    return list(attention_rows.counts(Attention(rows=rows, snoozed=[], more_refusals=0)))


def test_where_nothing_is_wrong_nothing_is_counted():
    assert counts() == []


@pytest.mark.parametrize(("number", "words"), [(1, "1 session held for review"), (3, "3 sessions held for review")])
def test_one_and_many_are_said_as_people_say_them(number: int, words: str):
    [count] = counts(cause(Kind.HELD, count=number))

    assert (count.words, count.level) == (words, "warn")
    assert count.href.endswith("?state=held")


def test_what_stops_charging_or_money_is_worse():
    counted = counts(cause(Kind.OFFLINE), cause(Kind.PAYOUT), cause(Kind.REQUEST))
    levels = {count.words: count.level for count in counted}

    assert levels == {"1 offline": "bad", "1 payout failed": "bad", "1 asks for access": "warn"}


def test_kinds_without_a_list_of_their_own_stand_in_the_rows_only():
    assert counts(cause(Kind.REFUSALS), cause(Kind.POWER), cause(Kind.WEBHOOK)) == []


@pytest.mark.parametrize("kind", list(attention_rows._WORDS))
def test_every_number_leads_to_a_page(kind: Kind):
    [count] = counts(cause(kind), cause(kind))

    assert count.href.startswith("/")
    assert count.words.startswith("2 ")


@pytest.mark.django_db
def test_rows_are_assigned_to_people_who_still_log_in(world: World):
    User.objects.filter(pk=world.teammate.pk).update(is_active=False)

    assert attention_rows.members(world.owner) == {world.host.pk: ["owner@example.com"]}
