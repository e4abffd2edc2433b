"""Accounts by their address, in whatever case it is written; keys belong to a host or to the agents."""

import pytest
from django.db import IntegrityError, transaction

from authorization.models import ApiKey, User
from chargers.models import Host

pytestmark = pytest.mark.django_db


def test_an_address_is_stored_and_looked_up_in_small_letters():
    kim = User.objects.create_user("Kim@Example.COM", "correct horse battery")

    assert kim.email == "kim@example.com"
    assert kim.check_password("correct horse battery")
    assert User.objects.get_by_natural_key("KIM@example.com") == kim


@pytest.mark.parametrize("name", [None, "", "stranger@example.com"])
def test_there_is_nobody_of_another_name(name: str | None):
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(name)


def test_who_rules_the_installation_is_an_agent():
    root = User.objects.create_superuser("root@example.com", "correct horse battery")

    assert (root.is_agent, root.is_staff, root.is_superuser) == (True, True, True)
    assert not User(email="kim@example.com").is_staff


@pytest.mark.parametrize(("has_host", "is_agent"), [(True, True), (False, False)])
def test_a_key_is_of_a_host_or_of_the_agents_and_never_both(has_host: bool, is_agent: bool):
    host = Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create_key(name="test", host=host if has_host else None, is_agent=is_agent)


def test_a_key_that_names_no_scopes_has_all_of_them():
    assert ApiKey(is_agent=True).scopes == ["read", "operate", "money"]
