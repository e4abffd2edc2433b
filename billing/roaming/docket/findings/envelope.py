"""Examines the envelope of an answer, and whether its data is one object or a list."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import times, transport
from billing.roaming.docket.findings.deviation import Deviation, build

_RANGE: Final = range(1000, 5000)
_HUB_RANGE: Final = range(4000, 5000)
_OBJECT_MODULES: Final = frozenset(("locations", "sessions", "tariffs", "cdrs"))


def examine(facts: Facts) -> Iterator[Deviation]:
    if not transport.is_readable(facts) or facts.http_status in {401, 403}:
        return
    value, author, envelope = facts.answer.value, facts.answerer, facts.envelope
    if envelope is None:
        if facts.http_status is not None and facts.http_status < 300:
            yield build("envelope.missing", author, "$", value)
        return
    path = "$"
    if isinstance(value, list):
        path = "$[0]"
        yield build("envelope.list_wrapped", author, "$", value)
    yield from _examine_status_code(facts, envelope, path)
    if envelope.get("timestamp") is None:
        yield build("envelope.timestamp_missing", author, f"{path}.timestamp")
    else:
        yield from times.examine_time(author, f"{path}.timestamp", envelope["timestamp"])
    if facts.is_success:
        yield from _examine_data(facts, envelope, f"{path}.data")


def _examine_status_code(facts: Facts, envelope: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    author, where, code = facts.answerer, f"{path}.status_code", envelope.get("status_code")
    if code is None:
        yield build("envelope.status_code_missing", author, where)
    elif type(code) is not int:
        yield build("envelope.status_code_type", author, where, code)
    elif code not in _RANGE:
        yield build("envelope.status_code_range", author, where, code)
    elif code in _HUB_RANGE and author == Side.PARTNER and not facts.is_hub:
        yield build("envelope.hub_status", author, where, code)


def _examine_data(facts: Facts, envelope: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    """Examines the shape of a partner's data. Ours has one place in the code, whose tests say the same."""
    if facts.is_incoming:
        return
    data = envelope.get("data")
    if data is None:
        if (
            facts.method == "GET"
            or facts.is_authorization
            or (facts.module == "credentials" and facts.method != "DELETE")
        ):
            yield build("envelope.data_missing", Side.PARTNER, path)
        return
    if isinstance(data, list) and len(data) == 1 and _expects_object(facts, data[0]):
        yield build("envelope.data_wrapped", Side.PARTNER, path, data)
    elif isinstance(data, Mapping) and _expects_list(facts, data):
        yield build("envelope.data_unwrapped", Side.PARTNER, path, data)


def _expects_object(facts: Facts, member: Any) -> bool:
    if not isinstance(member, Mapping):
        return False
    if facts.module == "versions":
        return "endpoints" in member
    is_object = facts.method == "GET" and facts.module in _OBJECT_MODULES
    return is_object or facts.is_authorization or facts.module == "credentials"


def _expects_list(facts: Facts, data: Mapping[str, Any]) -> bool:
    if facts.module == "versions":
        return "url" in data and "endpoints" not in data
    return facts.method == "GET" and facts.module == "tokens"
