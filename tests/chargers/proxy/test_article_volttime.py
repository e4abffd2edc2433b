"""Volt Time's article where a third party is connected, too: who is Leader, and whose list must have the card."""

import asyncio

from authorization.decide import reasons
from tests.kit import stories
from tests.kit.gateway import Device, looking
from tests.kit.portal import Portal
from tests.kit.stories import standing

CARD = "04A1B2C3D4"


def test_the_third_party_overrules_us_until_it_whitelists_the_card(gateway, charger, member):
    host = Portal.of_owner(charger.property.host)

    async def story():
        async with standing(cards=frozenset()) as employer:
            await looking(lambda: stories.connect(charger, "Employer's CSMS", employer, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                refused = (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]
                told = await looking(host.why)
                listed = await looking(lambda: host.reads("/chargers/CP1/proxy/"))
                employer.manner.cards = frozenset({CARD})  # "Ask your employer to whitelist your charging card."
                accepted = (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]
            return refused, told, listed, accepted

    refused, told, listed, accepted = asyncio.run(story())

    assert (refused, accepted) == ("Invalid", "Accepted")
    advice = reasons.get("upstream_refused")
    assert "Refused by the third-party back office Employer's CSMS." in told
    assert "would have said" in told
    assert [step.text for step in advice.host.next_steps if step.text not in told] == []
    assert "Ask your employer to have your card added there." in told
    assert "★ Employer's CSMS (Leader, billing)" in listed
