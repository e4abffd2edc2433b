"""A host at the portal, from within a story."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from authorization.models import Membership, User
from chargers.models import Host
from tests.chargers.ocpp.gateway import looking


class Owner:
    """The host's owner with a browser; pages are asked for in a thread, as the story's loop must go on."""

    def __init__(self, host: Host) -> None:
        self.user = User.objects.create(email="owner@example.com")
        Membership.objects.create(user=self.user, host=host, role="owner")
        self.client = Client()
        self.client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")

    def read(self, address: str) -> str:
        """The text of a page, with single spaces."""
        response: Any = self.client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return " ".join(response.content.decode().split())

    async def sees(self, address: str) -> str:
        return await looking(lambda: self.read(address))

    async def presses(self, address: str, **values: str) -> HttpResponse:
        return await looking(lambda: self.client.post(address, values))
