"""Notes of what changed: each is taken once, and stays where its taker fails."""

import pytest
from django.db import transaction

from billing.models import RoamingChange
from billing.roaming.publication import changes

pytestmark = pytest.mark.django_db


def test_what_was_noted_is_taken_once_and_by_its_kind():
    changes.note(changes.LOCATION, [1, 2, 2])
    changes.note(changes.TARIFF, ["3"])

    assert changes.pop_keys(changes.LOCATION) == {"1", "2"}
    assert changes.pop_keys(changes.LOCATION) == set()
    assert changes.pop_keys(changes.TARIFF) == {"3"}


def test_where_the_taker_fails_the_notes_stay():
    changes.note(changes.SESSION, ["s"])

    with transaction.atomic():
        assert changes.pop_keys(changes.SESSION) == {"s"}
        transaction.set_rollback(True)

    assert RoamingChange.objects.filter(kind=changes.SESSION).count() == 1


def test_no_keys_note_nothing():
    changes.note(changes.SESSION, [])

    assert not RoamingChange.objects.exists()
