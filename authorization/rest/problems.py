"""The REST API's errors: `application/problem+json` (RFC 9457)."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error as plain_server_error
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
INVALID = "urn:problem:invalid"
REFUSED = "urn:problem:refused"
_UNNAMED = {"non_field_errors", "__all__"}
_ABSENT = "There is no such thing here, or your key may not see it."
_OF_ALL = {
    "400": "The request cannot be read; `errors` names each bad field.",
    "401": "There is no key, or it is not known or has expired.",
    "403": "The key may not do this.",
    "404": _ABSENT,
    "429": "The key asked too often: `Retry-After` says when to go on.",
}
_OF_WRITES = {
    "409": "It conflicts with what is there, or authorization refused it.",
    "415": "The body is not `application/json`.",
    "422": "The Idempotency-Key was used for another request.",
}
_LIMITS = {
    name: {"description": description, "schema": {"type": "integer", "minimum": 0}}
    for name, description in (
        ("Retry-After", "Seconds until requests are taken again."),
        ("RateLimit-Limit", "Requests in a span, of the limit that is reached first; on every answer."),
        ("RateLimit-Remaining", "How many of them are left; on every answer."),
        ("RateLimit-Reset", "Seconds until the span begins anew; on every answer."),
    )
}
_SCHEMA = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": f"`about:blank`; `{INVALID}` when `errors` says what to fix; `{REFUSED}` when the chain of"
            " authorization said no: then `reason`, `decision` and `next_steps` say why and what to do.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {
                    "path": {"type": "string", "description": "Where in the input; empty: the whole of it."},
                    "message": {"type": "string"},
                },
            },
        },
        "reason": {"type": "string", "nullable": True, "description": "The code of the catalogue."},
        "decision": {"type": "string", "format": "uuid", "nullable": True},
        "next_steps": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "For `guest` and `host`, in order.",
        },
    },
    "example": {
        "type": INVALID,
        "title": "Bad Request",
        "status": 400,
        "detail": "definition.energy[0].price: A price is not negative.",
        "errors": [{"path": "definition.energy[0].price", "message": "A price is not negative."}],
    },
}


class ExplainedError(APIException):
    """409 for a refusal: `explanation` has the reason's code, the stored decision, and the next steps."""

    status_code = status.HTTP_409_CONFLICT
    explanation: Mapping[str, Any]


class ConflictError(APIException):
    """409 with a sentence, and with fields that name what it conflicts with."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, sentence: str, **fields: str) -> None:
        super().__init__(sentence)
        self.fields = fields


class AbsentError(NotFound):
    """404 with its own sentence, about what the caller may see; foreign and absent objects get the common one."""


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Handles the API's exceptions. An unknown one is a bug, and goes on to `server_error`."""
    response = exception_handler(exc, context)
    if response is None:
        return None
    errors = list(flatten_errors(response.data)) if isinstance(exc, ValidationError) else []
    response.data = _problem(response.status_code, detail=_detail(response, errors), errors=errors)
    if isinstance(exc, AbsentError):
        response.data["detail"] = str(exc.detail)
    if isinstance(exc, ConflictError):
        response.data |= exc.fields
    if isinstance(exc, ExplainedError):
        response.data |= {"type": REFUSED, **exc.explanation}
    response.content_type = MEDIA_TYPE
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Returns the page for a server error, or a problem document under the API's addresses."""
    if not request.path.startswith("/api/"):
        return plain_server_error(request)
    problem = _problem(500, detail="This is a fault of ours: try again, and tell support if it stays.", errors=[])
    return JsonResponse(problem, status=500, content_type=MEDIA_TYPE)


def unavailable() -> HttpResponse:
    """Returns the response while the database cannot be reached; nothing was done."""
    problem = _problem(503, detail="Our records cannot be reached just now: try again, as Retry-After says.", errors=[])
    return JsonResponse(problem, status=503, content_type=MEDIA_TYPE)


def add_to_schema(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Declares the problems that each operation may return: a postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _SCHEMA
    result["components"]["headers"] = _LIMITS
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            statuses = _OF_ALL if method == "get" else _OF_ALL | _OF_WRITES
            for code, description in sorted(statuses.items()):
                operation["responses"].setdefault(code, {"description": description, "content": content})
            operation["responses"]["429"]["headers"] = limits
            if method != "get" and "description" in operation["responses"]["409"]:
                retry_after = {"Retry-After": limits["Retry-After"]}  # while a request with the same key is in progress
                operation["responses"]["409"].setdefault("headers", retry_after)
            operation["responses"]["default"] = {"description": "What is wrong.", "content": content}
    return result


def _problem(code: int, *, detail: str, errors: list[dict[str, str]]) -> dict[str, Any]:
    common = {"title": HTTPStatus(code).phrase, "status": code, "detail": detail}
    return {"type": INVALID, **common, "errors": errors} if errors else {"type": "about:blank", **common}


def _detail(response: Response, errors: list[dict[str, str]]) -> str:
    if response.status_code == status.HTTP_404_NOT_FOUND:
        return _ABSENT
    if not errors:
        return str(response.data["detail"])
    first = errors[0]
    return f"{first['path']}: {first['message']}" if first["path"] else first["message"]


def flatten_errors(errors: object, path: str = "") -> Iterator[dict[str, str]]:
    """Yields the errors of a serializer one by one, each with its path: `energy[1].price`."""
    match errors:
        case Mapping():
            for name, below in errors.items():
                yield from flatten_errors(below, _join_path(path, name))
        case list():
            for index, below in enumerate(errors):
                yield from flatten_errors(below, path if isinstance(below, str) else f"{path}[{index}]")
        case _:
            yield {"path": path, "message": str(errors)}


def _join_path(path: str, name: object) -> str:
    """Appends one step to a path. A list's wrong members come as a mapping by index."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name in _UNNAMED:
        return path
    return f"{path}.{name}" if path else str(name)
