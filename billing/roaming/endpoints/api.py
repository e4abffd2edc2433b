"""GET /ocpi/versions and /ocpi/<version> (OCPI 2.2.1 6)."""

from typing import Any

from rest_framework.request import Request

from authorization.roaming.transport.envelope import Reply
from billing.roaming.endpoints import addresses
from billing.roaming.serving.base import OcpiView


class Versions(OcpiView):
    module = "versions"
    is_open_to_registering = True

    def get(self, request: Request) -> Reply:
        return Reply(data=addresses.versions())


class VersionDetails(OcpiView):
    module = "versions"
    is_open_to_registering = True

    def get(self, request: Request, **_: Any) -> Reply:
        return Reply(data=addresses.details(self.version))
