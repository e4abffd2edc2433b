"""Two hosts, and the four people of every access test: the owner, a teammate, a stranger and an agent."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from authorization.decide import decisions
from authorization.models import Membership, Token, TokenGroup, User
from chargers.lib import ids
from chargers.models import Charger, Connector, Evse, Host, Licence, Message, Property
from tests.kit import browser
from tests.kit.logging_in import after_log_in, logged_in

PASSWORD = "correct horse battery"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
"""The start of the roles of the tests' users."""
hashed = cache(make_password)
"""Slow on purpose, so hashed once for all tests."""


@dataclass(frozen=True)
class World:
    host: Host
    site: Property
    charger: Charger
    group: TokenGroup
    member: Token
    owner: User
    teammate: User
    stranger: User
    agent: User


@pytest.fixture
def world(db: None) -> World:
    host = Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")
    other = Host.objects.create(slug="lakeside", name="Lakeside Lofts", currency="USD", country="US")
    site = Property.objects.create(host=host, slug="sunset-1", name="Sunset 1", time_zone="America/New_York")
    charger = make_charger(site, "CP1", station_id="SUN001")
    group = TokenGroup.objects.create(host=host, slug="residents", name="Residents")
    group.properties.add(site)
    member = Token.objects.create(host=host, uid="04A1B2C3D4", canonical_uid="04A1B2C3D4", visual_number="SUN-1")
    member.groups.add(group)
    return World(
        host=host,
        site=site,
        charger=charger,
        group=group,
        member=member,
        owner=make_user("owner@example.com", host, "owner"),
        teammate=make_user("teammate@example.com", host, "read_only"),
        stranger=make_user("stranger@example.com", other, "owner"),
        agent=User.objects.create(email="agent@example.com", password=hashed(PASSWORD), is_agent=True),
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    # Playwright's own loop runs in this thread; Django must not mistake the thread for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browser.launched() as launched:
        yield launched
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def client_of(request: pytest.FixtureRequest) -> Callable[[User], Client]:
    """A user's browser; with the mark `fresh_log_in`, after a fresh log-in."""
    return after_log_in if request.node.get_closest_marker("fresh_log_in") else logged_in


def make_user(email: str, host: Host, role: str) -> User:
    user = User.objects.create(email=email, password=hashed(PASSWORD), email_confirmed_at=datetime.now(tz=UTC))
    Membership.objects.create(user=user, host=host, role=role, role_since=LONG_AGO)
    return user


def make_charger(site: Property, charger_id: str, *, station_id: str) -> Charger:
    charger = Charger.objects.create(charger_id=charger_id, station_id=station_id, property=site)
    Licence.objects.create(charger=charger)
    evse = Evse.objects.create(charger=charger, number=1)
    Connector.objects.create(evse=evse, number=1, standard="IEC_62196_T2", max_power_w=11000)
    return charger


def tap(charger: Charger, uid: str, *, at: datetime | None = None) -> Message:
    """Records a tapped card: the exchange in the journal and the stored decision."""
    at = at or datetime.now(tz=UTC)
    decided = decisions.decide(charger=charger, question=decisions.Question(kind="authorize", uid=uid, at=at), now=at)
    return Message.objects.create(
        id=ids.generate(now=at),
        charger=charger,
        direction="in",
        ocpp_version="1.6",
        message_type=2,
        message_id=uid,
        action="Authorize",
        uid=uid,
        request_at=at,
        request=f'[2,"{uid}","Authorize",{{"idTag":"{uid}"}}]',
        answer_at=at,
        answer=f'[3,"{uid}",{{"idTagInfo":{{"status":"{decided.status_16}"}}}}]',
        answer_type=3,
        verdict=decided.status_16,
        decision_id=decided.id,
    )
