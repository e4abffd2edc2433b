"""The demo's mobility provider as an OCPI 2.2.1 partner: versions, credentials, and a receiver of all pushes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

VERSIONS_PATH: Final = "/ocpi/versions"
TOKEN_A: Final = "demo-invitation"  # noqa: S105 - of the demo's own partner
_TOKEN: Final = "demo-emsp-token"  # noqa: S105
_DETAILS_PATH: Final = "/ocpi/emsp/2.2.1"
_RECEIVERS: Final = ("locations", "sessions", "cdrs", "tariffs", "commands")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP status, the data of the envelope, and where a CDR is stored."""

    status: int
    data: Any = None
    location: str = ""


@dataclass(slots=True)
class Emsp:
    """The partner's received objects, by their address."""

    objects: dict[str, Any] = field(default_factory=dict)

    def reply(self, method: str, path: str, body: Any, *, base: str) -> Reply | None:
        """Answers a request; None for an address outside the partner, such as its tokens."""
        if path == VERSIONS_PATH:
            return Reply(200, [{"version": "2.2.1", "url": f"{base}{_DETAILS_PATH}"}])
        if path == _DETAILS_PATH:
            return Reply(200, {"version": "2.2.1", "endpoints": _endpoints(base)})
        module = path.removeprefix(f"{_DETAILS_PATH}/").partition("/")[0]
        if module == "credentials":
            return Reply(200, None if method == "DELETE" else _credentials(base))
        return self._store_push(method, path, body, base=base) if module in _RECEIVERS else None

    def _store_push(self, method: str, path: str, body: Any, *, base: str) -> Reply:
        """Stores a push: PUT and POST replace, PATCH changes, DELETE removes."""
        if method == "POST" and isinstance(body, Mapping) and "id" in body:
            path = f"{path}/{body['id']}"
            self.objects[path] = body
            return Reply(201, location=f"{base}{path}")
        before = self.objects.get(path)
        match method:
            case "PUT":
                self.objects[path] = body
                return Reply(201 if before is None else 200)
            case "PATCH":
                self.objects[path] = {**(before or {}), **body}
                return Reply(200)
            case "DELETE":
                return Reply(200 if self.objects.pop(path, None) is not None else 404)
            case "GET":
                return Reply(404) if before is None else Reply(200, before)
        return Reply(200)


def _endpoints(base: str) -> list[dict[str, str]]:
    senders = [("tokens", "SENDER"), ("credentials", "RECEIVER")]
    roles = [*senders, *((module, "RECEIVER") for module in _RECEIVERS)]
    return [{"identifier": module, "role": role, "url": f"{base}{_DETAILS_PATH}/{module}"} for module, role in roles]


def _credentials(base: str) -> dict[str, Any]:
    role = {"role": "EMSP", "country_code": "NL", "party_id": "EMS", "business_details": {"name": "Example eMSP"}}
    return {"token": _TOKEN, "url": f"{base}{VERSIONS_PATH}", "roles": [role]}
