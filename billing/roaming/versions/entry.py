"""What the folder of a version declares: where it differs from OCPI 2.2.1, the form in which objects are stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from billing.roaming.versions import stored_form
from billing.roaming.versions.stored_form import Body, TokenForm


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVersion:
    """`location`, `session`, `tariff` and `cdr` write a stored body as this version has it; its `id` stays. What begins
    with an underscore in a stored body is ours: it may be used here, and is taken out afterwards."""

    name: str
    """Such as 2.2.1: stands in addresses, and is stored with each connection; at most 10 letters."""
    has_roles: bool = True
    """Each side may be several parties: credentials and endpoints name roles, messages their sender and receiver,
    and tokens their owner."""
    encodes_tokens: bool = True
    """The token in the Authorization header is in base64."""
    embeds_locations: bool = False
    """A Session and a CDR have their Location in them: `session` and `cdr` are given it."""
    location: Callable[[Body], Body] = stored_form.unchanged
    session: Callable[[Body, Mapping[str, Any] | None], Body] = stored_form.without_location
    tariff: Callable[[Body], Body] = stored_form.unchanged
    cdr: Callable[[Body, Mapping[str, Any] | None], Body] = stored_form.without_location
    """Its tariffs are written by `tariff` already."""
    token_form: type[serializers.Serializer[Any]] = TokenForm
    """Checks the Token that a provider sends."""
    token: Callable[[Body], Body] = stored_form.token
    """Writes a Token, which has its owner and its contract, as this version has it."""
    command_response: Callable[[str, int, str], Body] = stored_form.command_response
    """Writes the answer to a command of its result, the timeout in seconds, and a message or an empty text."""
    command_result: Callable[[str, str], Body] = stored_form.command_result
    """Writes what became of a command of its result, and a message or an empty text."""

    @property
    def number(self) -> tuple[int, ...]:
        """For the order of versions."""
        return tuple(int(part) for part in self.name.split("."))

    def __str__(self) -> str:
        return self.name
