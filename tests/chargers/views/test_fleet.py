"""One charger: what charges now is stopped where it is shown, and a start proposes what is likely."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Token
from chargers.fleet import presence
from chargers.lib import ids
from chargers.models import Command, Connector, Evse, MeterValue, Tag, Transaction
from tests.kit import charging
from tests.kit.world import World

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


def ago(*, minutes: int) -> datetime:
    return datetime.now(tz=UTC) - timedelta(minutes=minutes)


def read(row: Transaction, *, at: datetime, power_w: int) -> None:
    MeterValue.objects.create(
        id=ids.generate(now=at), charger=row.charger, transaction=row, evse_number=1, at=at, received_at=at,
        power_w=power_w, samples=[],
    )  # fmt: skip


def text_of_overview(client) -> str:
    return client.get("/chargers/CP1/").content.decode()


def test_it_asks_nothing_twice_and_counts_no_old_sessions(online: World, client_of, django_assert_max_num_queries):
    for hour in range(1, 8):
        charged(online, "04A1B2C3D4", hours_ago=hour)
    client = client_of(online.owner)
    text_of_overview(client)

    with django_assert_max_num_queries(34) as asked:
        text = text_of_overview(client)

    assert not [query for query in asked.captured_queries if query["sql"].startswith("SELECT COUNT(*)")
                and '"chargers_transaction"' in query["sql"]]  # fmt: skip
    assert 'href="/sessions/?q=SUN001">All sessions here</a>' in text


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


def test_it_has_five_tabs_and_its_tags_beside_its_name(online: World, client_of):
    Tag.objects.create(host=online.host, name="Garage").chargers.add(online.charger)

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    tabs = text[text.index('<nav aria-label="About this charger">') :].split("</nav>")[0]
    assert re.findall(r">(\w+)</a>", tabs) == ["Overview", "Activity", "Access", "Controls", "Settings"]
    assert '<a class="chip" href="/chargers/?tag=Garage">Garage</a>' in text


@pytest.mark.parametrize(
    ("page", "tab", "pages_beside_it"),
    [
        ("logs", "Activity", ["Timeline", "Logs", "Reports", "Uptime", "Sessions"]),
        ("proxy", "Access", ["Local list", "Proxy", "Decisions", "Test a card"]),
        ("setup", "Settings", ["Configuration", "Set-up", "Connection", "QR label"]),
    ],
)
def test_a_tab_has_its_pages_below_it(online: World, client_of, page, tab, pages_beside_it):
    text = client_of(online.owner).get(f"/chargers/CP1/{page}/").content.decode()

    tabs, below = text[text.index('<nav aria-label="About this charger">') :].split("</nav>")[:2]
    assert re.findall(r'aria-current="true">(\w+)<', tabs) == [tab]
    assert re.findall(r">([^<>]+)</a>", below) == pages_beside_it
    assert below.count('aria-current="page"') == 1


def drawing(text: str) -> str:
    """The station as who does not see it hears it."""
    return re.findall(r'<svg class="station[^>]+aria-label="([^"]*)"', text)[0]


def test_the_drawing_says_what_each_connector_does(online: World, client_of):
    row = charged(online, "04A1B2C3D4", hours_ago=1, runs=True)
    Transaction.objects.filter(pk=row.pk).update(meter_start_wh=1000, register_wh=4200, power_w=7400)

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    assert drawing(text) == "Connector 1: Charging, 3.2 kWh, 7.4 kW. Connector 2: Available."
    assert '<g class="lane lane-charging">' in text
    assert '<g class="lane lane-free">' in text


def test_a_paused_car_delivers_no_power(online: World, client_of):
    Connector.objects.filter(evse__number=1).update(status="SuspendedEV")
    row = charged(online, "04A1B2C3D4", hours_ago=1, runs=True)
    Transaction.objects.filter(pk=row.pk).update(meter_start_wh=1000, register_wh=4200, power_w=7400)

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    assert drawing(text).startswith("Connector 1: Paused by the car, 3.2 kWh.")
    assert "nothing flows now" in text


def test_a_fault_stands_in_the_answer_and_in_the_drawing(online: World, client_of):
    Connector.objects.update(status="Faulted", error_code="GroundFailure")

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    assert "<span>No. Faulted: GroundFailure</span></h2>" in text
    assert drawing(text) == "Connector 1: Faulted. Connector 2: Faulted."
    assert '<path class="mark" d="M0-15l16 28h-32z" />' in text


def test_of_an_offline_charger_nothing_is_drawn_as_known(world: World, client_of):
    Connector.objects.update(status="Charging")

    text = client_of(world.owner).get("/chargers/CP1/").content.decode()

    assert drawing(text) == "Connector 1: Unknown."
    assert '<g class="lane lane-charging">' not in text
    assert "a command would not be sent, and is not kept for later" in text


def test_the_last_ten_events_stand_newest_first(online: World, client_of):
    for minute in range(12):
        charging.report(online.charger, ("Available", "Preparing")[minute % 2], at=ago(minutes=minute))

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    events = re.findall(r'<ol class="events">(.*?)</ol>', text, re.DOTALL)[0]
    assert events.count("<li>") == 10
    assert events.index("Connector 1 is Available") < events.index("Connector 1 is Preparing")


def test_the_power_of_today_is_a_bar_for_each_quarter_of_an_hour(online: World, client_of):
    row = charged(online, "04A1B2C3D4", hours_ago=0, runs=True)
    for power_w in (6000, 8000):
        read(row, at=datetime.now(tz=UTC), power_w=power_w)
    read(row, at=datetime.now(tz=UTC) - timedelta(days=2), power_w=50_000)

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    chart = re.findall(r'<figure class="power-day">(.*?)</figure>', text, re.DOTALL)[0]
    assert chart.count("<rect") == 1
    assert "Highest 7 kW" in chart


def test_a_day_without_a_session_has_no_power(online: World, client_of):
    assert "No session has reported its power since midnight." in text_of_overview(client_of(online.owner))


def test_controls_lead_to_their_form_unfolded(online: World, client_of):
    client = client_of(online.owner)

    assert 'href="/chargers/CP1/commands/?open=unlock#unlock"' in text_of_overview(client)
    text = client.get("/chargers/CP1/commands/?open=unlock").content.decode()
    assert re.findall(r'<details class="offer" id="(\w+)" open>', text) == ["unlock"]


def test_a_restart_is_asked_for_and_confirmed(online: World, client_of):
    client = client_of(online.owner)

    answer = client.post("/chargers/CP1/commands/", {"ask": "reset_soft"})

    assert "Sessions that run now end." in answer.content.decode()
    assert not Command.objects.exists()


def test_who_reads_only_has_no_controls(online: World, client_of):
    text = text_of_overview(client_of(online.teammate))

    assert "Your role at Sunset Stays may look, not order." in text
    assert 'value="reset_soft"' not in text


def test_a_stranger_sees_nothing_of_it_and_an_agent_all(online: World, client_of):
    assert client_of(online.stranger).get("/chargers/CP1/").status_code == 404
    assert "Connector 2: Available." in text_of_overview(client_of(online.agent))
