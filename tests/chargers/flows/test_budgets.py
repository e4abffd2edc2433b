"""A card with a budget at real sockets: let in, stopped, and refused once the budget is used up."""

import asyncio

import pytest

from authorization.models import Decision, Token
from tests.kit import budgets
from tests.kit import calls_2x as newer
from tests.kit.calls_16 import CARD, ago, sampled, start
from tests.kit.gateway import Device


@pytest.fixture
def limited(member):
    budgets.limit(Token.objects.get(canonical_uid=CARD), kwh=5)


def test_a_charger_of_1_6_is_told_invalid_once_the_budget_is_used_up(gateway, charger, limited):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            assert (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"] == "Accepted"
            started = await device.call("StartTransaction", start(timestamp=ago(seconds=0)))
            assert started["idTagInfo"]["status"] == "Accepted"
            number = started["transactionId"]
            await device.call("MeterValues", sampled(7000, transaction_id=number, at=ago(seconds=0)))
            assert (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"] == "Accepted", "to stop"
            stop = {"transactionId": number, "idTag": CARD, "meterStop": 7000, "timestamp": ago(seconds=0)}
            assert await device.call("StopTransaction", stop) == {}
            assert (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"] == "Invalid"
            again = await device.call("StartTransaction", start(timestamp=ago(seconds=0), meterStart=7000))
            assert again["idTagInfo"]["status"] == "Invalid"

    asyncio.run(story())

    reasons = list(Decision.objects.order_by("id").values_list("kind", "granted_by", "reason"))
    assert reasons == [
        ("authorize", "local_group", ""),
        ("start", "local_group", ""),
        ("authorize", "possible_stop", ""),
        ("authorize", "", "budget_used_up"),
        ("start", "", "budget_used_up"),
    ]
    line = next(line for line in Decision.objects.latest("id").trace if line["step"] == "budget")
    assert (line["values"]["used_wh"], line["values"]["limit_wh"]) == (6000, 5000)


def test_a_charger_of_2_x_is_told_no_credit(gateway, charger, limited):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", newer.event("Started", 0, minutes=0, idToken=newer.CARD, wh=1000))
            info = {"stoppedReason": "Local"}
            await device.call("TransactionEvent", newer.event("Ended", 1, minutes=0, wh=6000, info=info))
            token = (await device.call("Authorize", {"idToken": newer.CARD}))["idTokenInfo"]
            assert token["status"] == "NoCredit"

    asyncio.run(story())

    assert Decision.objects.latest("id").reason == "budget_used_up"
