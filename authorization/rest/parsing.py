"""Parsing of API request bodies."""

from collections.abc import Mapping
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

_NO_TEXT: Final = "This text has half of a surrogate pair: send whole characters."
_NO_NAME: Final = "A name in it has half of a surrogate pair: send whole characters."


class JsonParser(JSONParser):
    """JSON with limited nesting and valid text (RFC 8259 8.2).

    Raises ParseError, and ValidationError with the path of each invalid text.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
            errors = dict(_not_text(body, path=""))
        except RecursionError as exc:
            raise ParseError("The JSON is nested too deep.") from exc
        if errors:
            raise ValidationError(errors)
        return body


def _not_text(value: Any, *, path: str) -> list[tuple[str, str]]:
    """Yields path and sentence for each text that the database or a UTF-8 response cannot hold."""
    match value:
        case str():
            return [] if _is_text(value) else [(path, _NO_TEXT)]
        case dict():
            names = [(path, _NO_NAME) for name in value if not _is_text(name)]
            below = ((f"{path}.{name}" if path else name, member) for name, member in value.items() if _is_text(name))
        case list():
            names, below = [], ((f"{path}[{index}]", member) for index, member in enumerate(value))
        case _:
            return []
    return [*names, *(error for at, member in below for error in _not_text(member, path=at))]


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
