"""`manage.py api_key`: a key for one host or for the agents, shown once."""

import io

import pytest
from django.core.management import CommandError, call_command

from authorization.models import ApiKey, Membership, User
from tests.kit import site as sites

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site():
    return sites.build()


def run(*arguments):
    out = io.StringIO()
    call_command("api_key", *arguments, stdout=out)
    return out.getvalue().strip()


def test_it_prints_a_key_of_the_host_and_stores_only_its_hash(site):
    key = run("--host", "sunset")

    stored = ApiKey.objects.get_from_key(key)
    assert (stored.host, stored.is_agent) == (site.host, False)
    assert key not in stored.hashed_key


def test_it_prints_a_key_of_the_agents():
    stored = ApiKey.objects.get_from_key(run("--agent"))

    assert (stored.host, stored.is_agent) == (None, True)


def test_it_gives_a_new_key_each_time():
    assert run("--host", "sunset") != run("--host", "sunset")


@pytest.mark.parametrize(
    ("arguments", "words"), [([], "Say whose key it is"), (["--host", "sunrise"], "Known: sunset")]
)
def test_it_says_what_is_missing(arguments, words):
    with pytest.raises(CommandError, match=words):
        run(*arguments)

    assert not ApiKey.objects.exists()


def test_it_names_the_person_for_whom_a_key_acts(site):
    person = User.objects.create_user("desk@example.com", "x")
    Membership.objects.create(user=person, host=site.host, role="manager")

    key = run("--host", "sunset", "--for", "Desk@example.com")

    assert ApiKey.objects.get_from_key(key).made_by == person
    with pytest.raises(CommandError, match="No support agent has the address"):
        run("--agent", "--for", "desk@example.com")
