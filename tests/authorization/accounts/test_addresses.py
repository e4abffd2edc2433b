"""A person's own e-mail address: it changes, and counts, once a link that went to it by mail was opened."""

from django.test import Client

from authorization.accounts import addresses
from authorization.models import User
from tests.kit.address_pages import _fresh
from tests.kit.logging_in import by_password

__all__ = ["_fresh"]
LOG_IN, FORGOT, ADDRESS = "/accounts/login/", "/accounts/password/reset/", "/accounts/email/"


def test_the_link_to_a_new_address_changes_nothing_without_a_log_in_as_its_account(world):
    link = f"{ADDRESS}{addresses.link_secret(world.owner, new='new@example.com')}/"

    for client in (Client(), by_password(world.stranger)):
        assert client.post(link).status_code == 403
    page = Client().get(link).content.decode()

    assert User.objects.get(pk=world.owner.pk).email == "owner@example.com"
    assert "Log in as" in page
    assert f'href="{LOG_IN}?next=' in page
    assert "Confirm the address</button>" not in page
    assert "You are logged in as stranger@example.com" in by_password(world.stranger).get(link).content.decode()


def test_a_link_that_only_confirms_works_once(world):
    User.objects.filter(pk=world.owner.pk).update(email_confirmed_at=None)
    link = f"{ADDRESS}{addresses.link_secret(User.objects.get(pk=world.owner.pk), new='owner@example.com')}/"

    client = by_password(world.owner)
    assert client.post(link).status_code == 302
    assert client.post(link).status_code == 404
    assert "was used already" in Client().get(link).content.decode()


def test_a_used_link_to_another_address_stays_used_when_the_address_changes_back(world):
    there = f"{ADDRESS}{addresses.link_secret(world.owner, new='new@example.com')}/"
    client = by_password(world.owner)
    client.post(there)
    moved = User.objects.get(pk=world.owner.pk)
    client.post(f"{ADDRESS}{addresses.link_secret(moved, new='owner@example.com')}/")

    assert client.post(there).status_code == 404
    assert User.objects.get(pk=world.owner.pk).email == "owner@example.com"
