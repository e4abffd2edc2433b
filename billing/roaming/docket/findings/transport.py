"""Examines HTTP: the Authorization header, message ids, statuses, and what kind of content came."""

from collections.abc import Iterator
from typing import Final

from authorization.roaming.transport.authorization_header import TokenForm
from billing.roaming.docket import masking
from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings.deviation import Deviation, build

_TOKEN_CODES: Final = {
    TokenForm.PLAIN: "authorization.plain",
    TokenForm.BASE64_SPACED: "authorization.white_space",
}
_NOT_OF_OCPI: Final = frozenset((401, 403, 404, 405, 408, 413, 429))
"""HTTP errors that OCPI has, or that are about the transport."""
_READ_ONLY: Final = frozenset(("locations", "tariffs", "sessions", "cdrs"))
"""Modules of ours in which other methods than GET have a clause of their own."""
_MAX_QUOTE: Final = 80


def examine(facts: Facts) -> Iterator[Deviation]:
    if facts.is_incoming:
        yield from _examine_token(facts)
        yield from _examine_ids(facts)
    yield from _examine_request(facts)
    if facts.http_status is not None:
        yield from _examine_status(facts, facts.http_status)


def is_readable(facts: Facts) -> bool:
    """Whether the answer is one that the OCPI application gave, as far as HTTP tells."""
    status = facts.http_status
    return status is not None and (status < 300 or 400 <= status < 500) and facts.answer.is_json


def _examine_token(facts: Facts) -> Iterator[Deviation]:
    form, _, kind = facts.token_form.partition(", ")
    where = "header Authorization"
    if kind == "token A" and facts.http_status == 401:
        yield Deviation("authorization.token_a", Side.PARTNER, where, facts.token_form)
        return
    if form in _TOKEN_CODES:
        yield Deviation(_TOKEN_CODES[TokenForm(form)], Side.PARTNER, where, form)
    elif form == TokenForm.BASE64:
        yield Deviation("authorization.encoded_in_2_1_1", Side.PARTNER, where, form)


def _examine_ids(facts: Facts) -> Iterator[Deviation]:
    if not facts.request_id:
        yield build("message_ids.request_id_missing", Side.PARTNER, "header X-Request-ID")
    if not facts.correlation_id:
        yield build("message_ids.correlation_id_missing", Side.PARTNER, "header X-Correlation-ID")


def _examine_request(facts: Facts) -> Iterator[Deviation]:
    if not facts.request.text:
        return
    content_type = (facts.request_headers or {}).get("content-type", "")
    if facts.request_headers is not None and not _is_json_type(content_type):
        yield build("http.request_content_type", facts.requester, "header Content-Type", content_type)
    if not facts.request.is_json and not facts.request.is_cut:
        yield build("http.request_not_json", facts.requester, "$", masking.mask_text(facts.request.text)[:_MAX_QUOTE])


def _examine_status(facts: Facts, status: int) -> Iterator[Deviation]:
    where, author = "HTTP status", facts.answerer
    match status:
        case 401:
            return
        case 403:
            yield build("http.forbidden", author, where, status)
        case _ if 300 <= status < 400:
            target = (facts.answer_headers or {}).get("location", "")
            yield build("http.redirect", author, "header Location", target or status)
        case _ if status >= 500:
            if not _is_result(facts):
                yield build("http.server_failure", author, where, status)
        case 404 if facts.is_unadvertised:
            if facts.method == "GET" or facts.module not in _READ_ONLY:
                address = masking.mask_url(facts.url.partition("?")[0])
                yield Deviation("http.unknown_address", facts.requester, "address", address)
        case _ if status >= 400 and status not in _NOT_OF_OCPI and _has_reached_ocpi(facts) and not _is_result(facts):
            yield build("http.error_status", author, where, status)
        case _:
            yield from _examine_content(facts)


def _examine_content(facts: Facts) -> Iterator[Deviation]:
    """Examines what kind of body came. The ids are looked for only where OCPI answered."""
    author, headers = facts.answerer, facts.answer_headers
    content_type = (headers or {}).get("content-type", "")
    if facts.answer.is_cut:
        return
    if not facts.answer.text:
        if facts.http_status is not None and facts.http_status < 300:
            yield build("http.answer_empty", author, "$")
        return
    if not facts.answer.is_json:
        if content_type.startswith("text/html") or facts.answer.text.lstrip()[:1] == "<":
            yield build("http.web_page", author, "$", masking.mask_text(facts.answer.text)[:_MAX_QUOTE])
        else:
            yield build("http.answer_not_json", author, "$", masking.mask_text(facts.answer.text)[-_MAX_QUOTE:])
        return
    if headers is not None and not _is_json_type(content_type):
        yield build("http.answer_content_type", author, "header Content-Type", content_type)
    if headers is not None and facts.envelope is not None:
        yield from _examine_echo(facts, "x-request-id", facts.request_id, "message_ids.request_id_not_echoed")
        yield from _examine_echo(
            facts, "x-correlation-id", facts.correlation_id, "message_ids.correlation_id_not_echoed"
        )


def _examine_echo(facts: Facts, name: str, sent: str, code: str) -> Iterator[Deviation]:
    answered = (facts.answer_headers or {}).get(name, "")
    if sent and facts.module != "versions" and answered.casefold() != sent.casefold():
        yield build(code, facts.answerer, f"header {name.title().replace('Id', 'ID')}", answered)


def _has_reached_ocpi(facts: Facts) -> bool:
    return not facts.request.text or facts.request.is_json


def _is_result(facts: Facts) -> bool:
    """Whether it is our result of a command, whose refusal has a clause of its own."""
    return facts.module == "commands" and not facts.is_incoming


def _is_json_type(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"
