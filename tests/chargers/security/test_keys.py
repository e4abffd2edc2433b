import pytest

from chargers.models import Charger
from chargers.security import keys

pytestmark = pytest.mark.django_db


def test_it_makes_passwords_of_128_random_bits():
    made = {keys.generate() for _ in range(100)}

    assert len(made) == 100
    assert all(len(password) == 32 and int(password, 16) >= 0 for password in made)


def test_it_knows_a_generated_password_at_once(charger):
    keys.set_generated(charger, "a" * 32)

    assert keys.matches_quickly(charger, "a" * 32)
    assert not keys.matches(charger, "b" * 32)
    assert "a" * 32 not in charger.key_hash


def test_it_knows_an_imported_password_quickly_after_its_first_success(charger):
    keys.set_imported(charger, "weak")

    assert not keys.matches_quickly(charger, "weak")
    assert keys.matches(charger, "weak")
    assert keys.matches_quickly(charger, "weak")
    assert not keys.matches(charger, "wrong")


def test_it_forgets_the_old_password_when_a_new_one_is_set(charger):
    keys.set_imported(charger, "weak")
    assert keys.matches(charger, "weak")

    keys.set_imported(charger, "other")

    assert not keys.matches(charger, "weak")


def test_it_lets_nobody_in_without_a_password():
    assert not keys.matches(Charger(), "")
