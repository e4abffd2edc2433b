"""The declaration of a version: its differences from OCPI 2.2.1, the form in which objects are stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from billing.roaming.versions import stored_form
from billing.roaming.versions.stored_form import Body, TokenChangeForm, TokenForm


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVersion:
    """A version. `location`, `session`, `tariff` and `cdr` write a stored body in this version; its `id` stays.

    Keys with a leading underscore in a stored body are ours: they may be used here, and are removed afterwards.
    """

    name: str
    """Such as 2.2.1: used in URLs, and stored with each connection; at most 10 characters."""
    has_roles: bool = True
    """Each side may be several parties: credentials and endpoints have roles, messages their sender and receiver, and
    tokens their owner.
    """
    encodes_tokens: bool = True
    """The token in the Authorization header is in base64."""
    embeds_locations: bool = False
    """A Session and a CDR contain their Location, which `session` and `cdr` get as an argument."""
    location: Callable[[Body], Body] = stored_form.pass_through
    session: Callable[[Body, Mapping[str, Any] | None], Body] = stored_form.without_location
    tariff: Callable[[Body], Body] = stored_form.pass_through
    cdr: Callable[[Body, Mapping[str, Any] | None], Body] = stored_form.without_location
    """Its tariffs are already written by `tariff`."""
    token_form: type[serializers.Serializer[Any]] = TokenForm
    """Checks the Token that a provider sends."""
    token_change_form: type[serializers.Serializer[Any]] = TokenChangeForm
    """Checks what a PATCH of a Token needs."""
    types_token_urls: bool = True
    """The URL of a Token may state its type, and means RFID without; else the uid alone names the Token."""
    token: Callable[[Body], Body] = stored_form.token
    """Writes a Token, which has its owner and its contract, in this version."""
    command_response: Callable[[str, int, str], Body] = stored_form.command_response
    """Writes the answer to a command from its result, the timeout in seconds, and a message, which may be empty."""
    command_result: Callable[[str, str], Body] = stored_form.command_result
    """Writes the result of a command from its code, and a message, which may be empty."""

    @property
    def number(self) -> tuple[int, ...]:
        """Returns the numbers by which versions are ordered."""
        return tuple(int(part) for part in self.name.split("."))

    def __str__(self) -> str:
        return self.name
