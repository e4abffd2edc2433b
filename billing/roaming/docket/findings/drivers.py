"""Examines tokens, real-time authorization, and commands."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from authorization.roaming.transport.envelope import Status
from billing.roaming.docket import masking
from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import objects
from billing.roaming.docket.findings.deviation import Deviation, build

_OLD: Final = "2.1.1"
_TOKEN_METHODS: Final = frozenset(("GET", "PUT", "PATCH"))
_MAX_TOKENS: Final = 1000
_COMMANDS: Final = {
    "CANCEL_RESERVATION": "CancelReservation",
    "RESERVE_NOW": "ReserveNow",
    "START_SESSION": "StartSession",
    "STOP_SESSION": "StopSession",
    "UNLOCK_CONNECTOR": "UnlockConnector",
}
_NO_ANSWER: Final = ("did not answer", "could not be reached", "broke the connection off")


def examine(facts: Facts) -> Iterator[Deviation]:
    match facts.module:
        case "tokens" if facts.is_incoming:
            yield from _examine_push(facts)
        case "tokens" if facts.is_authorization:
            yield from _examine_authorization(facts)
        case "tokens" if facts.method == "GET":
            yield from _examine_list(facts)
        case "commands" if facts.is_incoming:
            yield from _examine_command(facts)
        case "commands":
            yield from _examine_result(facts)


def _examine_push(facts: Facts) -> Iterator[Deviation]:
    if facts.method not in _TOKEN_METHODS:
        yield build("tokens.method", Side.PARTNER, "method", facts.method)
        return
    if _is_foreign(facts):
        yield build("tokens.foreign_owner", Side.PARTNER, "address", "-".join(facts.parts[:2]).upper())
        return
    value = facts.request.value
    if facts.method == "GET" or not isinstance(value, Mapping):
        if facts.method != "GET" and facts.request.is_json:
            yield build("tokens.field_type", Side.PARTNER, "$", value)
        return
    if facts.method == "PATCH":
        yield from _examine_patch(value)
    yield from _examine_token(value, facts, author=Side.PARTNER, path="$", is_patch=facts.method == "PATCH")
    yield from _examine_address(value, facts)


def _is_foreign(facts: Facts) -> bool:
    """Whether the address names a party that is not the partner's, and was not found here."""
    owner = "-".join(facts.parts[:2]).upper()
    return len(facts.parts) == 3 and facts.http_status == 404 and owner not in facts.partner_parties


def _examine_patch(value: Mapping[str, Any]) -> Iterator[Deviation]:
    if "last_updated" not in value:
        yield build("tokens.patch_without_last_updated", Side.PARTNER, "$.last_updated")
    for name, content in value.items():
        if content is None:
            yield Deviation("tokens.patch_removes_field", Side.PARTNER, f"$.{name}", "null")


def _examine_token(
    value: Mapping[str, Any], facts: Facts, *, author: Side, path: str, is_patch: bool = False
) -> Iterator[Deviation]:
    """Examines a Token. One in the form of another version deviates in that alone."""
    if facts.version == _OLD and "contract_id" in value and "auth_id" not in value:
        yield build("tokens.form_of_2_2", author, f"{path}.contract_id", value["contract_id"])
        return
    if facts.version != _OLD and "auth_id" in value and "contract_id" not in value:
        yield build("tokens.form_of_2_1_1", author, f"{path}.auth_id", value["auth_id"])
        return
    if "token_type" in value and "type" not in value:
        yield build("tokens.field_renamed", author, f"{path}.token_type", value["token_type"])
        value = {**value, "type": value["token_type"]}
    yield from objects.examine(
        "tokens", "Token", value, author=author, version=facts.version, path=path, is_patch=is_patch
    )


def _examine_address(value: Mapping[str, Any], facts: Facts) -> Iterator[Deviation]:
    """Compares the ids of a pushed Token with those of its address."""
    if len(facts.parts) != 3:
        return
    names = ("country_code", "party_id", "uid") if facts.version != _OLD else ("", "", "uid")
    for name, stated in zip(names, facts.parts, strict=True):
        content = value.get(name)
        if not isinstance(content, str):
            continue
        if content.casefold() != stated.casefold():
            both = f"{masking.mask_value(name, content)} and {masking.mask_value(name, stated)}"
            yield Deviation("tokens.address_differs", Side.PARTNER, f"$.{name}", both)
            return
        if content != stated:
            both = f"{masking.mask_value(name, content)} and {masking.mask_value(name, stated)}"
            yield Deviation("text.case_differs", Side.PARTNER, f"$.{name}", both)
            return
    kind, asked = value.get("type"), facts.query.get("type") or "RFID"
    if isinstance(kind, str) and kind.upper() != asked.upper():
        yield build("tokens.type_not_in_address", Side.PARTNER, "$.type", kind)


