"""Volt Time's article, branch by branch: a card is rejected, Chargers > View > Logs and Proxy say who rejects it, the
remedy of that branch is done in the portal, and the same card is accepted. Where a third party leads: test_proxy.
"""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from authorization.models import MobilityProvider, Token
from chargers.models import Message
from tests.kit.gateway import Device
from tests.kit.portal import Portal, tap

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "04DEADBEEF01"
UID = "idTag"


@pytest.fixture
def host_portal(gateway, charger) -> Portal:
    return Portal.of_owner(charger.property.host)


def start(gateway, uid: str) -> str:
    """A charger that starts at once and asks afterwards: what it is told about the card."""

    async def story() -> str:
        async with await Device.connect(gateway, "CP1") as device:
            begun = {"connectorId": 1, UID: uid, "meterStart": 0, "timestamp": datetime.now(tz=UTC).isoformat()}
            answer = await device.call("StartTransaction", begun)
            ended = {"transactionId": answer["transactionId"], "meterStop": 0, "timestamp": begun["timestamp"]}
            await device.call("StopTransaction", ended)
            return str(answer["idTagInfo"]["status"])

    return asyncio.run(story())


def test_the_log_shows_the_start_the_status_and_the_uid(gateway, host_portal, residents):
    assert start(gateway, CARD) == "Invalid"

    found = host_portal.reads("/chargers/CP1/logs/?q=StartTransaction").partition("<table")[2]
    row = Message.objects.get(action="StartTransaction")
    unfolded = host_portal.reads(f"/chargers/CP1/logs/{row.pk}/")

    assert "StartTransaction" in found
    assert "StopTransaction" not in found
    assert CARD in found
    assert '<span class="chip chip-bad">Invalid</span>' in found
    assert '"status": "Invalid"' in unfolded
    assert f'"{UID}": "{CARD}"' in unfolded


def test_only_us_the_card_is_added_in_the_portal(gateway, host_portal, residents):
    assert start(gateway, CARD) == "Invalid"

    assert "Who decides about cards here: ★ us" in host_portal.reads("/chargers/CP1/proxy/")
    links = host_portal.explains("token_unknown", action="StartTransaction")
    add = next(link for link in links if link.startswith("/authorization/tokens/add/"))
    host_portal.does(add, uid=CARD, group=residents.pk)

    assert start(gateway, CARD) == "Accepted"


def test_a_visitors_public_card_at_a_charger_that_is_private(gateway, host_portal, charger):
    visitor = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=visitor, uid=CARD, canonical_uid=CARD, whitelist="ALWAYS")
    assert tap(gateway, CARD) == "Invalid"

    assert "/properties/sunset-1/" in {link.partition("#")[0] for link in host_portal.explains("not_public")}
    host_portal.does("/properties/sunset-1/", access="public_roaming")

    assert tap(gateway, CARD) == "Accepted"


def test_a_visitors_card_that_no_roaming_partner_covers(gateway, host_portal, charger):
    """Nobody has told us of this card: the reason says who has to act; once the partner lists it, it is let in."""
    charger.property.access = "public_roaming"
    charger.property.save()
    assert tap(gateway, CARD) == "Invalid"

    host_portal.explains("token_unknown")
    assert CARD in host_portal.reads(f"/authorization/roaming/?q={CARD}")
    partner = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=partner, uid=CARD, canonical_uid=CARD, whitelist="ALWAYS")

    assert tap(gateway, CARD) == "Accepted"


def test_the_chargers_own_list_is_named_with_its_setting(gateway, host_portal, member):
    """The charger tells its settings; one of them lets its own list decide, which Configuration says."""

    async def story() -> None:
        async with await Device.connect(gateway, "CP1") as device:
            told = {"chargePointVendor": "Alfen BV", "chargePointModel": "ICU Eve Mini"}
            device.tells_settings = True
            await device.call("BootNotification", told)
            asked = await device.receive(within_s=20)
            assert asked[2] == "GetConfiguration"
            settings = [{"key": "LocalAuthListEnabled", "readonly": False, "value": "true"}]
            await device.send(f'[3,"{asked[1]}",{json.dumps({"configurationKey": settings})}]')
            await device.call("Heartbeat", {})

    asyncio.run(story())

    contradiction = host_portal.reads("/chargers/CP1/configuration/")
    assert "LocalAuthListEnabled" in contradiction
    proxy = host_portal.reads("/chargers/CP1/proxy/")
    assert "If the charger itself also holds a list of cards" in proxy
    assert tap(gateway, member.uid) == "Accepted"
