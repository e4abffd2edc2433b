"""Energy that a charger gave in a transaction without a session, as its messages leave it, told over a real socket."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from authorization.models import Token, User
from backoffice.portal.attention import attention
from billing.models import RateAssignment, Rating, Session
from billing.sessions.settlement import reviews, settle, unclaimed
from chargers.models import Transaction
from tests.chargers.conftest import host, site
from tests.kit import calls_2x
from tests.kit.calls_2x import event
from tests.kit.calls_16 import CARD, ago, start
from tests.kit.charging import PLAIN, assign, make_rate
from tests.kit.connected import _gateway, charger, gateway, member, residents
from tests.kit.gateway import Device

__all__ = ["_gateway", "charger", "gateway", "host", "member", "residents", "site"]

LATER = timedelta(minutes=16)


@pytest.fixture
def agent(db):
    return User.objects.create_user("agent@example.com", "secret-password-1", is_agent=True)


@pytest.fixture
def rated(site, transactional_db):
    assign(make_rate(site.host, definition=PLAIN), site, *RateAssignment.Audience.values)


def told(gateway, calls, *, version="2.0.1"):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            return [await device.call(action, payload) for action, payload in calls]

    return asyncio.run(story())


def events(*payloads):
    return [("TransactionEvent", payload) for payload in payloads]


def hold():
    return unclaimed.hold_due(now=datetime.now(tz=UTC) + LATER)


def before(charger, wh, *, name="T0"):
    """What the outlet gave before, a day ago."""
    at = datetime.now(tz=UTC) - timedelta(days=1)
    return Transaction.objects.create(
        charger=charger, transaction_id=name, ocpp_version="2.0.1", evse_number=1, started_at=at, start_received_at=at,
        stopped_at=at, meter_start_wh=wh, meter_stop_wh=wh, authorization_status="Accepted", stated_start="x",
    )  # fmt: skip


def test_an_ended_whose_started_was_lost_is_held_with_the_energy_since_the_session_before(
    gateway, charger, member, rated, agent
):
    before(charger, 3000)
    status = {"timestamp": ago(hours=2), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    taken = {**status, "timestamp": ago(minutes=61), "connectorStatus": "Occupied"}
    ended = event("Ended", 9, minutes=1, wh=7000, idToken=calls_2x.CARD, info={"stoppedReason": "Local"})

    told(gateway, [("StatusNotification", status), ("StatusNotification", taken), *events(ended, ended)])
    assert unclaimed.hold_due(now=datetime.now(tz=UTC)) == 0
    assert (hold(), hold()) == (1, 0)

    session = Session.objects.get(charger=charger)
    assert (session.state, session.audience, session.token) == ("held", "member", member)
    assert session.state_reason == "The charger never reported the start of this session."
    rating = Rating.objects.get(session=session)
    assert (rating.energy_wh, rating.total_minor, rating.kind) == (4000, 260, "provisional")  # 1.00 + 4 kWh x 0.40
    assert timedelta(minutes=59) < session.stopped_at - session.started_at < timedelta(minutes=61)
    assert [one.total_minor for one in reviews.offers(session)] == [260]
    row = attention.for_viewer(agent, now=datetime.now(tz=UTC)).rows[0]
    assert [(cause.kind, cause.minor) for cause in row.causes] == [("held", 260)]


def test_a_chain_of_updated_without_started_is_held_from_its_first_register(gateway, charger, member, rated):
    told(
        gateway,
        events(
            event("Updated", 4, minutes=40, trigger="MeterValuePeriodic", wh=1000),
            event("Updated", 5, minutes=20, trigger="MeterValuePeriodic", wh=3000),
            event("Ended", 6, minutes=1, wh=5000, info={"stoppedReason": "EVDisconnected"}),
        ),
    )

    assert hold() == 1
    session = Session.objects.get()
    assert (session.state, session.audience, session.ratings.get().energy_wh) == ("held", "guest", 4000)


def test_registers_of_both_ends_in_the_ended_are_what_is_known(gateway, charger, member, rated):
    ended = event("Ended", 9, minutes=1, info={"stoppedReason": "Local"})
    ended["meterValue"] = [
        {"timestamp": ago(minutes=at), "sampledValue": [{"value": wh, "context": context}]}
        for at, wh, context in ((60, 2000, "Transaction.Begin"), (1, 6000, "Transaction.End"))
    ]

    told(gateway, events(ended))

    assert hold() == 1
    assert Session.objects.get().ratings.get().energy_wh == 4000


def test_an_ended_with_one_register_at_an_outlet_without_history_is_held_without_a_price(
    gateway, charger, member, rated
):
    told(gateway, events(event("Ended", 9, minutes=1, wh=7000, info={"stoppedReason": "Local"})))

    assert hold() == 1
    session = Session.objects.get()
    assert (session.state, session.ratings.get().total_minor, reviews.offers(session)) == ("held", 0, [])


def test_a_start_that_comes_after_all_takes_its_session_out_of_review(gateway, charger, member, rated):
    before(charger, 3000)
    told(gateway, events(event("Ended", 1, minutes=1, wh=7000, info={"stoppedReason": "EVDisconnected"})))
    hold()

    told(gateway, events(event("Started", 0, minutes=60, wh=2000, idToken=calls_2x.CARD, offline=True)))
    settle.settle_due(now=datetime.now(tz=UTC) + 2 * LATER)

    session = Session.objects.get()
    assert (session.state, session.token) == ("settled", member)
    assert session.ratings.get(kind="final").energy_wh == 5000


@pytest.mark.parametrize("uid", ["DEADBEEF", CARD])
def test_an_offline_start_with_an_unknown_or_blocked_card_is_held_with_what_it_costs(
    gateway, charger, member, rated, agent, uid
):
    Token.objects.update(blocked=True)

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            began = start(idTag=uid, timestamp=ago(hours=3))
            row_id = (await device.call("StartTransaction", began))["transactionId"]
            stop = {"transactionId": row_id, "meterStop": 15_000, "timestamp": ago(hours=1)}
            await device.call("StopTransaction", stop)

    asyncio.run(story())

    assert hold() == 1
    session = Session.objects.get()
    assert (session.state, session.ratings.get().total_minor) == ("held", 660)  # 1.00 + 14 kWh x 0.40
    assert session.state_reason == "The charger gave energy to a card that is refused here."
    assert session.token == (member if uid == CARD else None)
    row = attention.for_viewer(agent, now=datetime.now(tz=UTC)).rows[0]
    assert ("held", 660) in [(cause.kind, cause.minor) for cause in row.causes]


def stop_of_nobody(gateway, **payload):
    told(gateway, [("StopTransaction", {"timestamp": ago(minutes=1), **payload})], version="1.6")


def test_a_1_6_stop_of_an_unknown_id_is_held_with_the_energy_of_the_outlet_whose_register_is_next_below(
    gateway, charger, member, rated
):
    before(charger, 3000)
    Transaction.objects.filter(charger=charger).update(evse_number=1)
    second = before(charger, 12_000, name="T1")
    Transaction.objects.filter(pk=second.pk).update(evse_number=2)

    stop_of_nobody(gateway, transactionId=555, meterStop=16_000)

    assert hold() == 1
    session = Session.objects.get()
    assert (session.state, session.evse_number, session.ratings.get().energy_wh) == ("held", 2, 4000)
    assert Transaction.objects.get(session=session).evse_number is None, "no message named it"


def test_a_1_6_stop_under_an_invented_id_after_a_refused_start_is_held(gateway, charger, member, rated):

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            first = await device.call("StartTransaction", start(timestamp=ago(hours=2)))
            refused = await device.call(
                "StartTransaction", start(connectorId=2, meterStart=5000, timestamp=ago(hours=1))
            )
            stop = {"transactionId": 987_654, "idTag": CARD, "meterStop": 9000, "timestamp": ago(minutes=1)}
            await device.call("StopTransaction", stop)
            return first["idTagInfo"]["status"], refused["idTagInfo"]["status"]

    assert asyncio.run(story()) == ("Accepted", "ConcurrentTx")
    assert hold() == 1
    session = Session.objects.get(state="held")
    assert (session.evse_number, session.ratings.get().energy_wh) == (2, 4000)


def test_a_1_6_stop_of_which_nothing_else_is_known_is_held_without_a_price(
    gateway, charger, member, rated, agent, client
):
    stop_of_nobody(gateway, transactionId=555, meterStop=16_000)

    assert hold() == 1
    session = Session.objects.get()
    assert (session.state, session.evse_number, reviews.offers(session)) == ("held", None, [])
    assert "held" in [
        cause.kind for row in attention.for_viewer(agent, now=datetime.now(tz=UTC)).rows for cause in row.causes
    ]
    User.objects.create_user("owner@example.com", "secret-password-1").memberships.create(
        host=charger.property.host, role="owner"
    )
    client.force_login(User.objects.get(email="owner@example.com"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(f"/sessions/{session.pk}/").status_code == 200


def test_what_a_charger_gives_before_it_obeys_a_refusal_is_let_go(gateway, charger, member, rated):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start(idTag="DEADBEEF")))["transactionId"]
            await device.call(
                "StopTransaction", {"transactionId": row_id, "meterStop": 1050, "timestamp": ago(hours=0)}
            )

    asyncio.run(story())

    assert hold() == 0


def test_where_nobody_pays_nothing_is_held(gateway, charger, member):
    told(gateway, events(event("Ended", 9, minutes=1, wh=7000, info={"stoppedReason": "Local"})))

    assert hold() == 0
    assert not Session.objects.exists()
