"""A card that an employer pays for: refused, the missing link added on the portal's page, accepted."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx

from authorization.models import AuditEntry, Decision, Membership, ReimbursementContract, Token, User
from tests.chargers.conftest import host, site
from tests.kit.calls_16 import start
from tests.kit.connected import _gateway, charger, gateway, other_charger
from tests.kit.gateway import Device, Gateway

__all__ = ["_gateway", "charger", "gateway", "host", "other_charger", "site"]

HOST_LOGIN = ("owner@example.com", "correct horse battery")
UID = "04FFEE0042"


@asynccontextmanager
async def logged_in(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a screen: follows redirects, keeps cookies, sends the forms' own tokens."""
    address = f"http://127.0.0.1:{gateway.port}"
    async with httpx.AsyncClient(base_url=address, follow_redirects=True, timeout=20, trust_env=False) as client:
        form = await client.get("/accounts/login/")
        said = {"login": HOST_LOGIN[0], "password": HOST_LOGIN[1], **token_of(form.text)}
        welcome = await client.post("/accounts/login/", data=said)
        assert "<h1>Home</h1>" in welcome.text
        yield client


def token_of(page: str) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return {"csrfmiddlewaretoken": found[1]}


def test_it_accepts_a_card_once_its_missing_link_is_added(gateway, charger, other_charger, host):
    owner = User.objects.create_user(*HOST_LOGIN)
    Membership.objects.create(user=owner, host=host, role="owner")
    card = Token.objects.create(host=host, uid=UID, canonical_uid=UID)
    begun = datetime.now(tz=UTC) - timedelta(days=2)
    contract = ReimbursementContract.objects.create(
        host=host, token=card, name="Kim, at home", employer="Acme", currency="USD", active_from=begun
    )
    contract.chargers.add(other_charger)

    async def story():
        async with await Device.connect(gateway, "CP1") as device, logged_in(gateway) as browser:
            assert (await device.call("Authorize", {"idTag": UID}))["idTagInfo"]["status"] == "Invalid"
            log = (await browser.get("/chargers/CP1/logs/")).text
            why = (await browser.get(re.search(r'href="(/chargers/CP1/logs/[0-9a-f-]+/)"', log)[1])).text
            next_step = re.search(r'href="(/authorization/reimbursement/[^"]+)"', why)[1].replace("&amp;", "&")
            page = (await browser.get(next_step)).text
            assert "The charger is missing" in page
            link = re.search(r'action="(/authorization/reimbursement/\d+/link/)"', page)[1]
            done = await browser.post(link, data={"charger": "CP1", **token_of(page)})
            assert "Acme now pays for 04FFEE0042 at ST-CP1." in done.text
            assert (await device.call("Authorize", {"idTag": UID}))["idTagInfo"]["status"] == "Accepted"
            started = await device.call("StartTransaction", start(idTag=UID))
            assert started["idTagInfo"]["status"] == "Accepted"

    asyncio.run(story())

    refused, *let_in = Decision.objects.order_by("id")
    assert (refused.reason, refused.status_2x) == ("reimbursement_not_linked", "NotAtThisLocation")
    assert [one.granted_by for one in let_in] == ["reimbursement", "reimbursement"]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.user, entry.after) == ("reimbursement.linked", owner, {"charger": "CP1"})
