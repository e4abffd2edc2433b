"""What a field of a form or of the API must be; each says what is wrong in the words of the core."""

from django.core.exceptions import ValidationError

from authorization.identifiers import uids


def card_uid(value: str) -> None:
    """A card's UID in any notation; a car's identifier (`VID:`) is none."""
    try:
        uids.of_card(value)
    except uids.UidError as exc:
        raise ValidationError(str(exc)) from exc
