"""Examines versions, credentials, and routing headers."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from authorization.roaming.transport import routing
from authorization.roaming.transport.routing import FUNCTIONAL
from billing.roaming.docket.facts import Facts, Headers
from billing.roaming.docket.findings import objects, transport
from billing.roaming.docket.findings.deviation import Deviation, build

_CONFIGURATION: Final = frozenset(("credentials", "versions", "hubclientinfo"))
_PAIRS: Final = (("to", "country-code", "party-id"), ("from", "country-code", "party-id"))
_WITHOUT_ROLES: Final = "2.1.1"


def examine(facts: Facts) -> Iterator[Deviation]:
    if facts.module == "versions":
        yield from _examine_versions(facts)
    elif facts.module == "credentials":
        yield from _examine_credentials(facts)
    if facts.version and facts.version != _WITHOUT_ROLES:
        yield from _examine_routing(facts)


def _examine_versions(facts: Facts) -> Iterator[Deviation]:
    """Examines a partner's versions, or the details of one. Of details the version is the one that they name."""
    data, author = facts.data, facts.answerer
    if facts.is_incoming or data is None:
        return
    details = data[0] if isinstance(data, list) and len(data) == 1 else data
    if isinstance(details, Mapping) and "endpoints" in details:
        version = str(details.get("version") or facts.version)
        for deviation in objects.examine(
            "versions", "VersionDetails", details, author=author, version=version, path="$.data"
        ):
            if deviation.path.endswith(".role") and not deviation.value:
                continue
            yield deviation
        yield from _examine_endpoints(facts, details.get("endpoints"), version)
        return
    for index, entry in enumerate(data if isinstance(data, list) else [data]):
        yield from objects.examine(
            "versions", "Version", entry, author=author, version="2.2.1", path=f"$.data[{index}]"
        )


def _examine_endpoints(facts: Facts, endpoints: Any, version: str) -> Iterator[Deviation]:
    if not isinstance(endpoints, list):
        return
    entries = [entry for entry in endpoints if isinstance(entry, Mapping)]
    identifiers = {str(entry.get("identifier", "")).lower() for entry in entries}
    if entries and "credentials" not in identifiers:
        yield build("versions.credentials_missing", facts.answerer, "$.data.endpoints", sorted(identifiers))
    if version == _WITHOUT_ROLES:
        return
    for index, entry in enumerate(entries):
        if not entry.get("role") and str(entry.get("identifier", "")).lower() != "credentials":
            yield build(
                "versions.endpoint_role_missing", facts.answerer, f"$.data.endpoints[{index}].role",
                entry.get("identifier"),
            )  # fmt: skip
            return


def _examine_credentials(facts: Facts) -> Iterator[Deviation]:
    if facts.is_incoming and facts.http_status == 405:
        code = "credentials.post_when_registered" if facts.method == "POST" else "credentials.put_when_not_registered"
        yield build(code, facts.requester, "method", facts.method)
        return
    if facts.method in {"POST", "PUT"} and isinstance(facts.request.value, Mapping):
        yield from _examine_object(facts.request.value, facts, is_request=True)
    data = facts.data[0] if isinstance(facts.data, list) and len(facts.data) == 1 else facts.data
    if isinstance(data, Mapping):
        yield from _examine_object(data, facts, is_request=False)


def _examine_object(value: Mapping[str, Any], facts: Facts, *, is_request: bool) -> Iterator[Deviation]:
    author, path = (facts.requester, "$") if is_request else (facts.answerer, "$.data")
    is_flat = "party_id" in value and "roles" not in value
    if facts.version == _WITHOUT_ROLES and "roles" in value and "party_id" not in value:
        yield build("credentials.form_of_2_2", author, f"{path}.roles", value["roles"])
    elif facts.version not in {"", _WITHOUT_ROLES} and is_flat:
        yield build("credentials.form_of_2_1_1", author, f"{path}.party_id", value["party_id"])
    else:
        yield from objects.examine("credentials", "Credentials", value, author=author, version=facts.version, path=path)
        yield from _examine_roles(value.get("roles"), facts, path=f"{path}.roles", is_request=is_request)


def _examine_roles(roles: Any, facts: Facts, *, path: str, is_request: bool) -> Iterator[Deviation]:
    if not isinstance(roles, list):
        return
    seen: set[tuple[str, ...]] = set()
    for index, role in enumerate(roles):
        if not isinstance(role, Mapping):
            continue
        key = tuple(str(role.get(name, "")).upper() for name in ("role", "country_code", "party_id"))
        if key in seen:
            author = facts.requester if is_request else facts.answerer
            yield build("credentials.role_twice", author, f"{path}[{index}]", " ".join(key))
            return
        seen.add(key)


def _examine_routing(facts: Facts) -> Iterator[Deviation]:
    request, answer = facts.request_headers, facts.answer_headers
    if facts.module in _CONFIGURATION:
        if request is not None and (names := _list_routing(request)):
            yield build("routing.on_configuration", facts.requester, f"header {names[0]}", request[names[0]])
        elif facts.is_incoming is False and answer is not None and (names := _list_routing(answer)):
            yield build("routing.on_configuration", facts.answerer, f"header {names[0]}", answer[names[0]])
        return
    if facts.module not in FUNCTIONAL or request is None or facts.http_status in {401, 403}:
        return
    if half := _find_half(request):
        yield build("routing.incomplete", facts.requester, f"header {half}", request[half])
    elif facts.is_incoming:
        yield from _examine_request_route(facts, request)
    if not facts.is_incoming and transport.is_readable(facts) and facts.envelope is not None and answer is not None:
        yield from _examine_answer_route(facts, request, answer)


def _examine_request_route(facts: Facts, request: Headers) -> Iterator[Deviation]:
    route = routing.read(_with_names(request))
    if facts.needs_routing and (route.sender is None or route.receiver is None):
        missing = "OCPI-to-party-id" if route.receiver is None else "OCPI-from-party-id"
        yield build("routing.request_missing", facts.requester, f"header {missing}")
    elif route.receiver is not None and str(route.receiver) not in facts.our_parties and facts.http_status == 404:
        yield build("routing.unknown_receiver", facts.requester, "header OCPI-to-party-id", str(route.receiver))


def _examine_answer_route(facts: Facts, request: Headers, answer: Headers) -> Iterator[Deviation]:
    asked, answered = routing.read(_with_names(request)), routing.read(_with_names(answer))
    if half := _find_half(answer):
        yield build("routing.incomplete", facts.answerer, f"header {half}", answer[half])
    elif not _list_routing(answer):
        if facts.needs_routing:
            yield build("routing.answer_missing", facts.answerer, "header OCPI-to-party-id")
    elif answered == asked and asked.sender != asked.receiver:
        yield build("routing.not_swapped", facts.answerer, "header OCPI-to-party-id", str(answered.receiver))


def _find_half(headers: Headers) -> str:
    """Returns the name of a routing header whose other half is missing."""
    for direction, *halves in _PAIRS:
        stated = [f"ocpi-{direction}-{half}" for half in halves if headers.get(f"ocpi-{direction}-{half}")]
        if len(stated) == 1:
            return stated[0]
    return ""


def _list_routing(headers: Headers) -> list[str]:
    return sorted(name for name in headers if name.startswith(("ocpi-to-", "ocpi-from-")))


def _with_names(headers: Headers) -> dict[str, str]:
    """Returns the routing headers by the names that `routing.read` asks for."""
    return {
        f"OCPI-{direction}-{half}": headers[f"ocpi-{direction}-{half}"]
        for direction, *halves in _PAIRS
        for half in halves
        if f"ocpi-{direction}-{half}" in headers
    }
