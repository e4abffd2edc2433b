"""Rows by their natural keys, in bulk: what is new is created, what differs is updated, what is alike is left alone."""

import copy
from pathlib import Path
from typing import Any

import pytest

from authorization.models import (
    Membership,
    Token,
    TokenGroup,
)
from billing.models import Rate
from chargers.models import Charger, Connector, Evse, Host, Licence, Property, Unit, Upstream
from tests.kit.import_site import apply, changes, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_replaces_lists(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    charger = site["chargers"][0]
    charger["connectors"] = [{"number": 2, "standard": "CHADEMO"}]
    charger["upstreams"] = [{"name": "Analytics", "url": "wss://data.example/ocpp", "role": "leader"}]
    site["chargers"][0]["unit"] = None
    site["properties"][0]["units"] = [{"slug": "3a", "name": "Suite 3A"}]
    site["token_groups"][0] |= {"properties": [], "chargers": ["CP2"]}
    site["tokens"][0]["groups"] = []
    site["users"][0]["memberships"] = []

    summary = apply(site, tmp_path)

    assert changes(summary) == {
        "users": (0, 1),
        "properties": (0, 1),
        "chargers": (0, 1),
        "token_groups": (0, 1),
        "tokens": (0, 1),
    }
    assert list(Connector.objects.values_list("evse__number", "standard")) == [(2, "CHADEMO")]
    assert list(Evse.objects.values_list("number", flat=True)) == [2]
    assert list(Upstream.objects.values_list("name", "role")) == [("Analytics", "leader")]
    assert list(Unit.objects.values_list("slug", "name")) == [("3a", "Suite 3A")]
    group = TokenGroup.objects.get()
    assert (group.properties.count(), [str(charger) for charger in group.chargers.all()]) == (0, ["SUN002"])
    assert Token.objects.get(host__slug="sunset").groups.count() == 0
    assert Membership.objects.count() == 0
    assert changes(apply(site, tmp_path)) == {}


def test_it_leaves_lists_alone_that_the_file_leaves_out_but_for_upstreams_and_groups(
    site: dict[str, Any], tmp_path: Path
):
    apply(site, tmp_path)
    for entry, key in (
        (site["chargers"][0], "connectors"),
        (site["chargers"][0], "upstreams"),
        (site["properties"][0], "units"),
        (site["token_groups"][0], "properties"),
        (site["tokens"][0], "groups"),
        (site["users"][0], "memberships"),
    ):
        del entry[key]

    assert changes(apply(site, tmp_path)) == {"chargers": (0, 1), "tokens": (0, 1)}
    assert (Connector.objects.count(), Unit.objects.count(), Membership.objects.count()) == (1, 2, 1)
    assert (Upstream.objects.count(), Token.objects.get(host__slug="sunset").groups.count()) == (0, 0)


def test_it_puts_fields_that_are_left_out_back_to_their_defaults(site: dict[str, Any], tmp_path: Path):
    full = copy.deepcopy(site)
    full["chargers"][0] |= {"configured": False, "security_profile": 2, "licence": {"state": "inactive"}}
    full["properties"][0] |= {"access": "public_roaming", "city": "Ocean City"}
    full["tokens"][0] |= {"blocked": True, "valid": False, "parent": "FLEET"}
    apply(full, tmp_path)
    del site["chargers"][0]["licence"]

    apply(site, tmp_path)

    charger, place, token = (
        Charger.objects.get(charger_id="CP1"),
        Property.objects.get(),
        Token.objects.get(host__slug="sunset"),
    )
    assert (charger.configured, charger.security_profile, charger.licence.state) == (True, 1, "active")
    assert (place.access, place.city) == ("private", "")
    assert (token.blocked, token.valid, token.parent) == (False, True, "")


def test_it_keeps_what_the_file_cannot_say(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    Connector.objects.update(status="Charging")
    Charger.objects.update(name="By the pool", vendor="ABB", ocpp_version="1.6")
    Rate.objects.update(name="Our rate")
    TokenGroup.objects.update(enabled=False)
    site["chargers"][0]["connectors"][0]["max_power_w"] = 22000
    site["chargers"][0]["configured"] = False

    apply(site, tmp_path)

    assert Connector.objects.get().status == "Charging"
    charger = Charger.objects.get(charger_id="CP1")
    assert (charger.name, charger.vendor, charger.ocpp_version, charger.configured) == (
        "By the pool",
        "ABB",
        "1.6",
        False,
    )
    assert (Rate.objects.get().name, TokenGroup.objects.get().enabled) == ("Our rate", False)


def test_it_leaves_entries_alone_that_the_file_does_not_name(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    host = Host.objects.get()
    Token.objects.create(host=host, uid="KEPT", canonical_uid="KEPT")

    apply({"tokens": [{"uid": "NEW", "host": "sunset"}]}, tmp_path)

    assert set(Token.objects.filter(host=host).values_list("uid", flat=True)) == {"04:A1:B2:C3", "KEPT", "NEW"}
    assert (Charger.objects.count(), Licence.objects.count()) == (2, 2)
