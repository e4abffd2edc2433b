"""Texts of tickets are stored without numbers of payment cards."""

import pytest

from support.models import Draft, Macro
from support.models.conversation import LongFreeText
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

CARD = "4242 4242 4242 4242"


@pytest.mark.django_db
def test_a_text_is_masked_when_it_is_saved_and_the_row_in_hand_says_the_same(world: World):
    draft = Draft.objects.create(ticket=opened(), user=world.agent, text=f"Pay with {CARD}?", changed_at=NOW)

    assert CARD not in draft.text
    assert Draft.objects.get().text == draft.text


@pytest.mark.django_db
def test_a_text_is_masked_also_where_no_row_is_in_hand(world: World):
    Draft.objects.create(ticket=opened(), user=world.agent, text="Hello", changed_at=NOW)

    Draft.objects.update(text=CARD)
    Macro.objects.bulk_create([Macro(name="x", text=CARD)])

    assert CARD not in Draft.objects.get().text
    assert CARD not in Macro.objects.get(name="x").text


def test_what_is_no_text_is_left_to_the_database():
    assert LongFreeText().get_prep_value(None) is None


def test_migrations_know_it_as_the_column_that_it_is():
    assert LongFreeText(blank=True).deconstruct()[1:] == ("django.db.models.TextField", [], {"blank": True})
