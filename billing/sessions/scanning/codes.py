"""What the text of a QR code is: a label of ours, another address, or no address. Pure.

The text comes from a sticker that anybody may have pasted. Nothing here returns an address to follow: a label of ours
is read as its Station ID and connector, another address as the name to show.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from anyascii import anyascii

from billing.branding import domain_names
from billing.branding.domain_names import DomainNameError

MAX_TEXT: Final = 2048
"""Characters. Our longest address has a tenth of it, the largest QR code holds 7,089 digits."""
MAX_STATION_ID: Final = 48
_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"/c/([^/]+)(?:/([0-9]{1,4}))?/?")
_JOIN: Final = re.compile(r"/join/([A-Za-z0-9-]{1,20})/?")
_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ALIKE: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "-": None, ".": None})
_SHORTEST_IMITATED: Final = 8
_ALMOST: Final = 0.9


@dataclass(frozen=True, slots=True)
class OwnLabel:
    """A label of ours. `name` is the name of its address, `connector` None for the label of the whole charger."""

    name: str
    station_id: str
    connector: int | None = None


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Another page of ours. `join_code` is the code of a notice for residents and staff, if it is one."""

    join_code: str = ""


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """An address that is not ours. `name` is in ASCII (IDN as Punycode), with a port that is not the usual one."""

    name: str
    imitates_ours: bool = False


@dataclass(frozen=True, slots=True)
class NoAddress:
    """Anything else: a text, a Wi-Fi network, another scheme, or an address that is malformed."""


Code = OwnLabel | OwnPage | OtherAddress | NoAddress


def classify(text: str, *, own_names: Collection[str], own_port: int | None) -> Code:
    """Tells what the text is. `own_names` are lower case ASCII; `own_port` is None for the usual ones, 80 and 443."""
    address = _split(text.strip())
    if address is None:
        return NoAddress()
    name, port = _read_name(address), _read_port(address)
    if not name:
        return NoAddress()
    has_user = "@" in address.netloc
    if name in own_names and port == own_port and not has_user:
        return _classify_own(name, address.path)
    shown_name = f"[{name}]" if ":" in name else name
    shown_name += "" if port is None else f":{port}"
    return OtherAddress(shown_name, imitates_ours=has_user or _imitates(name, own_names))


def _split(text: str) -> SplitResult | None:
    """Returns the parts of a web address; None if the text is not one that every browser reads alike."""
    if len(text) > MAX_TEXT or "\\" in text or any(not letter.isprintable() or letter.isspace() for letter in text):
        return None
    try:
        address = urlsplit(text)
        is_web = address.scheme in _PORTS and address.hostname and address.port != 0
    except ValueError:
        return None
    return address if is_web else None


def _read_name(address: SplitResult) -> str:
    """Returns the host in lower case and ASCII; empty if it is malformed."""
    name = (address.hostname or "").rstrip(".")
    if name.isascii():
        return name if re.fullmatch(r"[a-z0-9:._-]{1,253}", name) else ""
    try:
        return domain_names.read(name)
    except DomainNameError:
        return ""


def _read_port(address: SplitResult) -> int | None:
    """Returns the port; None if it is the usual one."""
    return None if address.port == _PORTS[address.scheme] else address.port


def _classify_own(name: str, path: str) -> OwnLabel | OwnPage:
    if (label := _LABEL.fullmatch(path)) is not None and (station_id := _read_station_id(label[1])):
        return OwnLabel(name, station_id, int(label[2]) if label[2] else None)
    if (notice := _JOIN.fullmatch(path)) is not None:
        return OwnPage(join_code=notice[1])
    return OwnPage()


def _read_station_id(quoted: str) -> str:
    """Returns the Station ID; empty if no charger can have it."""
    if _PERCENT.search(quoted):
        return ""
    try:
        station_id = unquote(quoted, errors="strict")
    except UnicodeDecodeError:
        return ""
    is_possible = len(station_id) <= MAX_STATION_ID and station_id.isprintable() and "/" not in station_id
    return station_id if is_possible else ""


def _imitates(name: str, own_names: Collection[str]) -> bool:
    """Whether a reader may take the name for one of ours. Names below ours are the installation's own."""
    if domain_names.is_within(name, own_names):
        return False
    seen = _skeleton(name)
    return any(
        own in seen or SequenceMatcher(None, own, seen).ratio() >= _ALMOST for own in _imitated_skeletons(own_names)
    )


def _imitated_skeletons(own_names: Collection[str]) -> Iterator[str]:
    for name in own_names:
        skeleton, is_number = _skeleton(name), name.replace(".", "").isdigit()
        if len(skeleton) >= _SHORTEST_IMITATED and "." in name and not is_number:
            yield skeleton


def _skeleton(name: str) -> str:
    """Returns the name as it looks at a glance: foreign letters as ours, digits as letters, without dots."""
    return anyascii(domain_names.readable(name)).lower().replace("rn", "m").replace("vv", "w").translate(_ALIKE)
