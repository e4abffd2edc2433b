"""The canonical form of a token's UID, from any notation.

OCPP compares id tokens without regard to case (1.6 4.1 and 7.28 CiString, 2.0.1 2.14), and people copy the
same card as `20:69:C0:21`, `2069c021`, `20 69 C0 21` or `0x2069C021`. All of them have one canonical form.
"""

import re
import unicodedata

from chargers.lib.i18n import mark

MAX_LENGTH = 36
GROUP_PARENT = "GROUP-"
GUEST_PREFIX = "GUEST"
_SEPARATORS = re.compile(r"[ :.\-]+")
_HEX = re.compile(r"[0-9A-F]+\Z")
_ALLOWED = re.compile(r"[A-Za-z0-9*\-_=:+|@.]")
_VEHICLE = "VID:"
_SHORTEST_REVERSIBLE = 8


class UidError(ValueError):
    """A text that cannot be a UID; the message is a sentence for the user who entered it.

    `pattern` and `values` are the message's parts, for translation.
    """

    def __init__(self, pattern: str, **values: object) -> None:
        super().__init__(pattern % values)
        self.pattern, self.values = pattern, values


def canonical(text: str) -> str:
    """Returns the canonical form: trimmed, upper case, bytes without separators or `0x`.

    Only byte notation loses its separators: every part must be whole bytes in hexadecimal. An eMAID such as
    `NL-TNM-C12345678-X` keeps its dashes, a vehicle's `VID:` its prefix. Raises UidError.
    """
    trimmed = text.strip(" \t\r\n")
    if not trimmed:
        raise UidError(mark("Enter the number of the card: it is empty."))
    _reject_odd_characters(trimmed)
    upper = trimmed.upper()
    plain = (
        _VEHICLE + _join_byte_notation(upper.removeprefix(_VEHICLE))
        if upper.startswith(_VEHICLE)
        else _join_byte_notation(upper)
    )
    if len(plain) > MAX_LENGTH:
        sentence = mark("A UID has at most %(most)s characters; this one has %(length)s.")
        raise UidError(sentence, most=MAX_LENGTH, length=len(plain))
    return plain


def of_token(text: str) -> str:
    """Returns the canonical form of an entered token: only characters of OCPP's identifierString (2.0.1 2.14).

    Values from chargers and providers are read by `canonical`, which is more lenient. Raises UidError.
    """
    plain = canonical(text)
    odd = next((character for character in plain if not _ALLOWED.match(character)), None)
    if odd is not None:
        sentence = mark(
            "The number of a card has only letters, digits and * - _ = : + | @ . – this one has “%(character)s”."
        )
        raise UidError(sentence, character=odd)
    return plain


def of_card(text: str) -> str:
    """Returns the canonical form of a card's number. Raises UidError, also for a vehicle's id."""
    plain = of_token(text)
    if is_vehicle(plain):
        raise UidError(mark("This is a car's own id, not a card's: cars are let in under Autocharge, by their driver."))
    return plain


def from_wire(text: str) -> str | None:
    """Returns the canonical form of what a charger sent, or None if no token can have such a UID."""
    try:
        return canonical(text)
    except UidError:
        return None


def parent_of_group(group_pk: int) -> str:
    """Returns the OCPP parent shared by the cards of a group that is marked as a parent."""
    return f"{GROUP_PARENT}{group_pk}"


def is_vehicle(canonical_uid: str) -> bool:
    """Whether it is a vehicle's own id (Autocharge) rather than a card's."""
    return canonical_uid.startswith(_VEHICLE)


def is_guest(uid: str) -> bool:
    """Whether it was created for one guest's paid session, and so is not a card's."""
    return uid.upper().startswith(GUEST_PREFIX)


def reversed_bytes(canonical_uid: str) -> str | None:
    """Returns the bytes in reverse order, as some readers print them; None if the text is not bytes."""
    if not _HEX.match(canonical_uid) or len(canonical_uid) % 2 or len(canonical_uid) < _SHORTEST_REVERSIBLE:
        return None
    pairs = [canonical_uid[at : at + 2] for at in range(0, len(canonical_uid), 2)]
    backwards = "".join(reversed(pairs))
    return None if backwards == canonical_uid else backwards


def spellings(text: str) -> tuple[str, ...]:
    """Returns the spellings of a number that readers and people use, for text search; empty for an invalid UID."""
    plain = from_wire(text)
    if plain is None:
        return ()
    if not _HEX.match(plain) or len(plain) % 2 or len(plain) < _SHORTEST_REVERSIBLE:
        return (plain,)
    pairs = [plain[at : at + 2] for at in range(0, len(plain), 2)]
    return (plain, ":".join(pairs), "-".join(pairs), " ".join(pairs))


def _join_byte_notation(upper: str) -> str:
    """Joins byte notation; other texts are returned unchanged."""
    without_prefix = upper.removeprefix("0X")
    if _HEX.match(without_prefix):
        return without_prefix
    parts = [part.removeprefix("0X") for part in _SEPARATORS.split(upper)]
    if all(_HEX.match(part) and len(part) % 2 == 0 for part in parts):
        return "".join(parts)
    return upper


def _reject_odd_characters(text: str) -> None:
    for position, character in enumerate(text, start=1):
        if character == "\x00":
            sentence = mark("Character %(position)s is NUL, which no card has: copy the number again.")
            raise UidError(sentence, position=position)
        if not character.isprintable():
            sentence = mark("Character %(position)s is a control character (U+%(number)s): copy it again.")
            raise UidError(sentence, position=position, number=f"{ord(character):04X}")
        if not character.isascii():
            name = unicodedata.name(character, "a character without a name").lower()
            sentence = mark(
                "Character %(position)s, “%(character)s”, is %(name)s: a UID has only Latin letters and digits. "
                "It may look like one of them: type the number by hand."
            )
            raise UidError(sentence, position=position, character=character, name=name)