def _examine_list(facts: Facts) -> Iterator[Deviation]:
    if not isinstance(facts.data, list):
        return
    for index, value in enumerate(facts.data[:_MAX_TOKENS]):
        if isinstance(value, Mapping):
            yield from _examine_token(value, facts, author=Side.PARTNER, path=f"$.data[{index}]")
        else:
            yield build("tokens.field_type", Side.PARTNER, f"$.data[{index}]", value)


def _examine_authorization(facts: Facts) -> Iterator[Deviation]:
    if facts.ocpi_status == Status.UNKNOWN_TOKEN:
        if facts.http_status != 404:
            yield build("authorize.unknown_without_404", Side.PARTNER, "HTTP status", facts.http_status)
        return
    is_ours_to_read = facts.answer.is_json or not facts.answer.text
    if facts.http_status == 404 and facts.ocpi_status is None and is_ours_to_read:
        yield build("authorize.unknown_without_2004", Side.PARTNER, "$.status_code", facts.ocpi_status)
        return
    data = facts.data[0] if isinstance(facts.data, list) and len(facts.data) == 1 else facts.data
    if data is None:
        return
    yield from objects.examine(
        "authorize", "AuthorizationInfo", data, author=Side.PARTNER, version=facts.version, path="$.data"
    )


def _examine_command(facts: Facts) -> Iterator[Deviation]:
    name = facts.parts[0].upper() if facts.parts else ""
    if facts.method != "POST":
        yield build("commands.method", Side.PARTNER, "method", facts.method)
        return
    form = _COMMANDS.get(name)
    if form is None:
        yield build("commands.unknown_name", Side.PARTNER, "address", name[:40])
        return
    if isinstance(facts.data, Mapping):
        yield from objects.examine(
            "results", "CommandResponse", facts.data, author=Side.US, version=facts.version, path="$.data"
        )
    if facts.version == _OLD and form == "CancelReservation":
        yield build("commands.not_in_2_1_1", Side.PARTNER, "address", name)
        return
    value = facts.request.value
    if not isinstance(value, Mapping):
        if facts.request.is_json:
            yield build("commands.field_type", Side.PARTNER, "$", value)
        return
    yield from _examine_command_body(form, value, facts)


def _examine_command_body(form: str, value: Mapping[str, Any], facts: Facts) -> Iterator[Deviation]:
    token, skipped = value.get("token"), set()
    if not value.get("response_url"):
        skipped.add("$.response_url")
        yield build("commands.response_url_missing", Side.PARTNER, "$.response_url")
    reservation = value.get("reservation_id")
    if reservation is not None and isinstance(reservation, str) == (facts.version == _OLD):
        skipped.add("$.reservation_id")
        yield build("commands.reservation_id_form", Side.PARTNER, "$.reservation_id", reservation)
    if isinstance(token, Mapping):
        yield from _examine_token(token, facts, author=Side.PARTNER, path="$.token")
        yield from _examine_owner(token, facts)
    if value.get("connector_id") and not value.get("evse_uid") and form == "StartSession":
        yield build("commands.connector_without_evse", Side.PARTNER, "$.connector_id", value["connector_id"])
    for deviation in objects.examine("commands", form, value, author=Side.PARTNER, version=facts.version):
        if deviation.path not in skipped and not (isinstance(token, Mapping) and deviation.path.startswith("$.token.")):
            yield deviation


def _examine_owner(token: Mapping[str, Any], facts: Facts) -> Iterator[Deviation]:
    owner = f"{token.get('country_code', '')}-{token.get('party_id', '')}".upper()
    has_owner = bool(token.get("country_code") and token.get("party_id"))
    if has_owner and facts.partner_parties and owner not in facts.partner_parties:
        yield build("commands.foreign_token", Side.PARTNER, "$.token.party_id", owner)


def _examine_result(facts: Facts) -> Iterator[Deviation]:
    """Examines our result of a command, and how it was taken."""
    if isinstance(facts.request.value, Mapping):
        yield from objects.examine(
            "results", "CommandResult", facts.request.value, author=Side.US, version=facts.version
        )
    if facts.http_status is None:
        if facts.failure.startswith(_NO_ANSWER):
            yield Deviation("commands.result_unanswered", Side.PARTNER, "address", masking.mask_url(facts.url))
    elif facts.http_status >= 400 and facts.http_status not in {401, 403}:
        yield build("commands.result_refused", Side.PARTNER, "HTTP status", facts.http_status)
    elif facts.ocpi_status is not None and facts.ocpi_status >= Status.CLIENT_ERROR:
        yield build("commands.result_refused", Side.PARTNER, "$.status_code", facts.ocpi_status)
