"""One exchange of the journal, read for the findings. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from authorization.roaming.transport import envelope

Headers = Mapping[str, str]
_CUT: Final = re.compile(r"… \([\d,]+ characters more\)\Z")
_TOKEN_FORM: Final = re.compile(r"Token \S+ \(([^()]+)\)")
_ENVELOPE_FIELDS: Final = frozenset(("status_code", "status_message", "timestamp"))


class Side(StrEnum):
    """Who wrote a message."""

    PARTNER = "partner"
    US = "us"


@dataclass(frozen=True, slots=True)
class Body:
    """A stored body. One that was cut is no JSON any more, which is nobody's fault."""

    text: str = ""
    value: Any = None
    is_json: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An exchange. Header names are in lower case; None where they were not stored.

    `is_unadvertised`: the request came to an address that we do not offer; its module is the one that it names.
    `partner_parties` and `our_parties` are written like NL-EMS; `needs_routing` means that one side is several parties.
    """

    is_incoming: bool
    method: str
    url: str
    module: str = ""
    is_unadvertised: bool = False
    version: str = ""
    request_headers: Headers | None = None
    answer_headers: Headers | None = None
    request: Body = field(default_factory=Body)
    answer: Body = field(default_factory=Body)
    http_status: int | None = None
    ocpi_status: int | None = None
    failure: str = ""
    took_ms: int = 0
    request_id: str = ""
    correlation_id: str = ""
    at: datetime
    id: UUID | None = None
    partner_parties: frozenset[str] = frozenset()
    our_parties: frozenset[str] = frozenset()
    is_hub: bool = False
    needs_routing: bool = False

    @property
    def requester(self) -> Side:
        return Side.PARTNER if self.is_incoming else Side.US

    @property
    def answerer(self) -> Side:
        return Side.US if self.is_incoming else Side.PARTNER

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def parts(self) -> list[str]:
        """Returns the parts of our own URL after its module; empty for a partner's URL, whose form is its own."""
        if not self.is_incoming:
            return []
        parts = [unquote(part) for part in urlsplit(self.url).path.strip("/").split("/")]
        return parts[parts.index(self.module) + 1 :] if self.module in parts else []

    @property
    def is_authorization(self) -> bool:
        """Whether it asks for real-time authorization."""
        path = urlsplit(self.url).path.rstrip("/")
        return self.module == "tokens" and self.method == "POST" and path.endswith("/authorize")

    @property
    def token_form(self) -> str:
        """Returns how the Authorization header showed the token, as the journal describes it; empty if unknown."""
        match = _TOKEN_FORM.fullmatch((self.request_headers or {}).get("authorization", ""))
        return match[1] if match is not None else ""

    @property
    def envelope(self) -> Mapping[str, Any] | None:
        """Returns the answer's envelope, also from a list of one; None if it has none."""
        value = envelope.unwrap_single(self.answer.value) if self.answer.is_json else None
        return value if isinstance(value, Mapping) and _ENVELOPE_FIELDS & value.keys() else None

    @property
    def is_success(self) -> bool:
        """Whether HTTP and OCPI say that the request was taken."""
        has_http = self.http_status is not None and 200 <= self.http_status < 300
        return has_http and self.ocpi_status is not None and 1000 <= self.ocpi_status < 2000

    @property
    def data(self) -> Any:
        """Returns the data of a success; None without."""
        return self.envelope.get("data") if self.envelope is not None and self.is_success else None


def read_body(text: str) -> Body:
    """Reads a stored body; numbers stay exact."""
    if _CUT.search(text):
        return Body(text=text, is_cut=True)
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant) if text else None
    except (ValueError, RecursionError):
        return Body(text=text)
    return Body(text=text, value=value, is_json=bool(text))


def read_headers(headers: Mapping[str, str] | None) -> Headers | None:
    return None if headers is None else {name.lower(): str(value) for name, value in headers.items()}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")
