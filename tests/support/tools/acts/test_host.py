"""What an agent asks of a ticket's host: its owners get a mail each, with the page where they answer."""

from datetime import UTC, datetime

import pytest

from authorization.models import DataGrant
from authorization.people.access import NotAllowedError
from authorization.people.data_grants import GrantError
from billing.models import OutgoingMail
from support.tools.acts import host
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
UNTIL = datetime(2026, 3, 11, 12, tzinfo=UTC)


def ask(world: World, *, until: datetime = UNTIL, by=None) -> str:
    return host.ask_to_see(
        world.host,
        DataGrant.Scope.SESSIONS,
        reason="A refund",
        ticket="T-1001",
        until=until,
        by=by or world.agent,
        now=NOON,
    )


def test_each_owner_is_asked(world: World):
    make_user("second@example.com", world.host, "owner")

    assert ask(world).startswith("Sunset Stays was asked to let agent@example.com see")

    outgoing_mails = OutgoingMail.objects.order_by("address")
    assert [outgoing.address for outgoing in outgoing_mails] == ["owner@example.com", "second@example.com"]
    assert "until 11 March 2026, 08:00 EDT, for the request T-1001." in outgoing_mails[0].text
    assert "Nothing is shown unless you approve it." in outgoing_mails[0].text


@pytest.mark.parametrize("until", [NOON, datetime(2026, 4, 10, tzinfo=UTC)])
def test_what_cannot_be_asked_sends_nothing(world: World, until: datetime):
    with pytest.raises(GrantError):
        ask(world, until=until)

    assert not OutgoingMail.objects.exists()


def test_only_agents_ask(world: World):
    with pytest.raises(NotAllowedError):
        ask(world, by=world.owner)
