"""A host's portal next to a charger of the conversation tests: what it shows about a card, and acts in it."""

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client

from authorization.decide import reasons
from authorization.models import Membership, User
from chargers.models import Host, Message
from tests.kit.gateway import Device, Gateway, looking
from tests.kit.logging_in import logged_in


@dataclass(frozen=True)
class Portal:
    """One user's browser, without scripts."""

    client: Client

    @classmethod
    def of_owner(cls, host: Host) -> "Portal":
        user = User.objects.create(email="owner@example.com", password=make_password(None))
        Membership.objects.create(user=user, host=host, role="owner")
        return cls._of(user)

    @classmethod
    def of_agent(cls) -> "Portal":
        return cls._of(User.objects.create(email="agent@example.com", password=make_password(None), is_agent=True))

    @classmethod
    def _of(cls, user: User) -> "Portal":
        return cls(logged_in(user))

    def reads(self, address: str) -> str:
        """Returns the text of a page, which must exist."""
        return unescape(_page(self.client, address))

    def does(self, address: str, **said: Any) -> str:
        """Submits a page's form and returns the resulting page's text; the form must be accepted."""
        response = self.client.post(address, said, follow=True)
        assert response.redirect_chain, f"{address} did not take {said}: {response.context.get('form')}"
        return unescape(response.content.decode())

    def why(self, *, action: str = "Authorize", charger_id: str = "CP1") -> str:
        """Returns what Chargers > View > Logs shows about the newest message of an action."""
        message = Message.objects.filter(charger__charger_id=charger_id, action=action).order_by("-id").first()
        assert message is not None
        return self.reads(f"/chargers/{charger_id}/logs/{message.pk}/")

    def explains(self, code: str, **where: str) -> list[str]:
        """Checks that the page shows the reason with its meaning and every next step; returns the steps' links."""
        text, advice = self.why(**where), reasons.get(code).host
        assert code in text or reasons.get(code).title in text
        assert advice.meaning in text
        assert [step.text for step in advice.next_steps if step.text not in text] == []
        return re.findall(r'href="([^"]+)"', text)


def tap(gateway: Gateway, uid: str, *, version: str = "1.6") -> str:
    """Presents a card to the reader of CP1; returns the charger's answer."""

    async def story() -> str:
        async with await Device.connect(gateway, "CP1", version=version) as device:
            if version == "1.6":
                return str((await device.call("Authorize", {"idTag": uid}))["idTagInfo"]["status"])
            asked = {"idToken": {"idToken": uid, "type": "ISO14443"}}
            return str((await device.call("Authorize", asked))["idTokenInfo"]["status"])

    return asyncio.run(story())


class Owner:
    """The host's owner with a browser; pages are loaded in a thread, because the test's loop must continue."""

    def __init__(self, host: Host) -> None:
        self.user = User.objects.create(email="owner@example.com")
        Membership.objects.create(user=self.user, host=host, role="owner")
        self.client = logged_in(self.user)

    def read(self, address: str) -> str:
        """Returns the text of a page, with single spaces."""
        return " ".join(_page(self.client, address).split())

    async def sees(self, address: str) -> str:
        return await looking(lambda: self.read(address))

    async def presses(self, address: str, **values: str) -> HttpResponse:
        return await looking(lambda: self.client.post(address, values))


def _page(client: Client, address: str) -> str:
    """Returns a page as it was sent; it must exist."""
    response: Any = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return str(response.content.decode())
