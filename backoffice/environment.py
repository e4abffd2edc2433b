"""Reads settings from environment variables, and reports each problem in one sentence."""

import ipaddress
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from billing.payouts.bank_files.identifiers import IdentifierError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mails. `is_encrypted`: TLS from the first byte; `is_upgraded`: by STARTTLS."""

    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    is_encrypted: bool = False
    is_upgraded: bool = False


def folders(package: str) -> tuple[str, ...]:
    """Returns the names of a package's subpackages without importing it, because models are not ready yet."""
    spec = find_spec(package)
    assert spec is not None, package
    return tuple(module.name for module in iter_modules(spec.submodule_search_locations) if module.ispkg)


class Environment:
    """Reads the settings.

    A reader returns a usable value and notes a problem, so that all problems are reported together.
    """

    def __init__(self, variables: dict[str, str] | None = None) -> None:
        self._variables = dict(os.environ) if variables is None else variables
        self.problems: list[str] = []

    def has(self, name: str) -> bool:
        return bool(self._variables.get(name))

    def beginning_with(self, prefix: str) -> dict[str, str]:
        """Returns the variables whose names begin with the prefix, in capital letters."""
        begin = prefix.upper()
        return {name: value.strip() for name, value in self._variables.items() if name.startswith(begin)}

    def text(self, name: str, *, default: str | None = None) -> str:
        value = self._variables.get(name) or default
        if not value:
            self.problems.append(f"{name} is not set: give it a value, or unset DATABASE_URL to let the demo make one.")
            return "unset"
        return value

    def dotted_path(self, name: str) -> str:
        """Reads a dotted path, such as `package.module.function`; empty if not set."""
        value = self._variables.get(name, "").strip()
        if value and not all(part.isidentifier() for part in value.split(".")):
            self.problems.append(f"{name} is {value!r}: write the path of a function, such as package.module.function.")
            return ""
        return value

    def path(self, name: str, *, default: Path) -> Path:
        return Path(self._variables.get(name) or default).expanduser().resolve()

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self._variables.get(name, "").strip().lower()
        if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
            return default if value == "" else value in {"1", "true", "yes", "on"}
        self.problems.append(f"{name} is {value!r}: write true or false.")
        return default

    def whole_number(self, name: str, *, default: int, minimum: int) -> int:
        value = self._variables.get(name, "").strip() or str(default)
        if value.isdecimal() and int(value) >= minimum:
            return int(value)
        self.problems.append(f"{name} is {value!r}: write a whole number of at least {minimum}.")
        return default

    def choice(self, name: str, *, among: tuple[str, ...], default: str) -> str:
        value = self._variables.get(name, "").strip().lower() or default
        if value in among:
            return value
        self.problems.append(f"{name} is {value!r}: write {' or '.join(among)}.")
        return default

    def stripe_key(self, *names: str) -> str:
        """Returns the first of these that is set; empty if none is.

        A publishable key is rejected, because it cannot be used here.
        """
        name = next((name for name in names if self.has(name)), names[0])
        value = self._variables.get(name, "").strip()
        if not value or value.startswith(("sk_live_", "sk_test_", "rk_live_", "rk_test_")):
            return value
        self.problems.append(
            f"{name} is no secret key of Stripe: it begins with sk_live_, sk_test_, rk_live_ or rk_test_."
        )
        return ""

    def whole_numbers(self, name: str, *, default: list[int]) -> list[int]:
        """Reads numbers separated by commas, in rising order, each at least 1."""
        words = self.words(name, default=[str(number) for number in default])
        numbers = [int(word) for word in words if word.isdecimal()]
        if len(numbers) == len(words) and numbers == sorted(set(numbers)) and numbers[0] > 0:
            return numbers
        self.problems.append(f"{name} is {','.join(words)!r}: write rising whole numbers, such as 1,3,5,7.")
        return default

    def words(self, name: str, *, default: list[str]) -> list[str]:
        return [word.strip() for word in self._variables.get(name, "").split(",") if word.strip()] or default

    def url(self, name: str, *, default: str) -> str:
        value = (self._variables.get(name) or default).rstrip("/")
        if urlsplit(value).scheme in {"http", "https"} and urlsplit(value).netloc:
            return value
        self.problems.append(f"{name} is {value!r}: write an address that begins with http:// or https://.")
        return default

    def tiles_url(self, name: str) -> str:
        """Raster tiles with {z}, {x} and {y}, or a style of MapLibre (.json); empty where it is not set."""
        value = self._variables.get(name, "").strip()
        parts = urlsplit(value)
        is_template = all(part in value for part in ("{z}", "{x}", "{y}"))
        is_plain = value.isascii() and not any(character in value for character in " ,;@'\"")  # it goes into a header
        has_host = parts.scheme in {"http", "https"} and parts.hostname and not set("{}") & set(parts.netloc)
        if not value or (has_host and is_plain and (is_template or parts.path.endswith(".json"))):
            return value
        self.problems.append(
            f"{name} is {value!r}: write https://tiles.example/{{z}}/{{x}}/{{y}}.png, or a style’s address (.json)."
        )
        return ""

    def email(self, name: str) -> str:
        """Reads an address; may be empty."""
        value = self._variables.get(name, "").strip()
        try:
            if value:
                validate_email(value)
        except ValidationError:
            self.problems.append(f"{name} is {value!r}: write an e-mail address such as help@example.com.")
            return ""
        return value

    def mail_server(self, name: str) -> tuple[str, MailServer]:
        """Reads smtps://user:password@host:465, or smtp:// with ?starttls=yes; empty if not set."""
        value = self._variables.get(name, "").strip()
        parts = urlsplit(value)
        try:
            port = parts.port or (465 if parts.scheme == "smtps" else 587)
        except ValueError:
            port = 0
        if not value:
            return "", MailServer()
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not port:
            self.problems.append(f"{name} must look like smtps://user:password@host:465 or smtp://host:25.")
            return "", MailServer()
        return value, MailServer(
            host=parts.hostname,
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_encrypted=parts.scheme == "smtps",
            is_upgraded=parts.scheme == "smtp" and dict(parse_qsl(parts.query)).get("starttls") == "yes",
        )

    def mailbox(self, name: str) -> str:
        """Reads imaps://user:password@host:993/INBOX, or imap:// without encryption; empty if not set."""
        value = self._variables.get(name, "").strip()
        parts = urlsplit(value)
        try:
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            has_port = False
        if value and not (parts.scheme in {"imap", "imaps"} and parts.hostname and parts.username and has_port):
            self.problems.append(f"{name} must look like imaps://user:password@host:993/INBOX.")
            return ""
        return value

    def websocket_url(self, name: str, *, scheme: str = "") -> str:
        """Reads where chargers connect, without their id; empty if not set."""
        value = self._variables.get(name, "").strip().rstrip("/")
        parts = urlsplit(value)
        if not value or (parts.scheme in ({scheme} if scheme else {"ws", "wss"}) and parts.netloc):
            return value
        begins = f"{scheme}://" if scheme else "ws:// or wss://"
        self.problems.append(f"{name} is {value!r}: write an address that begins with {begins}, such as wss://a/ocpp.")
        return ""

    def short_text(self, name: str, *, at_most: int) -> str:
        """Reads one line of text; empty if not set."""
        value = self._variables.get(name, "").strip()
        if len(value) <= at_most and value.isprintable():
            return value
        self.problems.append(f"{name} is too long or not printable: write at most {at_most} characters on one line.")
        return ""

    def bank_number(self, name: str, *, check: Callable[[str], str]) -> str:
        """Reads an IBAN, a BIC or a routing number, as normalized by `check`; empty if not set."""
        value = self._variables.get(name, "").strip()
        try:
            return check(value) if value else ""
        except IdentifierError as exc:
            self.problems.append(f"{name}: {exc}")
            return ""

    def networks(self, name: str) -> list[Network]:
        networks: list[Network] = []
        for word in self.words(name, default=[]):
            try:
                networks.append(ipaddress.ip_network(word))
            except ValueError:
                self.problems.append(f"{name} contains {word!r}: write networks such as 127.0.0.0/8, comma-separated.")
        return networks

    def fernet_keys(self, name: str, *, default: list[str] | None) -> list[str]:
        keys = self.words(name, default=default or [])
        if not keys:
            self.problems.append(
                f"{name} is not set: make a key with `manage.py shell` and cryptography's Fernet.generate_key()."
            )
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                self.problems.append(f"{name} contains a key that is not 32 bytes in url-safe base64.")
        return keys

    def vapid_key(self, name: str, *, default: str) -> str:
        """The private key of web push: 32 bytes in url-safe base64 (RFC 8292); empty where it is not set."""
        value = self._variables.get(name, "").strip() or default
        try:
            number = int.from_bytes(urlsafe_b64decode(value + "=" * (-len(value) % 4)), "big")
            if value:
                ec.derive_private_key(number, ec.SECP256R1())
        except ValueError:
            self.problems.append(f"{name} is no private key of web push: write 32 bytes in url-safe base64.")
            return ""
        return value

    def redis_url(self, name: str, *, default: str) -> str:
        value = self._variables.get(name) or default
        if urlsplit(value).scheme in {"redis", "rediss", "unix"}:
            return value
        self.problems.append(f"{name} must begin with redis://, rediss:// or unix://.")
        return default

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """Returns Django's settings for a PostgreSQL address: postgresql://user:password@host:port/name?option=value.

        A server that accepts the connection but never answers times out after five seconds, unless the address says
        otherwise.
        """
        parts = urlsplit(self._variables.get(name) or default)
        if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
            self.problems.append(f"{name} must look like postgresql://user:password@host:5432/name (PostgreSQL only).")
            return {"ENGINE": "django.db.backends.postgresql", "NAME": "unset"}
        options = {"connect_timeout": "5", **dict(parse_qsl(parts.query))}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or options.pop("port", "")),
            "OPTIONS": options,
        }


def use_pool(database: dict[str, Any], env: Environment) -> None:
    """Adds a pool of DATABASE_POOL connections to a database's settings.

    With 0, the default, each thread keeps its own connection for its lifetime.
    """
    connections = env.whole_number("DATABASE_POOL", default=0, minimum=0)
    database["CONN_MAX_AGE"] = 0 if connections else None  # Django requires 0 with a pool
    if connections:
        database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": connections, "timeout": 5}
