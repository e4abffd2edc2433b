"""One charger: what charges now is stopped where it is shown, and a start proposes what is likely."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Token
from chargers.fleet import presence
from chargers.models import Command, Connector, Evse, Tag, Transaction
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def online(world: World) -> World:
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=datetime.now(tz=UTC))
    Connector.objects.update(status="Charging", status_at=datetime.now(tz=UTC))
    second = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=second, number=1, status="Available")
    return world


def charged(world: World, uid: str, *, hours_ago: int, runs: bool = False) -> Transaction:
    at = datetime.now(tz=UTC) - timedelta(hours=hours_ago)
    return Transaction.objects.create(
        charger=world.charger,
        transaction_id=f"{hours_ago}",
        id_token=uid,
        evse_number=1,
        started_at=at,
        start_received_at=at,
        stopped_at=None if runs else at,
        authorization_status="Accepted",
    )


def test_what_charges_now_is_stopped_beside_it(online: World, client_of):
    charged(online, "04A1B2C3D4", hours_ago=1, runs=True)
    client = client_of(online.owner)

    text = client.get("/chargers/CP1/").content.decode()
    form = text[text.index('<input type="hidden" name="ask" value="stop">') :].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', form))
    answer = client.post("/chargers/CP1/commands/", fields)

    command = Command.objects.get()
    assert answer.headers["Location"] == f"/chargers/CP1/commands/{command.pk}/"
    assert (command.action, command.payload) == ("RemoteStopTransaction", {"transactionId": 1})


def test_who_reads_only_has_no_stop(online: World, client_of):
    charged(online, "04A1B2C3D4", hours_ago=1, runs=True)

    assert 'value="stop"' not in client_of(online.teammate).get("/chargers/CP1/").content.decode()


def test_a_start_proposes_a_free_connector_and_cards_used_here(online: World, client_of):
    Token.objects.create(host=online.host, uid="04FFEE0001", canonical_uid="04FFEE0001")
    charged(online, "04A1B2C3D4", hours_ago=5)
    charged(online, "04:ff:ee:00:01", hours_ago=2)
    charged(online, "GUEST-NUMBER", hours_ago=1)

    text = client_of(online.owner).get("/chargers/CP1/commands/").content.decode()

    start = text[text.index('id="start"') : text.index('id="stop"')]
    assert '<option value="2" selected>2: Available</option>' in start
    assert re.findall(r'<option value="(04[^"]+)"></option>', start) == ["04:ff:ee:00:01", "04A1B2C3D4"]
    assert "GUEST-NUMBER" not in start


def test_its_tabs_are_in_groups_and_its_tags_beside_its_name(online: World, client_of):
    Tag.objects.create(host=online.host, name="Garage").chargers.add(online.charger)

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    tabs = text[text.index('<nav aria-label="About this charger">') :].split("</nav>")[0]
    assert re.findall(r">(?:\s*)(Overview|Activity|Access|Commands|Settings|Logs|Proxy|Configuration)<", tabs) == [
        "Overview", "Activity", "Logs", "Access", "Proxy", "Commands", "Settings", "Configuration",
    ]  # fmt: skip
    assert '<a class="chip" href="/chargers/?tag=Garage">Garage</a>' in text
