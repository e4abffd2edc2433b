"""Validators for form and API fields, with the error messages of `uids`."""

from django.core.exceptions import ValidationError

from authorization.identifiers import uids


def card_uid(value: str) -> None:
    """Accepts a card's UID in any notation, but not a vehicle's id (`VID:`)."""
    try:
        uids.of_card(value)
    except uids.UidError as exc:
        raise ValidationError(str(exc)) from exc
