"""Acts of people as they are written down."""

from typing import Any

import pytest

from authorization import audit
from authorization.audit import Subject
from authorization.models import ApiKey, AuditEntry
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db
CARD = "4242 4242 4242 4242"


def written(world: World, **facts: Any) -> AuditEntry:
    entry = audit.write("token.changed", Subject("token", 5, "SUN-1", world.host), user=world.owner, now=NOW, **facts)
    entry.refresh_from_db()
    return entry


def test_who_acted_is_a_word_that_outlives_the_account(world: World):
    key, _ = ApiKey.objects.create_key(name="test", host=world.host, is_agent=False)

    assert audit.actor(world.owner) == "user:owner@example.com"
    assert audit.actor(ApiKey.objects.get(pk=key.pk)) == f"api:{key.prefix}"
    assert audit.actor(None) == "guest"


@pytest.mark.parametrize(
    ("actor", "is_person", "name"),
    [("user:kim@example.com", True, "kim@example.com"), ("api:abcd", False, "api:abcd"), ("guest", False, "guest")],
)
def test_pages_show_a_person_by_their_address(actor: str, is_person: bool, name: str):
    assert (audit.is_person(actor), audit.name(actor)) == (is_person, name)


def test_numbers_of_payment_cards_are_masked_in_what_people_typed(world: World):
    after = {"note": f"Pays with {CARD}", "uid": "4242424242424242", "more": {"reason": CARD, "count": 3}}

    entry = written(world, after=after, before={"name": CARD}, reason=f"Called about {CARD}")

    assert CARD not in f"{entry.after} {entry.before} {entry.reason}"
    assert entry.after["uid"] == "4242424242424242"
    assert entry.after["more"]["count"] == 3


@pytest.mark.parametrize("values", [None, ["a", "b"], "text"])
def test_what_is_no_object_is_kept_as_it_is(world: World, values: Any):
    assert written(world, after=values).after == values


@pytest.mark.parametrize(
    ("reason", "stored"),
    [
        ("", "T-1001: Kim is stuck."),
        ("Kim is stuck.", "T-1001: Kim is stuck."),
        ("The cable is worn.", "T-1001: Kim is stuck. The cable is worn."),
    ],
)
def test_what_is_done_for_a_ticket_says_so(world: World, reason: str, stored: str):
    with audit.for_ticket("T-1001", reason="Kim is stuck."):
        assert written(world, reason=reason).reason == stored

    assert written(world, reason=reason).reason == reason


def test_an_act_that_fails_leaves_no_ticket_behind(world: World):
    with pytest.raises(ZeroDivisionError), audit.for_ticket("T-1001", reason="Kim is stuck."):
        raise ZeroDivisionError

    assert written(world, reason="Later").reason == "Later"


def test_texts_are_cut_where_the_columns_end(world: World):
    entry = audit.write("x", Subject("token", 5, "L" * 300), user=None, now=NOW, reason="R" * 900)

    assert (len(entry.subject_label), len(entry.reason), entry.host, entry.user) == (200, 500, None, None)


def test_a_driver_s_act_names_the_account_and_not_the_person():
    entry = audit.write_of_driver("driver.language", Subject("driver", 7, "driver 7"), now=NOW, after={"to": "de"})

    assert (entry.actor, entry.user) == ("driver:7", None)
