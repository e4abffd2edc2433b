"""`Idempotency-Key`: repeating a write after a lost response returns the first response, and does nothing twice.

The header counts per API key, for a week. Refusals are not stored, so a corrected request may use the same key.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from authorization.models import ApiKey, ApiRequest

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
KEPT: Final = timedelta(days=7)
_ANSWERED_WITHIN_S: Final = 5
"""The time within which a write is nearly always answered."""
_LONGEST: Final = 255
_SECRETS: Final = frozenset({"password", "secret"})


class StillOpenError(APIException):
    """The first request with this key has no response yet, or broke off."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = (
        "The first request with this Idempotency-Key is still under way, or broke off: look whether what you asked for "
        "is there before you ask again with another key."
    )
    wait = _ANSWERED_WITHIN_S
    """Seconds, sent as `Retry-After`."""


class OtherRequestError(APIException):
    """The key was used for a different request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another request: take a new key for each."


class ReplayedError(Exception):
    """A repeat: `response` is the first response."""

    def __init__(self, response: Response) -> None:
        super().__init__("This request was answered before.")
        self.response = response


def begin(key: ApiKey, request: Request) -> ApiRequest | None:
    """Returns the row of a new request; None without the header.

    Raises ReplayedError, ValidationError, StillOpenError, OtherRequestError.
    """
    name = request.headers.get(HEADER, "")
    if not name:
        return None
    if len(name) > _LONGEST or not name.isprintable():
        raise ValidationError({HEADER: f"At most {_LONGEST} printable characters."})
    facts = {"api_key": key, "name": name}
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            return ApiRequest.objects.create(**facts, fingerprint=fingerprint, created_at=_now())
    except IntegrityError:
        api_request = ApiRequest.objects.filter(**facts).first()
    if api_request is None or api_request.status is None:
        raise StillOpenError
    if api_request.fingerprint != fingerprint:
        raise OtherRequestError
    raise ReplayedError(Response(api_request.answer, status=api_request.status, headers={REPLAYED: "true"}))


def keep(row: ApiRequest, response: Response) -> None:
    """Stores the response for repeats; after a refusal the key is free again."""
    if response.status_code >= status.HTTP_400_BAD_REQUEST:
        row.delete()
        return
    ApiRequest.objects.filter(pk=row.pk).update(status=response.status_code, answer=_mask_secrets(response.data))


def _mask_secrets(answer: Any) -> Any:
    """Replaces secrets by null: they are in the first response only and are not stored."""
    if not isinstance(answer, Mapping):
        return answer
    return {name: None if name in _SECRETS else value for name, value in answer.items()}


def forget(*, now: datetime) -> int:
    """Deletes keys older than a week. Returns how many."""
    return ApiRequest.objects.filter(created_at__lt=now - KEPT).delete()[0]


def add_to_schema(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Declares the header for every write: a postprocessing hook of drf-spectacular."""
    parameter = {
        "in": "header",
        "name": HEADER,
        "required": False,
        "schema": {"type": "string", "maxLength": _LONGEST, "minLength": 1},
        "description": "A text of your own for this request, such as a UUID. A repeat within a week gets the first "
        f"answer with `{REPLAYED}: true`, and nothing happens twice.",
    }
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if method != "get" and not _makes_a_file(operation):
                operation.setdefault("parameters", []).append(parameter)
    return result


def _makes_a_file(operation: dict[str, Any]) -> bool:
    """Whether the operation only renders a file, such as a sheet of labels: it changes nothing, and takes no key."""
    content = operation["responses"].get("200", {}).get("content", {})
    return bool(content) and "application/json" not in content


def _fingerprint(request: Request) -> str:
    """Returns the fingerprint of the method, the address and the parsed body."""
    body = JSONEncoder(sort_keys=True).encode(request.data)
    return hashlib.sha256(f"{request.method} {request.get_full_path()} {body}".encode("utf-8", "replace")).hexdigest()


def _now() -> datetime:
    return datetime.now(tz=UTC)
