"""How bodies of API requests are read."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JsonParser(JSONParser):
    """JSON, of which nothing is nested without end, and which is text (RFC 8259 8.2). Raises ParseError."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
            _require_text(body)
        except RecursionError as exc:
            raise ParseError("The JSON is nested too deep.") from exc
        except UnicodeEncodeError as exc:
            raise ParseError("A text in it has half of a surrogate pair: send whole characters.") from exc
        return body


def _require_text(value: Any) -> None:
    """Raises UnicodeEncodeError for what neither the database nor an answer in UTF-8 can hold."""
    match value:
        case str():
            value.encode()
        case dict():
            for name, member in value.items():
                name.encode()
                _require_text(member)
        case list():
            for member in value:
                _require_text(member)
