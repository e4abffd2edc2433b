"""Hosts and users of an import file into rows."""

from pathlib import Path
from typing import Any

import pytest

from authorization.models import Membership, User
from chargers.models import Host
from tests.kit.drivers import NOW
from tests.kit.import_site import apply, changes, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_a_new_account_counts_as_confirmed_and_an_old_one_stays_as_it_is(site: dict[str, Any], tmp_path: Path):
    User.objects.create(email="agent@example.com", is_agent=True)

    apply(site, tmp_path)

    assert User.objects.get(email="host@example.com").email_confirmed_at is not None
    assert User.objects.get(email="agent@example.com").email_confirmed_at is None


def test_a_confirmation_is_not_moved_by_another_import(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    User.objects.update(email_confirmed_at=NOW)

    apply(site, tmp_path)

    assert set(User.objects.values_list("email_confirmed_at", flat=True)) == {NOW}


def test_another_role_replaces_the_one_before(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["users"][0]["memberships"] = [{"host": "sunset", "role": "finance"}]

    assert changes(apply(site, tmp_path)) == {"users": (0, 1)}
    assert Membership.objects.get().role == "finance"


@pytest.mark.parametrize(("memberships", "left"), [([], 0), (None, 1)])
def test_an_empty_list_takes_roles_away_and_one_that_is_left_out_does_not(
    site: dict[str, Any], tmp_path: Path, memberships: list[Any] | None, left: int
):
    apply(site, tmp_path)
    del site["users"][0]["memberships"]
    if memberships is not None:
        site["users"][0]["memberships"] = memberships

    apply(site, tmp_path)

    assert Membership.objects.count() == left


def test_a_host_is_known_by_its_slug_and_changed(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["hosts"][0] |= {"name": "Sunset Homes", "tax_number": "US-1"}

    assert changes(apply(site, tmp_path)) == {"hosts": (0, 1)}
    assert list(Host.objects.values_list("slug", "name", "tax_number")) == [("sunset", "Sunset Homes", "US-1")]
